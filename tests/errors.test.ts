import { expect, test } from 'vitest';
import * as lw from '../src/index.js';
import { thrown } from './tensor/support.js';

const x = lw.arange(6).reshape([2, 3]).astype('float32').eval();
const v = lw.arange(3).astype('float32').eval();
const c = lw.array([{ re: 1, im: 2 }]);
const i = lw.arange(3).eval();
const far = lw.array([7], 'int32').eval();
const empty = lw.zeros([0, 3]);
const wrong = (value: unknown): never => value as never;
const DTYPES =
  'bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, bfloat16, complex64';
const OPERAND = 'an operand must be a tensor, a number, a bigint, a boolean or { re, im }';

/** Every message of the tensors and the ops, once: class, call, text. */
const rows: [new (...args: never[]) => Error, () => unknown, string][] = [
  // operands
  [lw.DTypeError, () => x.add(wrong([1])), `[add] ${OPERAND}, got an array (make it a tensor with array(...))`],
  [lw.DTypeError, () => x.add(wrong(null)), `[add] ${OPERAND}, got null`],
  [lw.DTypeError, () => lw.exp(wrong('a')), `[exp] ${OPERAND}, got string`],
  [lw.DTypeError, () => lw.where(x, wrong(undefined), 1), `[where] ${OPERAND}, got undefined`],
  [lw.DTypeError, () => lw.ones([1], 'int8').mul(128), '[mul] a number beside int8 must fit it, got 128'],
  [lw.DTypeError, () => lw.negative(true), '[negative] the operand must have a number dtype, got bool'],
  [lw.DTypeError, () => c.floor(), '[floor] the operand must have a real dtype, got complex64'],
  [lw.DTypeError, () => c.arctan2(c), '[arctan2] the operand must have a floating dtype, got complex64'],
  [
    lw.DTypeError,
    () => x.bitwiseAnd(i),
    '[bitwiseAnd] the operand must have an integer or bool dtype, got float32 and int32',
  ],
  [lw.DTypeError, () => c.argmax(), '[argmax] the operand must have a real dtype, got complex64'],
  [lw.DTypeError, () => c.softmax(), '[softmax] the operand must have a real dtype, got complex64'],
  [lw.DTypeError, () => c.logcumsumexp(), '[logcumsumexp] the operand must have a real dtype, got complex64'],
  [lw.DTypeError, () => c.logsumexp(), '[logsumexp] the operand must have a real dtype, got complex64'],
  [lw.DTypeError, () => lw.nn.logSoftmax(c), '[nn.logSoftmax] the operand must have a real dtype, got complex64'],
  [
    lw.DTypeError,
    () => lw.nn.losses.crossEntropy(c, lw.array(0, 'int32')),
    '[nn.losses.crossEntropy] the operand must have a real dtype, got complex64',
  ],
  [lw.DTypeError, () => x.astype(wrong('float8')), `[astype] the dtype must be one of ${DTYPES}, got float8`],
  [lw.ShapeError, () => x.add(lw.ones([2])), '[add] shapes must broadcast, got (2,3) and (2)'],
  [lw.ShapeError, () => lw.where(x, lw.ones([4]), 1), '[where] shapes must broadcast, got (2,3) and (4)'],
  // shapes
  [lw.ShapeError, () => lw.zeros(wrong(3)), '[zeros] a shape must be an array of integers, got 3'],
  [lw.ShapeError, () => lw.zeros([2, -1]), '[zeros] sizes must be integers of at least 0, got (2,-1)'],
  [lw.ShapeError, () => lw.zeros([1.5]), '[zeros] sizes must be integers of at least 0, got (1.5)'],
  [
    lw.ShapeError,
    () => lw.zeros([65536, 32768]),
    '[zeros] a tensor holds at most 2147483647 elements, got (65536,32768)',
  ],
  [
    lw.ShapeError,
    () => lw.zeros([65536, 1]).add(lw.zeros([32768])),
    '[add] a tensor holds at most 2147483647 elements, got (65536,32768)',
  ],
  [lw.ShapeError, () => lw.ones(Array<number>(33).fill(1)), '[ones] a tensor has at most 32 axes, got 33'],
  [
    lw.ShapeError,
    () => lw.ones(Array<number>(32).fill(1)).expandDims(0),
    '[expandDims] a tensor has at most 32 axes, got 33',
  ],
  [lw.ShapeError, () => x.reshape(wrong(6)), '[reshape] a shape must be an array of integers, got 6'],
  [lw.ShapeError, () => x.reshape([-1, -1]), '[reshape] at most one size may be -1, got (-1,-1)'],
  [lw.ShapeError, () => x.reshape([4, -1]), '[reshape] 6 elements do not fill (4,-1), got (2,3)'],
  [lw.ShapeError, () => x.reshape([5]), '[reshape] the size must stay 6, got (2,3) to (5)'],
  [lw.AxisError, () => x.flatten(1, 0), '[flatten] the start axis must not be after the end axis, got 1 and 0'],
  [lw.ShapeError, () => x.unflatten(1, [2, 2]), '[unflatten] the sizes must multiply to 3, got (2,2)'],
  [lw.ShapeError, () => x.squeeze(0), '[squeeze] a squeezed axis must have size 1, got axis 0 of (2,3)'],
  [lw.AxisError, () => x.expandDims(3), '[expandDims] the axis must be an integer in [-3, 3), got 3'],
  [lw.AxisError, () => x.transpose([0, 0]), '[transpose] the axes must name each of 2 axes once, got (0,0)'],
  [lw.AxisError, () => x.transpose(wrong(1)), '[transpose] the axes must be an array of integers, got 1'],
  [
    lw.ShapeError,
    () => x.broadcastTo([3, 3]),
    '[broadcastTo] the shape must broadcast to the target, got (2,3) to (3,3)',
  ],
  [
    lw.ShapeError,
    () => x.asStrided([2], [1, 1]),
    '[asStrided] one integer stride is needed per axis, got (1,1) for (2)',
  ],
  [
    lw.ShapeError,
    () => x.asStrided([3], [-2], 3),
    '[asStrided] every element must lie in the 6 of x, got elements -1 to 3',
  ],
  [lw.ShapeError, () => v.diagonal(), '[diagonal] at least two axes are needed, got (3)'],
  [lw.AxisError, () => x.diagonal(0, 1, -1), '[diagonal] the two axes must differ, got 1 and -1'],
  [lw.ShapeError, () => x.diagonal(0.5), '[diagonal] the offset must be an integer, got 0.5'],
  // axes
  [lw.AxisError, () => x.sum(2), '[sum] the axis must be an integer in [-2, 2), got 2'],
  [lw.AxisError, () => x.sum([0, -2]), '[sum] axes must not repeat, got (0,-2)'],
  [lw.AxisError, () => x.sum(wrong('all')), '[sum] axes must be an integer, an array of integers or null, got all'],
  [lw.AxisError, () => x.swapaxes(0, 0.5), '[swapaxes] the axis must be an integer in [-2, 2), got 0.5'],
  [lw.ShapeError, () => empty.max(0), '[max] an empty axis has no such element, got (0,3)'],
  [lw.ShapeError, () => empty.argmin(), '[argmin] an empty axis has no such element, got (0,3)'],
  // creation
  [
    lw.DTypeError,
    () => lw.array(wrong('text')),
    '[array] elements must be numbers, booleans, bigints, { re, im } or tensors, got string',
  ],
  [
    lw.DTypeError,
    () => lw.array([wrong(null)]),
    '[array] elements must be numbers, booleans, bigints, { re, im } or tensors, got null',
  ],
  [
    lw.DTypeError,
    () => lw.array(new DataView(new ArrayBuffer(4))),
    '[array] the data must be a typed array of numbers, got a DataView',
  ],
  [
    lw.ShapeError,
    () => lw.array([[1, 2], [3]]),
    '[array] nested arrays must have equal lengths, got a part that does not fit (2,2) at axis 1',
  ],
  [
    lw.ShapeError,
    () => lw.array([1, [2]]),
    '[array] nested arrays must have equal lengths, got a part that does not fit (2) at axis 1',
  ],
  [lw.ShapeError, () => lw.array(cycle()), '[array] a tensor has at most 32 axes, got 33'],
  [lw.DTypeError, () => lw.array([1], wrong('f32')), `[array] the dtype must be one of ${DTYPES}, got f32`],
  [lw.ShapeError, () => lw.arange(0, 1, 0), '[arange] the step must not be 0, got 0'],
  [lw.ShapeError, () => lw.arange(Infinity), '[arange] start, stop and step must be finite, got 0, Infinity and 1'],
  [lw.ShapeError, () => lw.arange(3e9), '[arange] a tensor holds at most 2147483647 elements, got (3000000000)'],
  [lw.DTypeError, () => lw.arange(3, 'bool'), '[arange] the dtype must be a number dtype, got bool'],
  [lw.ShapeError, () => lw.linspace(0, 1, -1), '[linspace] the count must be an integer of at least 0, got -1'],
  [lw.ShapeError, () => lw.eye(-1), '[eye] sizes must be integers of at least 0, got (-1,-1)'],
  [lw.ShapeError, () => lw.tri(2, 2, 0.5), '[tri] the diagonal must be an integer, got 0.5'],
  [
    lw.DTypeError,
    () => x.fullLike(wrong([1])),
    `[fullLike] ${OPERAND}, got an array (make it a tensor with array(...))`,
  ],
  // indexing
  [lw.AxisError, () => lw.slice(0, 5, 0), '[slice] the step must not be 0, got 0'],
  [lw.AxisError, () => lw.slice(0.5), '[slice] start, stop and step must be integers or null, got 0.5'],
  [lw.AxisError, () => new lw.Slice(0, 9, 0.5), '[slice] start, stop and step must be integers or null, got 0.5'],
  [lw.AxisError, () => x.at('a'), "[at] an index must be an integer or a range such as '1:5:2', got 'a'"],
  [lw.AxisError, () => x.at('1,'), "[at] an index must not be empty, got '1,'"],
  [lw.AxisError, () => x.at('1:2:3:4'), "[at] a range has at most two colons, got '1:2:3:4'"],
  [lw.AxisError, () => x.at('...', '...'), '[at] at most one ellipsis is allowed, got several'],
  [lw.AxisError, () => x.at(0, 0, 0), '[at] there must not be more indices than axes, got 3 for (2,3)'],
  [lw.AxisError, () => x.at(0, 3), '[at] an index of axis 1 must be an integer in [-3, 3), got 3'],
  [lw.AxisError, () => x.at(-3), '[at] an index of axis 0 must be an integer in [-2, 2), got -3'],
  [
    lw.AxisError,
    () => x.at(wrong({})),
    '[at] an index must be an integer, a slice, a string, null, a tensor or an array, got object',
  ],
  [
    lw.ShapeError,
    () => x.at(lw.ones([3], 'bool')),
    '[at] a mask must have the sizes of the axes it stands for, got (3) for (2,3)',
  ],
  [lw.ShapeError, () => x.at([0, 1], [0, 1, 2]), '[at] shapes must broadcast, got (2) and (3)'],
  [lw.DTypeError, () => x.at(v), "[at] indices must have an integer dtype (x.astype('int32')), got float32"],
  [lw.DTypeError, () => x.at([0, 0.5]), '[at] an index list must hold 32-bit integers in equal lengths, got [0,0.5]'],
  [
    lw.DTypeError,
    () => x.at([2 ** 40]),
    '[at] an index list must hold 32-bit integers in equal lengths, got [1099511627776]',
  ],
  [
    lw.DTypeError,
    () => x.at(wrong([[0], [0, 1]])),
    '[at] an index list must hold 32-bit integers in equal lengths, got [0,0,1]',
  ],
  [lw.AxisError, () => x.at(lw.array([2], 'int32')).eval(), '[at] index 2 is out of bounds for axis 0 with size 2'],
  [lw.AxisError, () => x.set(5, 0), '[set] an index of axis 0 must be an integer in [-2, 2), got 5'],
  [lw.ShapeError, () => x.set(0, lw.ones([2])), '[set] the value must broadcast to the region, got (2) for (3)'],
  [
    lw.DTypeError,
    () => x.set(0, wrong([1, 2, 3])),
    `[set] ${OPERAND}, got an array (make it a tensor with array(...))`,
  ],
  [lw.ShapeError, () => empty.take([0], 0), '[take] an empty axis has no elements, got (0,3)'],
  [lw.DTypeError, () => x.take(1.5, 0), "[take] indices must have an integer dtype (x.astype('int32')), got float32"],
  [
    lw.AxisError,
    () => x.take(2 ** 40, 0),
    '[take] an index of axis 0 must be an integer in [-2, 2), got 1099511627776',
  ],
  [lw.AxisError, () => x.take([0, -3], 0), '[take] an index of axis 0 must be an integer in [-2, 2), got -3'],
  [lw.AxisError, () => x.at(':', [3]), '[at] an index of axis 1 must be an integer in [-3, 3), got 3'],
  [lw.AxisError, () => x.take(far, 0).eval(), '[take] index 7 is out of bounds for axis 0 with size 2'],
  [
    lw.AxisError,
    () => x.takeAlongAxis(far.reshape([1, 1]), 1).eval(),
    '[takeAlongAxis] index 7 is out of bounds for axis 1 with size 3',
  ],
  [
    lw.AxisError,
    () => x.putAlongAxis(far.reshape([1, 1]), 1, 1).eval(),
    '[putAlongAxis] index 7 is out of bounds for axis 1 with size 3',
  ],
  [lw.AxisError, () => x.addAt(far, 1).eval(), '[addAt] index 7 is out of bounds for axis 0 with size 2'],
  [lw.DTypeError, () => lw.concatenate([x, wrong(Symbol('axis'))], wrong({})), `[concatenate] ${OPERAND}, got symbol`],
  [
    lw.AxisError,
    () => x.sum(wrong(Symbol('axis'))),
    '[sum] axes must be an integer, an array of integers or null, got Symbol(axis)',
  ],
  [
    lw.LanewiseError,
    () => x.expandDims(wrong(null)),
    '[expandDims] the arguments must be what its signature says, got (float32 (2,3), null)',
  ],
  [
    lw.ShapeError,
    () => x.takeAlongAxis([0], 0),
    '[takeAlongAxis] the indices must have as many axes as x, got (1) and (2,3)',
  ],
  [
    lw.ShapeError,
    () => x.putAlongAxis([0], 1, 0),
    '[putAlongAxis] the indices must have as many axes as x, got (1) and (2,3)',
  ],
  [
    lw.ShapeError,
    () => x.sliceUpdate(v, [0]),
    '[sliceUpdate] the update and the start must have as many axes as x, got (3), (0) and (2,3)',
  ],
  [
    lw.ShapeError,
    () => x.sliceUpdate(lw.ones([1, 2]), [0, 2]),
    '[sliceUpdate] the update must lie inside x, got (1,2), (0,2) and (2,3)',
  ],
  // joining and splitting
  [lw.ShapeError, () => lw.concatenate([]), '[concatenate] at least one tensor is needed, got none'],
  [
    lw.ShapeError,
    () => lw.concatenate([x, v]),
    '[concatenate] all shapes must match except along axis 0, got (2,3) and (3)',
  ],
  [lw.ShapeError, () => lw.stack(wrong(x)), '[stack] at least one tensor is needed, got none'],
  [lw.ShapeError, () => lw.stack([x, v, v]), '[stack] all shapes must match, got (2,3), (3) and (3)'],
  [lw.AxisError, () => lw.stack([v], 2), '[stack] the axis must be an integer in [-2, 2), got 2'],
  [lw.ShapeError, () => lw.broadcastShapes([2], [3]), '[broadcastShapes] shapes must broadcast, got (2) and (3)'],
  [lw.ShapeError, () => v.split(2), '[split] the sections must divide the axis evenly, got 2 for size 3'],
  [lw.ShapeError, () => empty.split(2 ** 31), '[split] an empty axis makes at most 1024 parts, got 2147483648'],
  [lw.ShapeError, () => v.tile(-1), '[tile] repetitions must be integers of at least 0, got (-1)'],
  [lw.ShapeError, () => v.repeat(0.5), '[repeat] the count must be an integer of at least 0, got 0.5'],
  [lw.ShapeError, () => x.roll([1, 2], 0), '[roll] one shift is needed per axis, got 2 for 1 axes'],
  [
    lw.ShapeError,
    () => x.pad(-1),
    '[pad] the widths must be integers of at least 0, one pair per axis, got -1 for 2 axes',
  ],
  [
    lw.ShapeError,
    () => x.pad(1, wrong('wrap')),
    "[pad] the mode must be 'constant', 'edge', 'reflect' or 'symmetric', got 'wrap'",
  ],
  [lw.ShapeError, () => empty.pad(1, 'edge'), '[pad] an empty axis has no edge to repeat, got (0,3)'],
  [lw.ShapeError, () => v.tril(), '[tril] at least two axes are needed, got (3)'],
  [lw.ShapeError, () => lw.diag(1), '[diag] one or two axes are needed, got ()'],
  // products and order
  [lw.ShapeError, () => x.matmul(1), '[matmul] the operands must have at least one axis, got (2,3) and ()'],
  [lw.ShapeError, () => x.matmul(x), '[matmul] the inner sizes must match, got (2,3) and (2,3)'],
  [
    lw.ShapeError,
    () => lw.ones([2, 1, 3]).matmul(lw.ones([4, 3, 1])),
    '[matmul] shapes must broadcast, got (2) and (4)',
  ],
  [lw.DTypeError, () => i.matmul(i), '[matmul] the operands must have floating or complex dtypes, got int32 and int32'],
  [
    lw.ShapeError,
    () => x.tensordot(x, 3),
    '[tensordot] the number of axes must fit both operands, got 3 for (2,3) and (2,3)',
  ],
  [lw.ShapeError, () => x.tensordot(x, [[0], [1]]), '[tensordot] the contracted sizes must match, got (2,3) and (2,3)'],
  [lw.AxisError, () => v.partition(3), '[partition] kth must be an integer in [-3, 3), got 3'],
  [lw.AxisError, () => v.topk(4), '[topk] k must be an integer in [0, 3], got 4'],
  // reading
  [lw.ShapeError, () => x.item(), '[item] the tensor must have exactly one element, got (2,3)'],
  [lw.ShapeError, () => [...lw.array(1)], '[iterate] a tensor without axes has no elements to walk, got ()'],
  [lw.LanewiseError, () => lw.eval(deep()), '[eval] a tree must be at most 1000 deep, got a deeper one or a cycle'],
  [lw.DTypeError, () => lw.itemsize(wrong('float8')), `[itemsize] the dtype must be one of ${DTYPES}, got float8`],
  [lw.LanewiseError, () => lw.random.seed(wrong('x')), '[random.key] the seed must be an integer, got x'],
  [lw.DTypeError, () => lw.random.uniform(wrong('x')), `[random.uniform] ${OPERAND}, got string`],
  [lw.DTypeError, () => lw.random.bernoulli(wrong('x')), `[random.bernoulli] ${OPERAND}, got string`],
  [lw.LanewiseError, () => lw.fast.rmsNorm(x, null, wrong({})), '[fast.rmsNorm] eps must be a number, got an object'],
  [
    lw.LanewiseError,
    () => lw.memory.setLimit(wrong(Symbol('s'))),
    `[memory.setLimit] the limit must be above 0 and at most ${lw.memory.limit()} bytes, got Symbol(s)`,
  ],
  [lw.AxisError, () => lw.slice(wrong({})), '[slice] start, stop and step must be integers or null, got an object'],
  [lw.DisposedError, () => lw.set(gone(), 0, 1), '[set] the tensor was disposed'],
  [lw.LanewiseError, () => lw.tidy(() => Promise.resolve()), '[tidy] the function must not be async, got a promise'],
  [
    lw.LanewiseError,
    () => lw.memory.setLimit(-1),
    `[memory.setLimit] the limit must be above 0 and at most ${lw.memory.limit()} bytes, got -1`,
  ],
  [
    lw.BackendError,
    () => lw.setDefaultDevice('gpu'),
    "[setDefaultDevice] the device must be one of 'auto', 'wasm', 'reference', got 'gpu'",
  ],
];
function cycle(): never {
  const a: unknown[] = [];
  a.push(a);
  return a as never;
}
/** Arrays in arrays, as deep as nobody means it. */
function deep(): unknown[] {
  let a: unknown[] = [];
  for (let i = 0; i < 5000; i++) a = [a];
  return a;
}
function gone(): lw.Tensor {
  const t = lw.array([1]).add(1);
  t.dispose();
  return t;
}

test.each(rows.map(([type, call, text]) => [text, type, call] as const))('errors › %s', (text, type, call) => {
  for (const device of ['reference', 'wasm']) {
    lw.setDefaultDevice(device);
    const e = thrown(call);
    expect(e.message).toBe(text);
    expect(e).toBeInstanceOf(type);
    expect(e).toBeInstanceOf(lw.LanewiseError);
    expect(e.name).toBe(type.name);
    expect(e.message).toMatch(/^\[[\w.]+\] /);
  }
  // nothing that failed changed its operands
  expect(x.tolist()).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
});

test('errors › a failed set leaves the tensor', () => {
  const t = lw.array([1, 2]);
  thrown(() => t.set(9, 1));
  thrown(() => t.set(0, lw.ones([3, 3])));
  expect(t.tolist()).toEqual([1, 2]);
});
