// What goldens cannot show: paths, sizes that are read, shared memory, dtypes, printing.
import { describe, expect, it, test } from 'vitest';
import * as lw from '../../src/index.js';
import { rowOf } from '../../src/ops/define.js';

describe('einsumPath', () => {
  const ones = (...dims: number[]): lw.Tensor => lw.ones(dims);
  it('the path and the text are MLX’s', () => {
    // mx.einsum_path of MLX 0.32.4
    const dims = [3, 5, 2, 7, 4, 6, 2, 3, 5, 4];
    const ring = 'ab,bc,cd,de,ef,fg,gh,hi,ij,ja->';
    expect(lw.einsumPath(ring, ...dims.map((d, i) => ones(d, dims[(i + 1) % 10]!)))).toEqual([
      [
        [2, 3],
        [2, 3],
        [3, 4],
        [0, 1],
        [1, 4],
        [1, 2],
        [0, 2],
        [0, 2],
        [0, 1],
      ],
      `  Complete contraction:  ${ring}\n         Naive scaling:  10\n     Optimized scaling:  3\n      Naive FLOP count:  6048000\n  Optimized FLOP count:  560\n`,
    ]);
    const [path, text] = lw.einsumPath('ij, jk', ones(2, 3), ones(3, 4));
    expect(path).toEqual([[0, 1]]);
    expect(text).toBe(
      '  Complete contraction:  ij, jk\n         Naive scaling:  3\n     Optimized scaling:  3\n      Naive FLOP count:  48\n  Optimized FLOP count:  48\n',
    );
  });
  it('few operands are contracted in the cheapest order of all', () => {
    // every order of the chain, priced here anew
    const dims = [3, 7, 2, 9, 4, 5];
    const letters = 'abcdef';
    const price = (from: number, to: number): number => {
      if (to - from === 1) return 0;
      let best = Infinity;
      for (let k = from + 1; k < to; k++) {
        best = Math.min(best, price(from, k) + price(k, to) + 2 * dims[from]! * dims[k]! * dims[to]!);
      }
      return best;
    };
    const text = Array.from({ length: 5 }, (_, i) => letters[i]! + letters[i + 1]!).join(',');
    const operands = Array.from({ length: 5 }, (_, i) => ones(dims[i]!, dims[i + 1]!));
    expect(lw.einsumPath(`${text}->af`, ...operands)[1]).toContain(`  Optimized FLOP count:  ${price(0, 5)}\n`);
  });
  it('many operands take the greedy order, in good time', () => {
    const n = 24;
    const text = Array.from({ length: n }, (_, i) => String.fromCharCode(97 + i) + String.fromCharCode(98 + i)).join(
      ',',
    );
    const operands = Array.from({ length: n }, () => ones(2, 2));
    const begin = performance.now();
    expect(lw.einsum(`${text}->ay`, ...operands).tolist()).toEqual([
      [2 ** 23, 2 ** 23],
      [2 ** 23, 2 ** 23],
    ]);
    expect(performance.now() - begin).toBeLessThan(2000);
  });
  it('einsum › a result has a handle of its own', () => {
    const x = lw.arange(4).eval();
    lw.einsum('i->i', x).dispose();
    expect(x.tolist()).toEqual([0, 1, 2, 3]);
  });
});

describe('unique', () => {
  it('without a size it has as many entries as there are', () => {
    const x = lw.array([
      [3, 1, NaN],
      [2, 1, NaN],
    ]);
    expect(lw.unique(x).tolist()).toEqual([1, 2, 3, NaN, NaN]);
    expect(x.unique().shape).toEqual([5]);
    const [values, index, inverse, counts] = lw.unique(x, null, {
      returnIndex: true,
      returnInverse: true,
      returnCounts: true,
    });
    expect(index!.tolist()).toEqual([1, 3, 0, 2, 5]);
    expect(inverse!.tolist()).toEqual([
      [2, 0, 3],
      [1, 0, 4],
    ]);
    expect(counts!.tolist()).toEqual([2, 1, 1, 1, 1]);
    expect(lw.take(values!, inverse!, 0).tolist()).toEqual(x.tolist());
    expect(lw.unique(lw.zeros([0, 2])).shape).toEqual([0]);
  });
  it('with a size the input is not computed', () => {
    const mask = lw.array([1, 2]).greater(1);
    const x = lw.array([1, 2, 3]).at(mask.astype('int32').add(7)); // out of bounds, which shows when it is computed
    const u = lw.unique(x, 2);
    expect(u.shape).toEqual([2]);
    expect(() => u.eval()).toThrow(lw.AxisError);
  });
});

