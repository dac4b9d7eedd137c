// The spellings of mlx-rs 0.21 that 0.25 renamed or changed: each gives what the call of 0.25 gives.
import { describe, expect, it } from 'vitest';
import { Array, linalg, ops } from 'lanewise/mlx-rs';
import { input } from './support.js';

const [x, y, c, flags, vec3] = [input('x'), input('y'), input('cube'), input('flags'), input('vec3')];
const { indexing } = ops;
type Result = Array | readonly Array[];
const list = (r: Result): readonly Array[] => (r instanceof Array ? [r] : r);
const same = (rows: Readonly<Record<string, readonly [old: () => Result, now: () => Result]>>): void => {
  for (const [name, [old, now]] of Object.entries(rows)) {
    it(`${name} › as 0.21 wrote it`, () => {
      const [got, want] = [list(old()), list(now())];
      expect(got.map((a) => [String(a.dtype()), a.shape()])).toEqual(want.map((a) => [String(a.dtype()), a.shape()]));
      got.forEach((a, i) => expect(a.equals(want[i]!)).toBe(true));
    });
  }
};

describe('reductions took optional axes', () => {
  for (const name of ['sum', 'prod', 'mean', 'max', 'min'] as const) {
    same({
      [`ops::${name}`]: [() => ops[name](c, [0, 2], true), () => ops[`${name}_axes`](c, [0, 2], true)],
      [`ops::${name}(None, None)`]: [() => ops[name](c, null, null), () => ops[name](c)],
      [`Array::${name}`]: [() => c[name]([1], null), () => c[`${name}_axis`](1)],
    });
  }
  same({
    'ops::all': [() => ops.all(flags, [0], true), () => ops.all_axis(flags, 0, true)],
    'Array::all': [() => flags.all([0], true), () => flags.all_axis(0, true)],
    'ops::any': [() => ops.any(flags, [0], null), () => ops.any_axis(flags, 0)],
    'Array::any': [() => flags.any([0], null), () => flags.any_axis(0)],
    'ops::variance': [() => ops.variance(c, [0, 1], true, 1), () => ops.var_axes(c, [0, 1], true, 1)],
    'Array::variance': [() => c.variance(null, null, null), () => c.var()],
    'ops::std': [() => ops.std(c, [2], null, 1), () => ops.std_axis(c, 2, false, 1)],
    'ops::log_sum_exp': [() => ops.log_sum_exp(c, [1], true), () => ops.logsumexp_axis(c, 1, true)],
    'Array::log_sum_exp': [() => c.log_sum_exp([1], true), () => c.logsumexp_axis(1, true)],
    'ops::log_add_exp': [() => ops.log_add_exp(x, y), () => ops.logaddexp(x, y)],
    'ops::softmax': [() => ops.softmax(c, [-1], null), () => ops.softmax_axis(c, -1)],
    'ops::softmax_all': [() => ops.softmax_all(c), () => ops.softmax(c)],
  });
});

describe('shapes', () => {
  same({
    'ops::transpose': [() => ops.transpose(c, [2, 0, 1]), () => ops.transpose_axes(c, [2, 0, 1])],
    'Array::transpose': [() => c.transpose([2, 0, 1]), () => c.transpose_axes([2, 0, 1])],
    'ops::transpose_all': [() => ops.transpose_all(c), () => ops.transpose(c)],
    'Array::transpose_all': [() => c.transpose_all(), () => c.transpose()],
    'ops::squeeze': [() => ops.squeeze(c.expand_dims(0), [0]), () => ops.squeeze_axes(c.expand_dims(0), [0])],
    'Array::squeeze': [() => c.expand_dims(0).squeeze(null), () => c],
    'ops::expand_dims': [() => ops.expand_dims(x, [0, 1]), () => ops.expand_dims_axes(x, [0, 1])],
    'Array::expand_dims': [() => x.expand_dims([0, 1]), () => x.expand_dims_axes([0, 1])],
    'ops::concatenate': [() => ops.concatenate([x, y], 1), () => ops.concatenate_axis([x, y], 1)],
    'ops::concatenate(None)': [() => ops.concatenate([x, y], null), () => ops.concatenate_axis([x, y], 0)],
    'ops::stack': [() => ops.stack([x, y], 1), () => ops.stack_axis([x, y], 1)],
    'ops::stack_all': [() => ops.stack_all([x, y]), () => ops.stack([x, y])],
    'ops::repeat': [() => ops.repeat(x, 2, 1), () => ops.repeat_axis(x, 2, 1)],
    'ops::repeat_all': [() => ops.repeat_all(x, 2), () => ops.repeat(x, 2)],
    'Array::repeat': [() => Array.repeat(x, 2, 1), () => Array.repeat_axis(x, 2, 1)],
    'Array::repeat_all': [() => Array.repeat_all(x, 2), () => Array.repeat(x, 2)],
    'ops::split': [() => ops.split(c, [1, 3], 2), () => ops.split_sections(c, [1, 3], 2)],
    'Array::split': [() => c.split([1, 3], 2), () => c.split_axis([1, 3], 2)],
    'ops::split_equal': [() => ops.split_equal(c, 2, 2), () => ops.split(c, 2, 2)],
    'Array::split_equal': [() => c.split_equal(2, 2), () => c.split(2, 2)],
  });
});

