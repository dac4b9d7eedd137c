// A worker of threads.test.ts: computes on the heap it is given, then ends in the way it is told.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const { path, memory, at, mode, rounds } = workerData;
const addon = createRequire(import.meta.url)(path);
addon.attach(memory);
const n = 500;
const x = new Float32Array(memory.buffer, at, n);
const y = new Float32Array(memory.buffer, at + 4096, n);
const kernel = addon.kernel('unary_negative_f32');
const ranges = Uint32Array.of(at, n * 4, at + 4096, n * 4);
const words = Uint32Array.of(n, 1);

let right = true;
for (let i = 0; i < rounds; i++) {
  x.fill(at + i);
  addon.encode(kernel, ranges, words);
  if (i % 2) addon.wait();
  else await addon.waitAsync();
  right &&= y.every((v) => v === -(at + i));
}
if (mode === 'throw') throw new Error('as asked');
if (mode !== 'finish') {
  for (let i = 0; i < 40; i++) addon.encode(kernel, ranges, words);
  void addon.waitAsync();
  for (let i = 0; i < 40; i++) addon.encode(kernel, ranges, words);
}
parentPort.postMessage(right);
if (mode === 'exit') process.exit(0);
while (mode === 'terminated') {
  addon.encode(kernel, ranges, words);
  addon.wait();
}
