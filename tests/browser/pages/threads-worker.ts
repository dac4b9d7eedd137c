// The same in a dedicated worker.
import { share } from './threads.js';

onmessage = ({ data }: MessageEvent<number>) => void share(data).then((seen) => postMessage(seen));