describe('order and places', () => {
  same({
    'ops::sort': [() => ops.sort(c, 1), () => ops.sort_axis(c, 1)],
    'ops::sort_all': [() => ops.sort_all(c), () => ops.sort(c)],
    'ops::argsort': [() => ops.argsort(c, 1), () => ops.argsort_axis(c, 1)],
    'ops::argsort_all': [() => ops.argsort_all(c), () => ops.argsort(c)],
    'ops::partition': [() => ops.partition(c, 1, 2), () => ops.partition_axis(c, 1, 2)],
    'ops::partition_all': [() => ops.partition_all(c, 5), () => ops.partition(c, 5)],
    'ops::argpartition': [() => ops.argpartition(c, 1, 2), () => ops.argpartition_axis(c, 1, 2)],
    'ops::argpartition_all': [() => ops.argpartition_all(c, 5), () => ops.argpartition(c, 5)],
    'ops::indexing::take': [() => indexing.take(c, input('rows'), 0), () => indexing.take_axis(c, input('rows'), 0)],
    'ops::indexing::take_all': [() => indexing.take_all(c, input('rows')), () => indexing.take(c, input('rows'))],
    'Array::take': [() => c.take(input('rows'), 0), () => c.take_axis(input('rows'), 0)],
    'Array::take_all': [() => c.take_all(input('rows')), () => c.take(input('rows'))],
    'ops::indexing::argmax': [() => indexing.argmax(c, 1, true), () => indexing.argmax_axis(c, 1, true)],
    'ops::indexing::argmax_all': [() => indexing.argmax_all(c), () => indexing.argmax(c)],
    'ops::indexing::argmin': [() => indexing.argmin(c, 1, null), () => indexing.argmin_axis(c, 1)],
    'ops::indexing::argmin_all': [() => indexing.argmin_all(c, true), () => indexing.argmin(c, true)],
    'ops::indexing::topk': [() => indexing.topk(c, 2, 2), () => indexing.topk_axis(c, 2, 2)],
    'ops::indexing::topk_all': [() => indexing.topk_all(c, 3), () => indexing.topk(c, 3)],
  });
});

describe('the rest', () => {
  const [line, weights] = [input('line'), input('line_w')];
  same({
    'Array::from_float': [() => Array.from_float(2), () => Array.from_f32(2)],
    'ops::tensordot of a count': [() => ops.tensordot(c, c.t(), 1), () => ops.tensordot_axis(c, c.t(), 1)],
    'ops::tensordot of axes': [() => ops.tensordot(c, x, [[1], [1]]), () => ops.tensordot_axes(c, x, [1], [1])],
    'linalg::norm_p': [() => linalg.norm_p(vec3, 3), () => linalg.norm(vec3, 3)],
    'linalg::norm_ord': [
      () => linalg.norm_ord(input('square'), 'fro'),
      () => linalg.norm_matrix(input('square'), 'fro'),
    ],
    'ops::conv_transpose1d without output_padding': [
      () => ops.conv_transpose1d(line, weights, 2, 1, 1, 1),
      () => ops.conv_transpose1d(line, weights, 2, 1, 1, 0, 1),
    ],
  });
});
