// What an op costs before its kernel does anything: `npm run bench`. Wall clock and, since the machine may be shared, CPU time.
import * as lw from 'lanewise';
import { Bench } from 'tinybench';

const x = lw.array([1, 2, 3, 4]);
const y = lw.array([5, 6, 7, 8]);
const m = lw.array([
  [1, 2],
  [3, 4],
]);
const CHAIN = 100;
const tasks = {
  'add, 4 elements, recorded and evaluated': [1, () => x.add(y).eval()],
  'add, 4 elements, recorded only': [1, () => x.add(y)],
  'add, 4 elements, with item()': [1, () => x.add(y).at(0).item()],
  [`chain of ${CHAIN} ops, evaluated once, per op`]: [
    CHAIN,
    () => {
      let t = x;
      for (let i = 0; i < CHAIN / 2; i++) t = t.mul(0.5).add(y);
      return t.eval();
    },
  ],
  'sum of 4 elements with item()': [1, () => x.sum().item()],
  'matmul 2x2': [1, () => m.matmul(m).eval()],
  'transpose, slice, reshape (views only)': [1, () => m.T.at('1:').reshape([2]).eval()],
};

const REPEAT = 1000; // a call of a task is far shorter than the clock's step
const bench = new Bench({ time: 1000, warmupTime: 300 });
for (const [name, [, run]] of Object.entries(tasks)) {
  bench.add(name, () => {
    for (let i = 0; i < REPEAT; i++) run();
  });
}
await bench.run();

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
console.log(`${process.version}, backend ${lw.defaultDevice()}; microseconds per op`);
for (const task of bench.tasks) {
  const [per, run] = tasks[task.name];
  const before = cpu();
  const rounds = 2e5 / per;
  for (let i = 0; i < rounds; i++) run();
  const cpuTime = (cpu() - before) / rounds / per;
  const { p50 } = task.result.latency;
  console.log(`${task.name.padEnd(46)} median ${((p50 * 1e3) / REPEAT / per).toFixed(3)}  cpu ${cpuTime.toFixed(3)}`);
}
