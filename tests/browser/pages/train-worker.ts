// A dedicated worker that trains: takes 'start', 'pause', 'resume' and 'stop', posts every event, and the weights at the end.
import { make } from './train-run.js';

let current: Awaited<ReturnType<typeof make>>[0] | null = null;
let runs = 0;
onmessage = async ({ data }: MessageEvent<'start' | 'pause' | 'resume' | 'stop'>) => {
  if (data !== 'start') {
    current?.[data]();
    return;
  }
  const [trainer, digest] = await make(runs++ > 0, (event) => postMessage(event));
  current = trainer;
  await trainer.run();
  postMessage({ type: 'weights', digest: digest() });
};
