// Arguments that no call should survive with anything but a typed error.
import * as lw from '../../src/index.js';
import { Given, Raw, Ref, type Role } from './draw.js';

/** Thrown by arguments that throw when they are looked at. */
export class Hostile extends Error {}
const throwing = (): object =>
  Object.defineProperty({}, 'length', {
    get() {
      throw new Hostile('length');
    },
  });
const stubborn = (): object => ({
  valueOf() {
    throw new Hostile('valueOf');
  },
  toString() {
    throw new Hostile('toString');
  },
  get re(): number {
    throw new Hostile('re');
  },
});
function nested(depth: number): unknown {
  let x: unknown = 1;
  for (let i = 0; i < depth; i++) x = [x];
  return x;
}
function cyclic(): unknown[] {
  const a: unknown[] = [];
  a.push(a);
  return a;
}
function disposed(): lw.Tensor {
  const t = lw.array([1, 2]).add(1);
  t.dispose();
  return t;
}
const numbers = [
  0,
  1,
  -1,
  2,
  3,
  7,
  0.5,
  -0,
  NaN,
  Infinity,
  -Infinity,
  127,
  128,
  65536,
  1e6,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  1e300,
  1e9,
];
const integers = numbers.filter(Number.isInteger);
const texts = [
  '',
  ':',
  '...',
  '1:2:3',
  '::0',
  '0,',
  'float32',
  'edge',
  'constructor',
  '__proto__',
  'ij,jk->ik',
  '->',
  '\u0000',
  '9'.repeat(400),
  'x',
];

type Make = (random: () => number) => unknown;
const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)]!;
const makers: readonly Make[] = [
  (r) => pick(numbers, r),
  (r) => pick(numbers, r),
  (r) => pick(texts, r),
  () => undefined,
  () => null,
  (r) => r() < 0.5,
  (r) => pick([0n, -1n, 2n ** 63n, -(2n ** 63n), 2n ** 70n], r),
  () => Symbol('hostile'),
  () => ({}),
  () => () => 1,
  () => [],
  (r) => Array.from({ length: Math.floor(r() * 4) }, () => pick(numbers, r)),
  (r) => Array.from({ length: Math.floor(r() * 4) }, () => pick(makers, r)(r)),
  () => [[1, 2], [3]],
  () => [[], [1]],
  () => nested(40),
  () => nested(20000),
  cyclic,
  throwing,
  stubborn,
  () => new Date(0),
  () => new Map([[1, 2]]),
  () => new Uint8Array(3),
  () => new BigInt64Array(2),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => Object.create(null) as unknown,
  () => ({ re: 1, im: 2 }),
  () => ({ re: 1, im: 'x' }),
  (r) => new lw.Slice(pick(integers, r), pick(integers, r), pick(integers, r) || 1),
  () => new Proxy([1, 2], {}),
  disposed,
  () => lw.zeros([0, 3]),
  () => lw.array(2, 'int64'),
  () => lw.ones([2, 3], 'bool'),
  () => lw.array([1, 200, -1], 'int32'),
  () => lw.array([{ re: 1, im: NaN }]),
  () => lw.full([3, 2 ** 20], 1).at(':', '::4096'),
  () => lw.ones(Array<number>(32).fill(1)),
  () => lw.arange(24, 'float16').reshape([2, 3, 4]).transpose([2, 0, 1]),
];
/** One of many wrong, odd or merely rare values. */
export const nonsense: Make = (random) => pick(makers, random)(random);

/** Values near the edge of what a role allows. */
export function near(role: Role, bound: number, random: () => number): unknown {
  const n = bound;
  switch (role) {
    case 'axis':
      return pick([n, -n - 1, n - 1, -n, 0.5, NaN, 2 ** 32, -(2 ** 31)], random);
    case 'axes':
      return pick([[0, 0], [n], [-n - 1], [0.5], [], n, [0, -n], Array(40).fill(0)], random);
    case 'shape':
      return pick(
        [[-1], [-2, 3], [2 ** 31], [65536, 65536], [0.5], [NaN], Array(33).fill(1), [2 ** 53, 0], [0, -1], [1e300]],
        random,
      );
    case 'index':
      return pick([n, -n - 1, [n], [-n - 1], 0.5, [0.5], 2 ** 31, [], [[0], [0, 0]]], random);
    case 'dtype':
      return pick(['float8', 'toString', 'bool', 'uint64', 'complex64', '', 3], random);
    case 'mode':
      return pick(['nonsense', '', 'constructor', 3, null], random);
    default:
      return pick(numbers, random);
  }
}
/** The arguments with one part made wrong. */
export function spoil(args: readonly unknown[], random: () => number): unknown[] {
  const out = [...args];
  const r = random();
  if (out.length === 0 || r < 0.05) return [...out, new Raw(nonsense(random))];
  if (r < 0.1) return out.slice(0, -1);
  const i = Math.floor(random() * out.length);
  const x = out[i];
  if (x instanceof Given && random() < 0.6) out[i] = new Raw(near(x.role, x.bound, random));
  else if (Array.isArray(x) && x.length > 0 && random() < 0.7) out[i] = spoil(x, random);
  else if (
    typeof x === 'object' &&
    x !== null &&
    !(x instanceof Ref) &&
    Object.getPrototypeOf(x) === Object.prototype
  ) {
    const keys = Object.keys(x);
    out[i] = { ...x, [keys.length > 0 ? pick(keys, random) : 'stride']: new Raw(nonsense(random)) };
  } else out[i] = new Raw(nonsense(random));
  return out;
}
