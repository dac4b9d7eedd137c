// A compiled function against the same one recorded anew at each call: medians of one run, in microseconds, with evaluation.
import * as lw from 'lanewise';

const ROUNDS = 300;
function median(run) {
  const times = [];
  for (let i = -100; i < ROUNDS; i++) {
    const start = performance.now();
    run();
    if (i >= 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2] * 1e3;
}
const y = lw.array([5, 6, 7, 8]);
const x = lw.array([1, 2, 3, 4]);
const chain = (t) => {
  for (let i = 0; i < 350; i++) t = t.mul(0.5).add(y);
  return t;
};
const mixed = (t) => {
  for (let i = 0; i < 100; i++) t = t.mul(0.5).add(y).reshape([2, 2]).sum(0, true).reshape([2]).at(0).add(y);
  return t;
};

lw.random.seed(1);
const first = { w1: lw.random.normal([8, 16]), b1: lw.zeros([16]), w2: lw.random.normal([16, 1]), b2: lw.zeros([1]) };
const inputs = lw.random.normal([16, 8]);
const targets = lw.random.normal([16, 1]);
const loss = lw.valueAndGrad((p) =>
  inputs.matmul(p.w1).add(p.b1).tanh().matmul(p.w2).add(p.b2).sub(targets).square().mean(),
);
const step = (p) => {
  const [value, g] = loss(p);
  return [value, Object.fromEntries(Object.keys(p).map((k) => [k, p[k].sub(g[k].mul(0.01))]))];
};
function training(f) {
  let p = first;
  return () => {
    const [value, next] = f(p);
    lw.eval(value, next);
    p = next;
  };
}
const tasks = {
  'chain of 700 elementwise ops': (wrap) => {
    const f = wrap(chain);
    return () => f(x).eval();
  },
  '700 ops: views, sums, elementwise': (wrap) => {
    const f = wrap(mixed);
    return () => f(x).eval();
  },
  'training step, 8-16-1, batch 16': (wrap) => training(wrap(step)),
};
for (const [name, task] of Object.entries(tasks)) {
  const plain = median(task((f) => f));
  const compiled = median(task(lw.compile));
  const ratio = (plain / compiled).toFixed(2);
  console.log(`${name.padEnd(36)} recorded ${plain.toFixed(1)}  compiled ${compiled.toFixed(1)}  ratio ${ratio}`);
}
