import { floats } from '../data.js';
import { sampled } from '../reference.js';
import type { Foreign, Workload } from '../workload.js';

const N = 1_000_000;
const group = 'elementwise, 1e6 float32';
const tolerance = 2e-5; // roundings of float32 are 6e-8; the crudest approximation among the peers (jax-js, power) is off by 1.6e-5

let loops = 0;
/** A loop as one would write it for `of`: source of its own for each function, so that the engine compiles and inlines it apart. */
const loop = (of: Foreign, parameters: string, element: string): ((...operands: Foreign[]) => Float32Array) =>
  new Function(
    'of',
    `return (${parameters}) => { // ${loops++}
      const out = new Float32Array(${N});
      for (let i = 0; i < ${N}; i++) out[i] = ${element};
      return out;
    }`,
  )(of);

/** A function of one argument as everybody calls it. */
interface UnaryRow {
  readonly name: string;
  readonly of: (x: number) => number;
  /** spreads the uniform [-1, 1) over the arguments */
  readonly domain?: (x: number) => number;
  readonly ours: 'exp' | 'log' | 'sqrt' | 'tanh' | 'sin' | 'sigmoid' | 'abs' | 'floor' | 'erf' | 'square' | 'negative';
  readonly tfjs?: string;
  readonly onnx?: string;
  readonly jax?: (jax: Foreign, x: Foreign) => Foreign;
  readonly numpy?: string;
}
/** The function's series, which converges for the arguments used here. */
function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}
const rows: readonly UnaryRow[] = [
  { name: 'exp', of: Math.exp, ours: 'exp', domain: (x) => 4 * x },
  { name: 'log', of: Math.log, ours: 'log', domain: (x) => 3 * x + 3.01 },
  { name: 'sqrt', of: Math.sqrt, ours: 'sqrt', domain: (x) => x + 1 },
  { name: 'tanh', of: Math.tanh, ours: 'tanh', domain: (x) => 3 * x },
  { name: 'sin', of: Math.sin, ours: 'sin', domain: (x) => 6 * x },
  {
    name: 'sigmoid',
    of: (x) => 1 / (1 + Math.exp(-x)),
    ours: 'sigmoid',
    domain: (x) => 6 * x,
    jax: (jax, x) => jax.nn.sigmoid(x),
    numpy: '',
  },
  { name: 'erf', of: erf, ours: 'erf', domain: (x) => 2 * x, jax: (jax, x) => jax.lax.erf(x), numpy: '' },
  { name: 'abs', of: Math.abs, ours: 'abs' },
  { name: 'floor', of: Math.floor, ours: 'floor', domain: (x) => 100 * x },
  { name: 'square', of: (x) => x * x, ours: 'square', onnx: '' },
  { name: 'negative', of: (x) => -x, ours: 'negative', tfjs: 'neg', onnx: 'Neg' },
];
function unary({ name, of, domain, ours, tfjs, onnx, jax, numpy }: UnaryRow): Workload {
  const operator = onnx ?? name[0]!.toUpperCase() + name.slice(1);
  const plain = loop(of, 'x', 'of(x[i])');
  return {
    name,
    group,
    inputs: { x: floats([N], 1, domain) },
    bytes: 8 * N,
    tolerance,
    expected: ({ x }) => sampled(N, (i) => of(x![i]!)),
    ours: (_, { x }) => x![ours](),
    peers: {
      tfjs: (tf, { x }) => tf[tfjs ?? name](x),
      ...(operator === '' ? {} : { onnx: (graph, { x }) => graph.op(operator, [x]) }),
      jax: (lib, { x }) => (jax === undefined ? lib.numpy[name](x) : jax(lib, x)),
      ...(numpy === '' ? {} : { numpy: (np, { x }) => np[name](x) }),
      javascript: (_, { x }) => plain(x),
    },
  };
}

