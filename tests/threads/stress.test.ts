// Random work, bit for bit as on one thread: cut and run backwards on one thread, each part with scratch of its own, then on 1 to 8 at once.
// LANEWISE_STRESS_SECONDS and LANEWISE_STRESS_SEED make longer and other runs.
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { OWN, RESERVED } from '../../src/backends/heap.js';
import { ARGUMENTS, CALLS_JOB, IN_SCRATCH, KIND } from '../../src/backends/wasm/threads/desk.js';
import { currentDesk, jobs, rehearsal, running, tuning } from '../../src/backends/wasm/threads/pool.js';
import { familyNames, largeWork, resultsOf, same, tableWork, type Work } from '../support/stress.js';
import { generator } from '../tensor/support.js';

const seconds = Number(process.env['LANEWISE_STRESS_SECONDS'] ?? 20);
const seed = Number(process.env['LANEWISE_STRESS_SEED'] ?? 20260401);
const usual = { ...tuning };

beforeEach(() => {
  // the smallest work is shared
  Object.assign(tuning, { share: 0.001, asleep: 0.001, earned: 0 });
});
afterEach(() => {
  Object.assign(tuning, usual);
  rehearsal.lanes = 0;
});
afterAll(() => lw.terminate());

const alone = (work: Work): ReturnType<typeof resultsOf> => {
  tuning.most = 1;
  try {
    return resultsOf(work);
  } finally {
    tuning.most = usual.most;
  }
};
/** Whether each thread gets scratch of its own: no number but an address lies where the scratch area does. */
function checkScratch(parts: number): void {
  const { ints, numbers } = currentDesk();
  if (ints[KIND] !== CALLS_JOB) return;
  const n = ints[ARGUMENTS]!;
  for (let i = 0; i < parts * n; i++) {
    const inside = numbers[i]! >= OWN && numbers[i]! < RESERVED;
    expect(inside, `argument ${i % n}`).toBe(((ints[IN_SCRATCH]! >> (i % n)) & 1) === 1);
  }
}
/** Large and small work by turns until the time is over; every family comes. */
async function run(
  milliseconds: number,
  again: (work: Work, random: () => number) => ReturnType<typeof resultsOf>,
): Promise<void> {
  const end = performance.now() + milliseconds;
  let steps = 0;
  for (; steps < familyNames.length || performance.now() < end; steps++) {
    if (steps % 64 === 0) await new Promise(setImmediate);
    const random = generator((Math.imul(seed, 0x9e3779b1) ^ Math.imul(steps + 1, 0x85ebca6b)) >>> 0);
    const work = steps % 3 === 2 ? tableWork(random) : largeWork(random, familyNames[steps]);
    const wanted = alone(work);
    for (let turn = 0; turn < 3; turn++) {
      expect(same(again(work, random), wanted), `seed ${seed}, step ${steps}: ${work.name}`).toBe(true);
    }
  }
}

test('stress › parts give the same bits in any order, so that none writes beyond its end or reads what another wrote', async () => {
  const before = jobs();
  const orders = [
    (n: number): number[] => [...Array(n).keys()].reverse(),
    (n: number): number[] => [...Array(n).keys()].sort((a, b) => (a % 2) - (b % 2) || a - b),
  ];
  await run(seconds * 500, (work, random) => {
    rehearsal.lanes = 2 + Math.floor(random() * 7);
    const order = orders[Math.floor(random() * orders.length)]!;
    rehearsal.order = (parts) => {
      checkScratch(parts);
      return order(parts);
    };
    try {
      return resultsOf(work);
    } finally {
      rehearsal.lanes = 0;
    }
  });
  expect(jobs() - before).toBeGreaterThan(200);
});

test('stress › one to eight threads give the bits of one', async () => {
  lw.setThreads(8);
  const x = lw.ones([64, 64]);
  const end = performance.now() + 60_000;
  while (running() < 7 && performance.now() < end) {
    lw.matmul(x, x).eval();
    await new Promise((r) => setTimeout(r, 10));
  }
  expect(running()).toBe(7);
  const before = jobs();
  await run(seconds * 1000, (work, random) => {
    tuning.most = 1 + Math.floor(random() * 8);
    return resultsOf(work);
  });
  expect(jobs() - before).toBeGreaterThan(200);
  expect(running()).toBe(7);
});
