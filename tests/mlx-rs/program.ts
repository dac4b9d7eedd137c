// A program in the style of mlx-rs's documentation and tests, a few lines for every group of functions. Its twin in MLX's Python is
// tools/goldens/mlx_rs_program.py; program.test.ts compares what both print.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Array, array, complex64, Dtype, f32, fast, fft, linalg, nn, ops, random } from 'lanewise/mlx-rs';

const { Ellipsis, NewAxis, range, range_from, range_full, range_to } = ops.indexing;

/** Runs the program; the lines it prints. */
export async function program(): Promise<string[]> {
  const lines: string[] = [];
  /** A name, the shape, and two numbers that depend on all elements and on their places. */
  const show = (name: string, a: Array): void => {
    const flat = a.flatten().as_type(Dtype.Float32);
    const weights = ops.arange(1, flat.size() + 1).div(f32(flat.size()));
    const sums = [flat.sum(), flat.mul(weights).sum()].map((s) => s.item(Dtype.Float32).toFixed(4));
    lines.push(`${name} ${String(a.dtype())} [${a.shape().join(', ')}] ${sums.join(' ')}`);
  };

  // creation
  const a = Array.from_slice([0.5, -1.25, 2, 3.5, -0.75, 1.5], [2, 3]);
  const b = array([1, 2, 3]);
  const x = ops.arange(null, 24).reshape([2, 3, 4]).div(f32(10));
  show('arange', x);
  show('linspace', ops.linspace(-1, 1, 7));
  show('full', ops.full([2, 2], array([1, 2])));
  show('eye', ops.eye(3, 4, 1));
  show('tril', ops.tril(ops.ones([3, 3]), -1));
  show('zeros_dtype', ops.zeros_dtype([2], Dtype.Float16));

  // elementwise, with strong scalars
  show('exp', a.exp());
  show('power', ops.abs(a).power(b));
  show('f16 + 1.5', ops.ones([2], Dtype.Float16).add(1.5));
  show('u8 + 1', ops.ones([2], Dtype.Uint8).add(1));
  show('clip', ops.clip(a, [-1, 2]));
  show('logaddexp', ops.logaddexp(a, b));
  for (const part of ops.divmod(a, b)) show('divmod', part);
  show('round', ops.round(a.mul(f32(1.2345)), 2));
  show('erf', ops.erf(a));

  // comparison and logic
  show('gt', a.gt(f32(0.25)));
  show('is_close', a.is_close(a.add(f32(1e-7))));
  show('and', a.gt(0).logical_and(a.lt(f32(1.75))));
  show('which', ops.which(a.gt(0), a, f32(0)));
  lines.push(`equal ${String(a.equals(a.clone()))} ${String(a.array_eq(b).item(Dtype.Bool))}`);

  // reductions
  show('sum', x.sum());
  show('mean_axis', x.mean_axis(1));
  show('var_axes', x.var_axes([0, 2], true, 1));
  show('logsumexp_axis', x.logsumexp_axis(-1));
  show('cumsum', x.cumsum(2, true, false));
  show('softmax', ops.softmax(a));
  show('softmax_axis', ops.softmax_axis(x, 1));
  show('argmax_axis', ops.indexing.argmax_axis(a, 1));

  // shapes
  show('transpose_axes', x.transpose_axes([2, 0, 1]));
  show('pad', ops.pad(a, [[0, 1], [2, 0]], f32(9))); // prettier-ignore
  show('concatenate', ops.concatenate([a, b]));
  show('concatenate_axis', ops.concatenate_axis([x, x], 1));
  show('stack_axis', ops.stack_axis([a, a], 1));
  x.split_axis([1], 1).forEach((part) => show('split_axis', part));
  show('tile', ops.tile(b, [2, 2]));
  show('repeat_axis', Array.repeat_axis(a, 2, 1));

  // indexing
  show('x[1]', x.index(1));
  show('x[.., 1..]', x.index([range_full(), range_from(1)]));
  show('x[..., 0]', x.index([Ellipsis, 0]));
  show('x[newaxis]', x.index([NewAxis, 0, range_to(2)]));
  show('x[::-1]', x.index([range_full(), range_full().stride_by(-1)]));
  show('x[rows]', x.index(array([1, 0, 1], Dtype.Int32)));
  const y = x.clone();
  y.index_mut([1, range_full(), range(1, 3)], array([7, 8]));
  y.mul_assign(f32(0.5));
  show('y', y);
  show('x', x);
  show('take_along_axis', a.take_along_axis(ops.argsort_axis(a, 1), 1));

  // sorting
  show('sort', ops.sort(a));
  show('argsort_axis', ops.argsort_axis(a, 0));
  show('topk', ops.sort(ops.indexing.topk(a, 2)));

  // convolution
  const wave = ops.sin(ops.arange(null, 30)).reshape([1, 10, 3]);
  const kernel = ops.cos(ops.arange(null, 18)).reshape([2, 3, 3]);
  show('conv1d', ops.conv1d(wave, kernel, 2, 1));
  show('conv_transpose1d', ops.conv_transpose1d(wave, kernel, 2));

  // linear algebra
  const m = array([[4, 1, 0.5], [1, 3, -0.25], [0.5, -0.25, 2]]); // prettier-ignore
  show('matmul', m.matmul(a.t()));
  show('inv', linalg.inv(m));
  show('solve', linalg.solve(m, b));
  show('cholesky', linalg.cholesky(m));
  const [q, r] = linalg.qr(m);
  show('qr', q.matmul(r));
  show('svd', linalg.svd(m)[1]);
  show('eigvalsh', linalg.eigvalsh(m));
  show('norm', linalg.norm(b, 3));
  show('tensordot', ops.tensordot_axis(x, x.t(), 1));
  show('einsum', ops.einsum('ij,kj->ik', [a, a]));

  // transforms
  const spectrum = fft.rfft(wave, null, 1);
  show('rfft', spectrum.abs());
  show('irfft', fft.irfft(spectrum, 10, 1));

  // random
  random.seed(42);
  show('uniform', random.uniform(0, 1, [4]));
  const [k1, k2] = random.split(random.key(5), 2);
  show('normal', random.normal([3, 2], 1, 2, k1));
  show('randint', random.randint(0, 100, [5], k2));
  show('bernoulli', random.bernoulli(f32(0.3), [10], k1));
  show('categorical', random.categorical(ops.log(array([0.1, 0.2, 0.7])), null, random.ShapeOrCount.Count(8), k2));

  // fast
  const heads = ops.sin(ops.arange(null, 64)).reshape([1, 2, 4, 8]);
  show('rope', fast.rope(heads, 8, false, 10000, 1, 1));
  show('attention', fast.scaled_dot_product_attention(heads, heads, heads, 0.35, 'causal'));
  show('rms_norm', fast.rms_norm(x, ops.ones([4]), 1e-5));
  show('layer_norm', fast.layer_norm(x, ops.ones([4]), null, 1e-5));

  // quantization
  const w = ops.sin(ops.arange(null, 128)).reshape([2, 64]);
  const [packed, scales, biases] = ops.quantize(w, 64, 8);
  show('dequantize', ops.dequantize(packed, scales, biases, 64, 8));
  show('quantized_matmul', ops.quantized_matmul(w, packed, scales, biases, true, 64, 8));

  // functions of nn
  show('gelu', nn.gelu(a));
  show('log_softmax', nn.log_softmax(a));
  show('hard_swish', nn.hard_swish(a));
  show('glu', nn.glu(x));

  // files
  const dir = mkdtempSync(join(tmpdir(), 'lanewise-program-'));
  try {
    await Array.save_safetensors(new Map([['a', a], ['x', x]]), null, join(dir, 'w.safetensors')); // prettier-ignore
    const loaded = await Array.load_safetensors(join(dir, 'w.safetensors'));
    for (const name of ['a', 'x']) show(`loaded ${name}`, loaded.get(name)!);
    await x.save_numpy(join(dir, 'x.npy'));
    show('loaded npy', await Array.load_numpy(join(dir, 'x.npy')));
  } finally {
    rmSync(dir, { recursive: true });
  }
  show('complex', array([complex64(1, 2), complex64(3, -4)]).abs());
  return lines;
}
