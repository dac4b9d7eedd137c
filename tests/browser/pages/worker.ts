// A dedicated worker: answers a message with what the main thread would compute.
import { backends, digest } from './user.js';

onmessage = () => {
  const used = backends().find((b) => b.selected)?.name;
  postMessage({ digest: digest(), used });
};