describe('view', () => {
  const base = lw.arange(24, 'int32').reshape([4, 6]).eval();
  const bytes = (t: lw.Tensor): string =>
    Buffer.from(new Uint8Array(t.contiguous().toTypedArray().buffer)).toString('hex');
  it.each([
    ['offset by half an element', base.at(':', '1:5'), 'int64'],
    ['every second row', base.at('::2'), 'int64'],
    ['rows upwards', base.at('::-1'), 'int16'],
    ['transposed', base.T, 'int64'],
    ['columns backwards', base.at(':', '::-1'), 'int64'],
    ['broadcast rows', lw.broadcastTo(base.at(0), [3, 6]), 'int8'],
    ['one column', base.at(':', '2:3'), 'int16'],
    ['odd start as bytes', base.at(':', '1:'), 'uint8'],
  ] as const)('%s keeps its bytes', (_, x, dtype) => {
    const v = lw.view(x, dtype);
    expect(bytes(v)).toBe(bytes(x));
    expect(v.view('int32').tolist()).toEqual(x.tolist());
  });
  it('takes no memory where the layout allows it', () => {
    const x = lw.ones([1000, 1000]).add(1).eval();
    const before = lw.memory.active();
    const v = lw.view(x.at('::2'), 'int64').eval();
    expect(lw.memory.active()).toBe(before);
    expect(v.shape).toEqual([500, 500]);
  });
  it('bytes as bool are true where they are not 0', () => {
    expect(
      lw
        .view(lw.array([0, 2, 255], 'uint8'), 'bool')
        .astype('int32')
        .tolist(),
    ).toEqual([0, 1, 1]);
    expect(lw.array([0, 1]).view('bool').shape).toEqual([8]);
  });
  it('is not changed by a later set of its source', () => {
    const x = lw.array([1, 2]).add(0).eval();
    const v = x.view('int32');
    x.set(0, 5);
    expect(v.tolist()).toEqual([0x3f800000, 0x40000000]);
  });
});

