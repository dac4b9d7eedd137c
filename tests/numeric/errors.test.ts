// Every message of these ops, once: class, call, text.
import { expect, test } from 'vitest';
import * as lw from '../../src/index.js';
import { encodeNpy, encodeNpz, loadNpy, loadNpz } from '../../src/io/index.js';
import { thrown } from '../tensor/support.js';

const x = lw.arange(6).reshape([2, 3]).astype('float32').eval();
const v = lw.arange(3).astype('float32').eval();
const c = lw.array([{ re: 1, im: 2 }]);
const wrong = (value: unknown): never => value as never;
const DTYPES =
  'bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, bfloat16, complex64';

const rows: [new (...args: never[]) => Error, () => unknown, string][] = [
  [lw.LanewiseError, () => lw.einsum(wrong(3), x), '[einsum] the subscripts must be text, got number'],
  [lw.LanewiseError, () => lw.einsum('ij'), '[einsum] at least one operand is needed, got none'],
  [lw.LanewiseError, () => lw.einsum('ij->i->j', x), "[einsum] the subscripts hold at most one arrow, got 'ij->i->j'"],
  [lw.LanewiseError, () => lw.einsum('ij,j', x), "[einsum] there must be one operand per term, got 1 for 2 in 'ij,j'"],
  [lw.LanewiseError, () => lw.einsum('i1', x), "[einsum] subscripts must be letters, got '1' in 'i1'"],
  [lw.LanewiseError, () => lw.einsum('...i...', x), "[einsum] a term holds at most one ellipsis, got '...i...'"],
  [lw.ShapeError, () => lw.einsum('ijk', x), "[einsum] operand 0 must have 3 axes for 'ijk', got (2,3)"],
  [lw.ShapeError, () => lw.einsum('ijk...', x), "[einsum] operand 0 must have at least 3 axes for 'ijk...', got (2,3)"],
  [lw.AxisError, () => lw.einsum('ij->ii', x), "[einsum] output subscripts must not repeat, got 'ii'"],
  [lw.AxisError, () => lw.einsum('ij->ik', x), "[einsum] output subscripts must appear in an operand, got 'k' in 'ik'"],
  [lw.ShapeError, () => lw.einsum('ii', x), '[einsum] axes of one subscript must have one size, got 2 and 3 in (2,3)'],
  [
    lw.ShapeError,
    () => lw.einsum('ij,i', x, v),
    '[einsum] axes of one subscript must have one size, got 2 and 3 in (3)',
  ],
  [
    lw.ShapeError,
    () => lw.einsumPath('...a,...b->...ab', ...[1, 1].map(() => lw.ones(Array<number>(32).fill(1)))),
    '[einsumPath] a tensor has at most 32 axes, got 33',
  ],
  [
    lw.DTypeError,
    () => lw.einsum('i,i', lw.arange(3), lw.arange(3)),
    '[einsum] operands that are summed over a common subscript must have floating or complex dtypes, got int32 and int32',
  ],
  [lw.ShapeError, () => lw.hanning(2.5), '[hanning] the number of points must be an integer, got 2.5'],
  [
    lw.ShapeError,
    () => lw.searchsorted(x, v),
    '[searchsorted] the sorted tensor must have exactly one axis, got (2,3)',
  ],
  [
    lw.LanewiseError,
    () => lw.searchsorted(v, v, wrong('middle')),
    "[searchsorted] the side must be 'left' or 'right', got 'middle'",
  ],
  [lw.ShapeError, () => lw.unique(x, -1), '[unique] the size must be an integer of at least 0 or null, got -1'],
  [lw.LanewiseError, () => lw.unique(x, 2, wrong(true)), '[unique] the options must be an object, got true'],
  [
    lw.ShapeError,
    () => lw.unique(lw.zeros([0]), 2),
    '[unique] an empty tensor needs a fill value for a size above 0, got the size 2',
  ],
  [
    lw.ShapeError,
    () => lw.unique(x, 9, { fillValue: v }),
    '[unique] the fill value must have exactly one element, got (3)',
  ],
  [
    lw.DTypeError,
    () => lw.unique(x, 9, { fillValue: { re: 1, im: 1 } }),
    '[unique] the fill value must fit float32, got a complex number',
  ],
  [lw.ShapeError, () => lw.diff(x, -1), '[diff] the order must be an integer of at least 0, got -1'],
  [lw.AxisError, () => lw.diff(x, 1, 2), '[diff] the axis must be an integer in [-2, 2), got 2'],
  [lw.AxisError, () => lw.countNonzero(x, 2), '[countNonzero] the axis must be an integer in [-2, 2), got 2'],
  [lw.DTypeError, () => lw.trunc(c), '[trunc] the operand must have a floating dtype, got complex64'],
  [lw.DTypeError, () => x.view(wrong('float8')), `[view] the dtype must be one of ${DTYPES}, got float8`],
  [
    lw.ShapeError,
    () => x.view('int64'),
    '[view] the bytes of the last axis must be a multiple of 8, got (2,3) of float32',
  ],
  [
    lw.ShapeError,
    () => lw.array(1).view('int8'),
    '[view] a tensor without axes keeps its element size, got float32 as int8',
  ],
  [lw.DTypeError, () => lw.nanmax(c), '[nanmax] the operand must have a real dtype, got complex64'],
  [lw.DTypeError, () => lw.nanvar(c), '[nanvar] the operand must have a real dtype, got complex64'],
  [lw.DTypeError, () => lw.nanmedian(c), '[nanmedian] the operand must have a real dtype, got complex64'],
  [lw.AxisError, () => lw.nanargmax(x, 2), '[nanargmax] the axis must be an integer in [-2, 2), got 2'],
  [
    lw.LanewiseError,
    () => lw.asarray([1], null, false),
    '[asarray] without a copy the data must be a tensor of the dtype, got JavaScript values',
  ],
  [
    lw.LanewiseError,
    () => lw.asarray(x, 'int8', false),
    '[asarray] without a copy the data must be a tensor of the dtype, got float32 for int8',
  ],
  [lw.DTypeError, () => lw.resultType(), '[resultType] at least one operand is needed, got none'],
  [lw.DTypeError, () => lw.finfo('int8'), '[finfo] the dtype must be floating or complex, got int8'],
  [lw.DTypeError, () => lw.iinfo('bool'), '[iinfo] the dtype must be an integer dtype, got bool'],
  [lw.DTypeError, () => lw.issubdtype('int8', wrong('x')), `[issubdtype] the dtype must be one of ${DTYPES}, got x`],
  [
    lw.DTypeError,
    () => lw.isdtype('int8', wrong('foo')),
    '[isdtype] a kind must be a dtype or one of bool, signed integer, unsigned integer, integral, real floating, complex floating, numeric, got foo',
  ],
  [lw.DTypeError, () => lw.isdtype('int8', wrong(1)), '[isdtype] a kind must be a text or a list of them, got number'],
  [
    lw.LanewiseError,
    () => lw.setPrintOptions({ precision: -5 }),
    '[setPrintOptions] the precision must be an integer from -1 to 100, got -5',
  ],
  [lw.ShapeError, () => lw.nn.glu(x), '[nn.glu] the size along the axis must be even, got (2,3)'],
  [
    lw.ShapeError,
    () =>
      lw
        .array([1, 2, 3])
        .set(lw.array([true, true, true]), lw.array([1, 2]))
        .eval(),
    '[masked_scatter] there must be a value for each true element of the mask, got 2 for 3',
  ],
];
test.each(rows)('%o › %s', (type, run, text) => {
  const e = thrown(run);
  expect(e.message).toBe(text);
  expect(e.constructor).toBe(type);
});

