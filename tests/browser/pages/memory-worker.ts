// The awaiting loop in a dedicated worker.
import { awaiting } from './memory.js';

onmessage = async ({ data }: MessageEvent<number>) => {
  postMessage(await awaiting(data, 'asyncEval'));
};