describe('masks', () => {
  const x = lw.arange(12, 'int32').reshape([3, 4]);
  const rows = lw.array([true, false, true]);
  it('at[mask] updates go by the mask, which stays unread where the value broadcasts', () => {
    expect(x.addAt(rows, lw.array([1, 2, 3, 4], 'int32')).tolist()).toEqual([
      [1, 3, 5, 7],
      [4, 5, 6, 7],
      [9, 11, 13, 15],
    ]);
    expect(x.multiplyAt(x.greater(8), 0).tolist()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 0, 0, 0],
    ]);
    expect(x.maximumAt(x.less(2), 9).tolist()).toEqual([
      [9, 9, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    expect(x.minimumAt(rows, lw.array([[-1], [-2]], 'int32')).tolist()).toEqual([
      [-1, -1, -1, -1],
      [4, 5, 6, 7],
      [-2, -2, -2, -2],
    ]);
    expect(
      x
        .subtractAt(x.less(2), lw.array([10, 20], 'int32'))
        .at(0)
        .tolist(),
    ).toEqual([-10, -19, 2, 3]);
    expect(lw.ones([3]).mul(6).divideAt(rows, 2).tolist()).toEqual([3, 6, 3]);
  });
  it('beside other indices and as nested arrays', () => {
    const y = lw.zeros([3, 4], 'int32');
    y.set([rows, 1], lw.array([7, 8], 'int32'));
    y.set([[false, true, false], '2:'], -1);
    expect(y.tolist()).toEqual([
      [0, 7, 0, 0],
      [0, 0, -1, -1],
      [0, 8, 0, 0],
    ]);
  });
  it('a view of the old contents keeps them', () => {
    const y = lw.arange(4).add(0).eval();
    const old = y.at('1:');
    y.set(y.greater(1), -1);
    expect([y.tolist(), old.tolist()]).toEqual([
      [0, 1, -1, -1],
      [1, 2, 3],
    ]);
  });
});

describe('dtypes', () => {
  // finfo and iinfo of MLX 0.32.4
  test.each([
    ['float16', 'float16', 16, 65504, 0.0009765625, 6.103515625e-5],
    ['bfloat16', 'bfloat16', 16, 3.3895313892515355e38, 0.0078125, 1.1754943508222875e-38],
    ['float32', 'float32', 32, 3.4028234663852886e38, 1.1920928955078125e-7, 1.1754943508222875e-38],
    ['float64', 'float64', 64, 1.7976931348623157e308, 2.220446049250313e-16, 2.2250738585072014e-308],
    ['complex64', 'float32', 32, 3.4028234663852886e38, 1.1920928955078125e-7, 1.1754943508222875e-38],
  ] as const)('finfo › %s', (dtype, own, bits, max, eps, smallestNormal) => {
    expect(lw.finfo(dtype)).toEqual({ dtype: own, bits, min: -max, max, eps, smallestNormal });
  });
  test('iinfo › limits, bigints for 64 bits', () => {
    expect(lw.iinfo('int8')).toEqual({ dtype: 'int8', bits: 8, min: -128, max: 127 });
    expect(lw.iinfo('uint32')).toEqual({ dtype: 'uint32', bits: 32, min: 0, max: 4294967295 });
    expect(lw.iinfo('int64')).toEqual({
      dtype: 'int64',
      bits: 64,
      min: -9223372036854775808n,
      max: 9223372036854775807n,
    });
    expect(lw.iinfo('uint64').max).toBe(18446744073709551615n);
  });
  test.each([
    ['bool', 'generic', true],
    ['bool', 'number', false],
    ['int8', 'integer', true],
    ['int8', 'unsignedinteger', false],
    ['uint8', 'unsignedinteger', true],
    ['float64', 'float32', false],
    ['float64', 'floating', true],
    ['float16', 'inexact', true],
    ['complex64', 'inexact', true],
    ['complex64', 'floating', false],
    ['bool', 'bool', true],
    ['generic', 'int8', false],
    ['integer', 'integer', true],
    ['signedinteger', 'number', true],
    ['signedinteger', 'floating', false],
    ['number', 'integer', false],
  ] as const)('issubdtype › %s of %s: %s', (a, b, yes) => {
    expect(lw.issubdtype(a, b)).toBe(yes);
  });
  test('isdtype › kinds of the array API', () => {
    const kinds = [
      'bool',
      'signed integer',
      'unsigned integer',
      'integral',
      'real floating',
      'complex floating',
      'numeric',
    ] as const;
    const row = (d: lw.DType): number[] => kinds.map((k) => Number(lw.isdtype(d, k)));
    expect(row('int8')).toEqual([0, 1, 0, 1, 0, 0, 1]);
    expect(row('bool')).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(row('uint16')).toEqual([0, 0, 1, 1, 0, 0, 1]);
    expect(row('bfloat16')).toEqual([0, 0, 0, 0, 1, 0, 1]);
    expect(row('complex64')).toEqual([0, 0, 0, 0, 0, 1, 1]);
    expect([lw.isdtype('int8', ['int16', 'bool']), lw.isdtype('int8', ['int16', 'int8'])]).toEqual([false, true]);
  });
  test('canCast, resultType › as promotion goes', () => {
    expect(lw.canCast('int8', 'float16')).toBe(true);
    expect(lw.canCast('float32', 'int8')).toBe(false);
    expect(lw.canCast('uint64', 'int64')).toBe(false);
    expect(lw.canCast('uint64', 'float32')).toBe(true);
    expect(lw.canCast(lw.array([1]), 'float16')).toBe(false);
    expect(lw.resultType('int8', 'float16', lw.array([1], 'int32'))).toBe('float16');
    expect(lw.resultType('int8')).toBe('int8');
    expect(lw.resultType('int8', 2.5)).toBe('float32');
    expect(lw.resultType(true, 1)).toBe('float32');
    expect(lw.resultType('uint8', 3)).toBe('uint8');
  });
  test('constants', () => {
    expect([lw.pi, lw.e, lw.inf, lw.nan, lw.eulerGamma, lw.newaxis]).toEqual([
      Math.PI,
      Math.E,
      Infinity,
      NaN,
      0.5772156649015329,
      null,
    ]);
    expect(lw.array([1, 2], lw.int16).at(lw.newaxis).shape).toEqual([1, 2]);
    expect(lw.issubdtype(lw.float32, lw.floating)).toBe(true);
  });
});

describe('printOptions', () => {
  // what MLX 0.32.4 prints
  test.each([
    [0, [0.5, 1.5, 2.5, -0.5, -2.5], ['0', '2', '2', '-0', '-2']],
    [1, [0.125, 0.375, 0.0625, 2.675, 1023.5], ['0.1', '0.4', '0.1', '2.7', '1023.5']],
    [2, [0.125, 0.375, 0.0625, 2.675], ['0.12', '0.38', '0.06', '2.67']],
    [3, [0.0625, 2.675, 1e-10, -1e-10], ['0.062', '2.675', '0.000', '-0.000']],
    [
      2,
      [1e21, 1e25, -3e38],
      ['1000000020040877342720.00', '9999999562023526247432192.00', '-300000000549775575777803994281145270272.00'],
    ],
    [17, [2.675, 1.005], ['2.67499995231628418', '1.00499999523162842']],
    [30, [1e-10], ['0.000000000100000001335143196002']],
    [2, [NaN, -Infinity, -0], ['nan', '-inf', '-0.00']],
  ])('precision %i', (precision, values, texts) => {
    lw.printOptions({ precision }, () => {
      expect(values.map((v) => String(lw.array(v)))).toEqual(texts.map((t) => `array(${t}, dtype=float32)`));
    });
  });
  test('complex parts follow, integers do not; the scope ends, also by an error', () => {
    lw.setPrintOptions({ precision: 2 });
    expect(lw.getPrintOptions()).toEqual({ precision: 2 });
    expect(String(lw.array([{ re: 1.5, im: 2 }]))).toBe('array([1.50+2.00j], dtype=complex64)');
    expect(String(lw.array([1, 2], 'int32'))).toBe('array([1, 2], dtype=int32)');
    expect(() =>
      lw.printOptions({ precision: 5 }, () => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(lw.getPrintOptions().precision).toBe(2);
    lw.setPrintOptions({ precision: -1 });
    expect(String(lw.array(1.23456789))).toBe('array(1.23457, dtype=float32)');
  });
});

describe('graph', () => {
  test('stopGradient › is a primitive of its own, on the same memory', () => {
    expect(rowOf(lw.stopGradient)!.primitive!.name).toBe('stop_gradient');
    const x = lw.arange(10).add(0).eval();
    const before = lw.memory.active();
    const y = lw.stopGradient(x.at('::2')).eval();
    expect(lw.memory.active()).toBe(before);
    expect(y.tolist()).toEqual([0, 2, 4, 6, 8]);
  });
  test('depends › a list for a list', () => {
    const [a, b] = lw.depends([lw.array(1), lw.array(2)], lw.array(3));
    expect([a!.item(), b!.item(), lw.depends(lw.array(4), []).item()]).toEqual([1, 2, 4]);
  });
  test('asarray › copies where it is told to', () => {
    const x = lw.arange(3).eval();
    expect(lw.asarray(x, null, false).tolist()).toEqual([0, 1, 2]);
    expect(lw.asarray(x, 'float16', true).dtype).toBe('float16');
    expect(lw.asarray([1, 2]).dtype).toBe('float32');
    const before = lw.memory.active();
    const y = lw.asarray(lw.arange(1024).add(0).eval(), null, true).eval();
    expect(lw.memory.active() - before).toBeGreaterThanOrEqual(2 * y.nbytes);
  });
  test('synchronize › returns', () => {
    expect(lw.synchronize()).toBe(undefined);
  });
});
