import { binary } from './backends/wasm/binary.js';
import { decode, provide } from './backends/wasm/instance.js';

provide(() => decode(binary));

export * from './slim.js';
