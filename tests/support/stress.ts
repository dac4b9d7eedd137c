// Random work of every kind, large enough to be shared: its results must be the same bits however it is cut and on any number of threads.
import * as lw from '../../src/index.js';
import { recipes, specimenBySeed, tensorsOf } from './specimens.js';

type Random = () => number;
/** Work with a name that says its shapes; each call of `run` computes it anew. */
export interface Work {
  readonly name: string;
  readonly run: () => readonly lw.Tensor[];
}
const int = (random: Random, low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!;
const floats: readonly lw.DType[] = ['float32', 'float32', 'float16', 'bfloat16', 'float64'];
const all: readonly lw.DType[] = [...floats, 'int8', 'uint8', 'int16', 'int32', 'uint32', 'int64', 'bool', 'complex64'];

/** Reads choices of one work, so that it can be described before it runs. */
class Choices {
  readonly said: string[] = [];
  private readonly keys: number;
  private drawn = 0;
  constructor(readonly random: Random) {
    this.keys = int(random, 0, 1e6);
  }
  int(low: number, high: number): number {
    const n = int(this.random, low, high);
    this.said.push(String(n));
    return n;
  }
  pick<T>(list: readonly T[]): T {
    const x = pick(list, this.random);
    this.said.push(String(x));
    return x;
  }
  /** Normal numbers, sometimes as a view that is no block of memory. */
  tensor(shape: readonly number[], dtype: lw.DType): lw.Tensor {
    const key = lw.random.key(this.keys + this.drawn++);
    const way = this.int(0, 5);
    const wide = (s: readonly number[]): lw.Tensor => lw.random.normal(s, 'float32', 0, 2, key).astype(dtype);
    if (way === 0 && shape.length > 1) {
      const turned = [...shape.slice(0, -2), shape[shape.length - 1]!, shape[shape.length - 2]!];
      return wide(turned).swapaxes(-1, -2);
    }
    if (way === 1 && shape.length > 0) {
      const stored = [...shape.slice(0, -1), shape[shape.length - 1]! + 3];
      return wide(stored).at('...', lw.slice(2, -1));
    }
    return wide(shape);
  }
}
/** A shape of about `n` elements. */
function shapeOf(c: Choices, n: number): number[] {
  const axes = c.int(1, 3);
  if (axes === 1) return [n];
  const inner = c.pick([1, 3, 17, 64, 100, 257, 1000, 4097, Math.ceil(Math.sqrt(n))]);
  const rows = Math.max(1, Math.floor(n / inner));
  return axes === 2 ? [rows, inner] : [c.int(1, 4), Math.max(1, Math.floor(rows / 3)), inner];
}
const size = (c: Choices): number => c.int(1, 20) * c.pick([257, 1024, 4099, 9000]);
const unary = [
  'exp',
  'log',
  'sin',
  'tanh',
  'sqrt',
  'abs',
  'square',
  'erf',
  'sigmoid',
  'negative',
  'floor',
  'sign',
] as const;
const binary = ['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum', 'power', 'arctan2', 'greater'] as const;
const folds = ['sum', 'prod', 'max', 'min', 'mean', 'logsumexp', 'argmax', 'argmin', 'variance', 'all', 'any'] as const;
type Op = (...args: unknown[]) => lw.Tensor;
const op = (name: string): Op => (lw as unknown as Record<string, Op>)[name]!;
const real = (t: lw.Tensor): lw.Tensor => (t.dtype === 'complex64' ? lw.abs(t) : t);

type Family = (c: Choices) => () => readonly lw.Tensor[];
const families: Readonly<Record<string, Family>> = {
  unary(c) {
    const x = c.tensor(shapeOf(c, size(c)), c.pick(floats));
    const f = op(c.pick(unary));
    return () => [f(x)];
  },
  binary(c) {
    const shape = shapeOf(c, size(c));
    const t = c.pick(floats);
    const x = c.tensor(shape, t);
    const y = c.tensor(c.pick([shape, shape.slice(-1), [1]]), c.pick([t, 'float32']));
    const f = op(c.pick(binary));
    return () => [f(x, y)];
  },
  integers(c) {
    const x = c.tensor(shapeOf(c, size(c)), c.pick(['int8', 'uint8', 'int16', 'int32', 'uint32', 'int64']));
    return () => [x.multiply(3).add(x), lw.floorDivide(x, 3), lw.leftShift(x, 1)];
  },
  cast(c) {
    const x = c.tensor(shapeOf(c, size(c)), c.pick(all));
    const to = c.pick(all.filter((t) => t !== 'complex64'));
    return () => [real(x).astype(to)];
  },
  select(c) {
    const shape = shapeOf(c, size(c));
    const t = c.pick(floats);
    const [x, y] = [c.tensor(shape, t), c.tensor(shape.slice(-1), t)];
    return () => [lw.where(lw.greater(x, 0), x, y), lw.clip(x, -0.5, 0.5)];
  },
  chain(c) {
    const shape = shapeOf(c, size(c));
    let build = (x: lw.Tensor): lw.Tensor => x;
    const t = c.pick(floats);
    const y = c.tensor(shape.slice(-1), t);
    for (let i = c.int(2, 9); i > 0; i--) {
      const inner = build;
      const f = c.pick(unary);
      const kind = c.int(0, 3);
      build = (x) => {
        const z = inner(x);
        return kind === 0 ? z.multiply(0.5).add(y) : kind === 1 ? lw.maximum(z, x) : op(f)(z);
      };
    }
    const closing = c.pick(['none', 'sum', 'max', 'mean', 'rows', 'min']);
    const x = c.tensor(shape, t);
    return () => {
      const z = build(x);
      if (closing === 'none') return [z];
      return [closing === 'rows' ? z.sum(-1) : op(closing)(z)];
    };
  },
  reduction(c) {
    const shape = shapeOf(c, size(c));
    const x = c.tensor(shape, c.pick(all));
    const f = c.pick(folds);
    const axis = c.pick([null, ...shape.keys()]);
    const takes = f === 'logsumexp' || f === 'variance' || f === 'mean' ? real(x).astype('float32') : real(x);
    return () => [axis === null ? op(f)(takes) : op(f)(takes, axis)];
  },
  rows(c) {
    const shape = [c.int(1, 60), c.pick([5, 33, 64, 257, 1000, 4099])];
    const t = c.pick(floats.slice(0, -1));
    const x = c.tensor(shape, t);
    const w = c.tensor(shape.slice(-1), t);
    return () => [
      lw.softmax(x, -1),
      lw.softmax(x, 0),
      lw.logsumexp(x, 0),
      lw.fast.rmsNorm(x, w, 1e-5),
      lw.fast.layerNorm(x, w, w, 1e-5),
      lw.nn.logSoftmax(x, -1),
    ];
  },
  crossEntropy(c) {
    const [rows, n] = [c.int(1, 300), c.pick([3, 10, 129, 1000])];
    const x = c.tensor([rows, n], c.pick(floats.slice(0, -1)));
    const classes = lw.arange(rows).remainder(n).astype('int32');
    const loss = (s: lw.Tensor): lw.Tensor => lw.nn.losses.crossEntropy(s, classes).sum();
    return () => [loss(x), lw.grad(loss)(x) as lw.Tensor];
  },
  matmul(c) {
    const [m, k, n] = [c.pick([1, 2, 5, 7, 31, 100, 130]), c.int(1, 200), c.pick([1, 3, 16, 65, 200, 300])];
    const t = c.pick([...floats, 'complex64' as const]);
    const batch = c.pick([[], [], [3], [2, 5]]);
    const a = c.tensor([...batch, m, k], t);
    const b = c.tensor([...c.pick([batch, []]), k, n], t);
    return () => [lw.matmul(a, b)];
  },
  attention(c) {
    const causal = c.pick([true, false]);
    const [heads, shares, length] = [4, c.pick([1, 2, 4]), c.int(1, 120)];
    const t = c.pick(floats);
    const q = c.tensor([2, heads, c.pick([1, length]), 32], t);
    const k = c.tensor([2, heads / shares, length, 32], t);
    const v = c.tensor([2, heads / shares, length, 32], t);
    return () => [lw.fast.scaledDotProductAttention(q, k, v, 0.2, causal ? 'causal' : null)];
  },
  convolution(c) {
    const channels = c.pick([1, 3, 8, 16, 24]);
    const groups = c.pick([1, 1, channels]);
    const outputs = groups === 1 ? c.pick([1, 5, 16]) : channels * c.int(1, 2);
    const taps = c.pick([1, 3]);
    const t = c.pick(floats);
    const x = c.tensor([c.int(1, 3), c.int(6, 30), c.int(6, 30), channels], t);
    const w = c.tensor([outputs, taps, taps, channels / groups], t);
    const [stride, pad] = [c.int(1, 2), c.int(0, 1)];
    return () => [lw.conv2d(x, w, stride, pad, 1, groups)];
  },
  transposed(c) {
    const channels = c.pick([3, 8]);
    const x = c.tensor([2, c.int(5, 16), c.int(5, 16), channels], 'float32');
    const w = c.tensor([5, 3, 3, channels], 'float32');
    const stride = c.int(1, 2);
    return () => [lw.convTranspose2d(x, w, stride, 1)];
  },
  quantised(c) {
    const bits = c.pick([2, 3, 4, 6, 8]);
    const [rows, n, k] = [c.pick([1, 2, 9, 40]), 8 * c.int(1, 40), 64 * c.int(1, 6)];
    const w = c.tensor([n, k], 'float32');
    const x = c.tensor([rows, k], c.pick(['float32', 'float16', 'bfloat16']));
    return () => {
      const [codes, scales, biases] = lw.quantize(w, 64, bits);
      return [
        codes!,
        lw.quantizedMatmul(x, codes!, scales!, biases!, true, 64, bits),
        lw.dequantize(codes!, scales!, biases!, 64, bits),
      ];
    };
  },
  fp4(c) {
    const [rows, n, k] = [c.pick([1, 3, 12]), 8 * c.int(1, 40), 64 * c.int(1, 6)];
    const [w, x] = [c.tensor([n, k], 'float32'), c.tensor([rows, k], 'float32')];
    return () => {
      const [codes, scales] = lw.quantize(w, 32, 4, 'mxfp4');
      return [lw.quantizedMatmul(x, codes!, scales!, null, true, 32, 4, 'mxfp4')];
    };
  },
  sort(c) {
    const x = c.tensor(shapeOf(c, Math.ceil(size(c) / 4)), c.pick(all));
    const axis = c.pick([0, -1]);
    return () => [lw.sort(x, axis), lw.argsort(x, axis)];
  },
  scan(c) {
    const x = c.tensor(shapeOf(c, size(c)), c.pick(floats));
    const axis = c.pick([0, -1]);
    const [reverse, inclusive] = [c.pick([true, false]), c.pick([true, false])];
    return () => [
      lw.cumsum(x, axis, reverse, inclusive),
      lw.cummax(x, axis, reverse, inclusive),
      lw.logcumsumexp(x, axis, reverse, inclusive),
    ];
  },
  gather(c) {
    const [rows, n] = [c.int(2, 400), c.pick([1, 7, 64, 300])];
    const x = c.tensor([rows, n], c.pick(all));
    const index = lw.arange(c.int(1, 900)).multiply(7).remainder(rows).astype('int32');
    const along = lw
      .arange(rows * n)
      .remainder(rows)
      .reshape([rows, n])
      .astype('int32');
    return () => [lw.take(x, index, 0), lw.take(x, lw.remainder(index, n), 1), lw.takeAlongAxis(x, along, 0)];
  },
  scatter(c) {
    const [rows, n] = [c.int(2, 200), c.pick([1, 7, 64])];
    const x = c.tensor([rows, n], c.pick(floats));
    const index = lw.arange(c.int(1, 300)).multiply(7).remainder(rows).astype('int32');
    const updates = c.tensor([index.size, n], x.dtype);
    return () => {
      const copy = x.add(0); // `set` changes it
      return [x.addAt([index], updates), copy.set([index], updates)];
    };
  },
  movement(c) {
    const [a, b, d] = [c.int(1, 40), c.int(1, 60), c.int(1, 60)];
    const x = c.tensor([a, b, d], c.pick(all));
    return () => [
      lw.contiguous(x.transpose([2, 1, 0])),
      lw.contiguous(x.transpose([1, 2, 0])),
      lw.concatenate([x, x.at(':', '::-1')], 1),
      lw.tile(x, [2, 1, 2]),
      lw.contiguous(lw.broadcastTo(x.at(':', '0:1'), [a, b, d])),
    ];
  },
  random(c) {
    const shape = shapeOf(c, size(c));
    const key = lw.random.key(c.int(0, 1e6));
    return () => [
      lw.random.uniform(0, 1, shape, 'float32', key),
      lw.random.normal(shape, 'float16', 0, 1, key),
      lw.random.randint(0, 100, shape, 'int32', key),
      lw.random.bits(shape, 1, key),
    ];
  },
  fft(c) {
    const n = c.pick([7, 30, 64, 97, 128, 243, 1000]);
    const x = c.tensor([c.int(1, 60), n], 'float32');
    return () => [lw.fft.fft(x), lw.fft.rfft(x), lw.fft.irfft(lw.fft.rfft(x), n), lw.fft.fft(x, null, 0)];
  },
  rope(c) {
    const x = c.tensor([2, 4, c.int(1, 200), 32], c.pick(floats.slice(0, -1)));
    return () => [lw.fast.rope(x, 32, c.said.length % 2 === 0, 1e4, 1, 3)];
  },
  linalg(c) {
    const n = c.int(2, 24);
    const x = c.tensor([c.int(1, 6), n, n], 'float32');
    const spd = lw.matmul(x, x.swapaxes(-1, -2)).add(lw.eye(n).multiply(n));
    return () => [lw.linalg.inv(spd), lw.linalg.cholesky(spd), ...lw.linalg.qr(x)];
  },
  step(c) {
    const n = size(c);
    const [p, g] = [c.tensor([n], 'float32'), c.tensor([n], 'float32')];
    const rule = c.pick(['AdamW', 'SGD', 'Lion'] as const);
    return () => {
      const o =
        rule === 'SGD'
          ? new lw.optimizers.SGD({ learningRate: 0.1, momentum: 0.9 })
          : new lw.optimizers[rule]({ learningRate: 0.1 });
      const once = o.applyGradients({ w: g }, { w: p }) as { w: lw.Tensor };
      return [(o.applyGradients({ w: g }, once) as { w: lw.Tensor }).w];
    };
  },
};
export const familyNames: readonly string[] = Object.keys(families);
const rows = Object.keys(recipes);

/** One large work of a family; of a random one without a name. */
export function largeWork(random: Random, name = pick(familyNames, random)): Work {
  const c = new Choices(random);
  const run = families[name]!(c);
  return { name: `${name} ${c.said.join(' ')}`, run };
}
/** One valid call of a row of the op table: small, with every layout and dtype. */
export function tableWork(random: Random): Work {
  const s = specimenBySeed(pick(rows, random), random);
  return {
    name: s.text,
    run: () => {
      lw.random.seed(7);
      return s.call(tensorsOf(s));
    },
  };
}
type Results = string | readonly lw.TypedArray[];
/** The elements of all results, or the error that there is instead. */
export function resultsOf(work: Work): Results {
  try {
    return work.run().map((t) => t.toTypedArray());
  } catch (e) {
    if (!(e instanceof lw.LanewiseError)) throw e;
    return e.message;
  }
}
function equal(a: lw.TypedArray, b: lw.TypedArray): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: lw.TypedArray): Uint8Array =>
    new Uint8Array(buffer, byteOffset, byteLength);
  if (Buffer.compare(bytes(a), bytes(b)) === 0) return true;
  // the sign of a NaN depends on how well an engine has compiled a kernel so far, also on one thread
  return a.length === b.length && a.every((x: number | bigint, i: number) => Object.is(x, b[i]));
}
/** Whether all bits are equal, of NaN that there is one. */
export const same = (a: Results, b: Results): boolean =>
  typeof a === 'string' || typeof b === 'string'
    ? a === b
    : a.length === b.length && a.every((x, i) => equal(x, b[i]!));