/** A file with this header text. */
function npy(text: string, version = 1, data = 0): Uint8Array {
  const body = new TextEncoder().encode(text);
  const head = version === 1 ? 10 : 12;
  const file = new Uint8Array(head + body.length + data);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, body.length & 0xff, body.length >>> 8]);
  file.set(body, head);
  return file;
}
const dict = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}}`;
/** An archive with some of its fields changed: offsets from the start, or from the end where they are negative. */
async function npz(changes: readonly (readonly [at: number, value: number])[], compress = false): Promise<Uint8Array> {
  const file = await encodeNpz({ a: lw.zeros([40]), b: lw.ones([2]) }, { compress });
  const view = new DataView(file.buffer);
  for (const [at, value] of changes) view.setUint32(at < 0 ? file.length + at : at, value, true);
  return file;
}
// the end record has 22 bytes; each directory entry 46 and 5 of the name
const second = -22 - 51;
const first = second - 51;

const files: [string, () => Uint8Array | Promise<Uint8Array>][] = [
  ["[npy] a file must start with NumPy's magic number, got other bytes in the bytes", () => new Uint8Array(20)],
  ['[npy] the format must be 1.0, 2.0 or 3.0, got 4.0 in the bytes', () => npy('{}', 4)],
  ['[npy] the header must be complete, got the end of the bytes', () => npy(dict("'<f4'", '(2,)')).subarray(0, 30)],
  [
    '[npy] a header holds at most 1048576 bytes, got 4294967295 in the bytes',
    () => {
      const file = npy('{}', 2);
      file.fill(255, 8, 12);
      return file;
    },
  ],
  ['[npy] the header must be a Python literal, at character 0 of the header of the bytes', () => npy('nonsense')],
  [
    "[npy] the header must be a Python literal, wanted ',' or ')', at character 3 of the header of the bytes",
    () => npy('(1 2, 3)'),
  ],
  [
    "[npy] the header must be a Python literal, wanted ':', at character 4 of the header of the bytes",
    () => npy("{'a'}"),
  ],
  [
    '[npy] the keys of the header must be different texts, at character 11 of the header of the bytes',
    () => npy("{'a': 1,'a': 2}"),
  ],
  ['[npy] the header must not nest deeply, at character 9 of the header of the bytes', () => npy('(((((((((((')],
  ['[npy] nothing may follow the dict of the header, at character 3 of the header of the bytes', () => npy('{} x')],
  [
    '[npy] the header must have the keys descr, fortran_order and shape, got "descr" in the bytes',
    () => npy("{'descr': 1}"),
  ],
  ['[npy] fortran_order must be True or False, got another value in the bytes', () => npy(dict("'<f4'", '(1,)', '1'))],
  ['[npy] the shape must be a tuple of integers, got another value in the bytes', () => npy(dict("'<f4'", "('a',)"))],
  [
    '[npy] a tensor has at most 32 axes and 2147483647 elements, got (2147483648) in the bytes',
    () => npy(dict("'<f4'", '(2147483648,)')),
  ],
  [
    '[npy] the elements must be numbers or bool, got a structured type in the bytes',
    () => npy(dict("[('a', '<i4')]", '(1,)')),
  ],
  [
    "[npy] complex elements must be complex64 (x.astype('complex64') in NumPy), got complex128 in the bytes",
    () => npy(dict("'<c16'", '(1,)')),
  ],
  ['[npy] the elements must have a dtype of the library, got "<U3" in the bytes', () => npy(dict("'<U3'", '(1,)'))],
  [
    '[npy] the header must be valid UTF-8, got other bytes in the bytes',
    () => npy('{}', 3).map((b, i) => (i === 12 ? 255 : b)),
  ],
  ['[npy] the data must have 8 bytes, got 7 in the bytes', () => npy(dict("'<f4'", '(2,)'), 1, 7)],
  ['[npz] an archive must end with a zip directory, got none in the bytes', () => new Uint8Array(100)],
  [
    '[npz] the directory must lie inside the archive, got 2 entries in 65536 bytes from 494 on in the bytes',
    () => npz([[-10, 65536]]),
  ],
  ['[npz] the directory must hold 2 entries, got 0 in the bytes', () => npz([[first, 0]])],
  ['[npz] members must not be encrypted, got "a.npy" in the bytes', () => npz([[first + 8, 1]])],
  ['[npz] members must be stored or deflated, got method 9 for "a.npy" in the bytes', () => npz([[first + 10, 9]])],
  [
    '[npz] 0 deflated bytes cannot stand for 288, got that for "a.npy" in the bytes',
    () =>
      npz([
        [first + 10, 8],
        [first + 20, 0],
      ]),
  ],
  ['[npz] 289 stored bytes cannot stand for 288, got that for "a.npy" in the bytes', () => npz([[first + 20, 289]])],
  ['[npz] names must be unique, got "a.npy" twice in the bytes', () => npz([[second + 46, 0x706e2e61]])],
  ['[npz] members must lie before the directory, got "b.npy" at 99999 in the bytes', () => npz([[second + 42, 99999]])],
  ['[npz] members must not overlap, got "a.npy" and "b.npy" in the bytes', () => npz([[second + 42, 50]])],
  ['[npz] a member must start with its mark, got other bytes for "a.npy" in the bytes', () => npz([[0, 0]])],
  ['[npz] the checksum of a member must fit, got another for "a.npy" in the bytes', () => npz([[first + 16, 1]])],
  [
    '[npz] a deflated member must be a valid stream, got other bytes for "a.npy" in the bytes',
    () => npz([[40, 0xffffffff]], true),
  ],
  ['[npz] a zip64 member must have its sizes, got none in the bytes', () => npz([[first + 24, 0xffffffff]])],
];
test.each(files)('%s', async (text, make) => {
  const file = await make();
  const error: unknown = await (text.startsWith('[npy]') ? loadNpy(file) : loadNpz(file)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(lw.FormatError);
  expect((error as Error).message).toBe(text);
});
test('saving › what is no tensor, and names that do not fit', async () => {
  expect(thrown(() => encodeNpy(wrong([1]))).message).toBe('[npy] what is written must be a tensor, got object');
  await expect(encodeNpz({ a: wrong(null) })).rejects.toThrow('[npz] "a" must be a tensor, got null');
  await expect(encodeNpz({ 'a\0': x })).rejects.toThrow(
    '[npz] names must be valid Unicode without NUL, got "a\\u0000"',
  );
  await expect(loadNpz(await npz([]), { maxBytes: -1 })).rejects.toThrow('[npz] maxBytes must be at least 0, got -1');
});