interface BinaryRow {
  readonly name: 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'power';
  readonly of: (a: number, b: number) => number;
  readonly domain?: (x: number) => number;
  readonly tfjs: string;
  readonly onnx: string;
}
const pairs: readonly BinaryRow[] = [
  { name: 'add', of: (a, b) => a + b, tfjs: 'add', onnx: 'Add' },
  { name: 'multiply', of: (a, b) => a * b, tfjs: 'mul', onnx: 'Mul' },
  { name: 'divide', of: (a, b) => a / b, domain: (x) => x + 2, tfjs: 'div', onnx: 'Div' },
  { name: 'maximum', of: Math.max, tfjs: 'maximum', onnx: 'Max' },
  { name: 'power', of: Math.pow, domain: (x) => x + 1.5, tfjs: 'pow', onnx: 'Pow' },
];
function binary({ name, of, domain, tfjs, onnx }: BinaryRow): Workload {
  const plain = loop(of, 'a, b', 'of(a[i], b[i])');
  return {
    name,
    group,
    inputs: { a: floats([N], 1, domain), b: floats([N], 2, domain) },
    bytes: 12 * N,
    tolerance,
    expected: ({ a, b }) => sampled(N, (i) => of(a![i]!, b![i]!)),
    ours: (_, { a, b }) => a![name](b!),
    peers: {
      tfjs: (tf, { a, b }) => tf[tfjs](a, b),
      onnx: (graph, { a, b }) => graph.op(onnx, [a, b]),
      jax: (jax, { a, b }) => jax.numpy[name](a, b),
      numpy: (np, { a, b }) => np[name](a, b),
      javascript: (_, { a, b }) => plain(a, b),
    },
  };
}

const add = pairs.map(binary)[0]!;
const collected: Workload = { ...add, name: 'add, results left to the garbage collector', peers: {}, collected: true };
const choose: Workload = {
  name: 'where(a > b, a, c)',
  group,
  inputs: { a: floats([N], 1), b: floats([N], 2), c: floats([N], 3) },
  bytes: 16 * N,
  tolerance,
  expected: ({ a, b, c }) => sampled(N, (i) => (a![i]! > b![i]! ? a![i]! : c![i]!)),
  ours: (lw, { a, b, c }) => lw.where(a!.greater(b!), a!, c!),
  peers: {
    tfjs: (tf, { a, b, c }) => tf.where(tf.greater(a, b), a, c),
    onnx: (graph, { a, b, c }) => graph.op('Where', [graph.op('Greater', [a, b]), a, c]),
    jax: (jax, { a, b, c }) => jax.numpy.where(jax.numpy.greater(a.ref, b), a, c),
    numpy: (np, { a, b, c }) => np.where(np.greater(a, b), a, c),
    javascript: (_, { a, b, c }) => {
      const out = new Float32Array(N);
      for (let i = 0; i < N; i++) out[i] = a![i]! > b![i]! ? a![i]! : c![i]!;
      return out;
    },
  },
};
const [R, C] = [1000, 1000];
const broadcast: Workload = {
  name: 'add a row to 1000x1000',
  group,
  inputs: { a: floats([R, C], 1), b: floats([C], 2) },
  bytes: 8 * R * C,
  tolerance,
  expected: ({ a, b }) => sampled(R * C, (i) => a![i]! + b![i % C]!),
  ours: (_, { a, b }) => a!.add(b!),
  peers: {
    tfjs: (tf, { a, b }) => tf.add(a, b),
    onnx: (graph, { a, b }) => graph.op('Add', [a, b]),
    jax: (jax, { a, b }) => jax.numpy.add(a, b),
    numpy: (np, { a, b }) => np.add(a, b),
    javascript: (_, { a, b }) => {
      const out = new Float32Array(R * C);
      for (let i = 0; i < R; i++) for (let j = 0; j < C; j++) out[i * C + j] = a![i * C + j]! + b![j]!;
      return out;
    },
  },
};
const convert: Workload = {
  name: 'float32 to int32',
  group,
  inputs: { x: floats([N], 1, (x) => 1000 * x) },
  bytes: 8 * N,
  tolerance: 0,
  expected: ({ x }) => sampled(N, (i) => Math.trunc(x![i]!)),
  ours: (_, { x }) => x!.astype('int32'),
  peers: {
    tfjs: (tf, { x }) => tf.cast(x, 'int32'),
    jax: (jax, { x }) => x.astype(jax.numpy.int32),
    numpy: (_, { x }) => x.astype('int32'),
    javascript: (_, { x }) => Int32Array.from(x!),
  },
};

export const elementwise: readonly Workload[] = [
  ...pairs.map(binary),
  collected,
  ...rows.map(unary),
  choose,
  broadcast,
  convert,
];
