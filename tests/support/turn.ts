// A turn of the event loop after each test: the runner gives a worker up that it has not heard of for a minute.
import { afterEach } from 'vitest';

afterEach(() => new Promise<void>((resolve) => setImmediate(resolve)));
