// torchless::kernels::backend: the ops of an inference step, on the device that was asked for.
import {
  concatenate,
  fast,
  LanewiseError,
  matmul,
  max,
  multiply,
  nn,
  ShapeError,
  slice,
  softmax,
  synchronize,
  where,
  withDevice,
  type Tensor,
} from '../slim.js';
import { showShapes, showValue } from '../tensor/shape.js';
import {
  give,
  read,
  shapeOf,
  shapeOfTarget,
  write,
  type Array2,
  type Matrix,
  type Matrixlike,
  type MatrixMut,
  type Vector,
  type Vectorlike,
  type VectorMut,
} from './arrays.js';
import { MetalBuffer } from './buffer.js';
import { MetalTensor } from './tensor.js';

function checkNumber(op: string, what: string, x: number): void {
  if (typeof x !== 'number') throw new LanewiseError(`[${op}] ${what} must be a number, got ${showValue(x)}`);
}
function checkFit(op: string, rule: string, ok: boolean, ...shapes: (readonly number[])[]): void {
  if (!ok) throw new ShapeError(`[${op}] ${rule}, got ${showShapes(shapes)}`);
}

/**
 * The ops of one device. Each has run when it returns, in float32. What torchless takes as `&mut` is written in place: a `Float32Array`
 * (a `subarray` is a view), an `Array2`, a `Tensor`, or a `MetalTensor`, whose memory stays on the device. A result is of the kind of the
 * last array that was passed.
 */
export class Backend {
  readonly #name: string;
  readonly #deviceName: string;
  /** @internal Made by `initBackend`. */
  constructor(
    name: string,
    /** Lanewise's name of the device: `'wasm'`, `'metal'` or `'reference'` */
    readonly device: string,
    deviceName: string,
  ) {
    this.#name = name;
    this.#deviceName = deviceName;
  }
  /** torchless's name: `'cpu'` (the WebAssembly kernels), `'metal'`, or `'reference'` (plain TypeScript). */
  name(): string {
    return this.#name;
  }
  /** The device's own name, or what its kernels are. */
  deviceName(): string {
    return this.#deviceName;
  }
  #on(make: () => Tensor): () => Tensor {
    return () => withDevice(this.device, make);
  }

  /** `out_i = sum_j w_ij x_j`: w (n, d), x (d), gives (n). @throws ShapeError if the sizes do not meet */
  matmulVec<V extends Vector>(w: Matrix, x: V): Vectorlike<V> {
    const [n] = this.#product('matmulVec', w, x);
    return give(
      this.device,
      x,
      [n],
      this.#on(() => matmul(read(w), read(x))),
    ) as Vectorlike<V>;
  }
  /** `matmulVec` into `out` (n), which may be `x`. @throws ShapeError if the sizes do not meet */
  matmulVecInto(w: Matrix, x: Vector, out: VectorMut): void {
    const [n] = this.#product('matmulVecInto', w, x);
    const to = shapeOfTarget('matmulVecInto', 'out', out, 1);
    checkFit(
      'matmulVecInto',
      'out must have an element for each row of w',
      to[0] === n,
      to,
      shapeOf('matmulVecInto', 'w', w, 2),
    );
    write(
      out,
      this.#on(() => matmul(read(w), read(x))),
    );
  }
  #product(op: string, w: Matrix, x: Vector): readonly [number] {
    const [a, b] = [shapeOf(op, 'w', w, 2), shapeOf(op, 'x', x, 1)];
    checkFit(op, 'x must have an element for each column of w', a[1] === b[0], a, b);
    return [a[0]!];
  }
  /** `out_ij = sum_k a_ik b_kj`: a (m, k), b (k, n), gives (m, n). @throws ShapeError if the inner sizes differ */
  matmul<M extends Matrix>(a: Matrix, b: M): Matrixlike<M> {
    const [p, q] = [shapeOf('matmul', 'a', a, 2), shapeOf('matmul', 'b', b, 2)];
    checkFit('matmul', 'the columns of a must be the rows of b', p[1] === q[0], p, q);
    return give(
      this.device,
      b,
      [p[0]!, q[1]!],
      this.#on(() => matmul(read(a), read(b))),
    ) as Matrixlike<M>;
  }

  /** `x_i = x_i weight_i / sqrt(mean(x^2) + eps)` in place: x (n), weight (n). @throws ShapeError if the sizes differ */
  rmsnorm(x: VectorMut, weight: Vector, eps: number): void {
    checkNumber('rmsnorm', 'eps', eps);
    const [a, b] = [shapeOfTarget('rmsnorm', 'x', x, 1), shapeOf('rmsnorm', 'the weight', weight, 1)];
    checkFit('rmsnorm', 'the weight must have the size of x', a[0] === b[0], a, b);
    if (a[0] !== 0)
      write(
        x,
        this.#on(() => fast.rmsNorm(read(x), read(weight), eps)),
      );
  }
  /** `x_i = exp(x_i - max) / sum_j exp(x_j - max)` in place: x (n). Nothing but -inf gives NaN, as in torchless. */
  softmax(x: VectorMut): void {
    this.#softmax('softmax', x);
  }
  /** `softmax` of part of an array, in place: `scores.subarray(0, n)`, or the `row` of a `MetalTensor`. */
  softmaxView(view: VectorMut): void {
    this.#softmax('softmaxView', view);
  }
  #softmax(op: string, x: VectorMut): void {
    if (shapeOfTarget(op, 'x', x, 1)[0] === 0) return;
    write(
      x,
      this.#on(() => {
        const t = read(x);
        // `lw.softmax` gives 0 there, as MLX does
        return where(max(t).equal(-Infinity), NaN, softmax(t, -1));
      }),
    );
  }
  /** `x_i / (1 + exp(-x_i))`: x (n), gives (n). */
  silu<V extends Vector>(x: V): Vectorlike<V> {
    const shape = shapeOf('silu', 'x', x, 1);
    return give(
      this.device,
      x,
      shape,
      this.#on(() => nn.silu(read(x))),
    ) as Vectorlike<V>;
  }

  /**
   * Rotary position embedding in place, in the half-split layout: x (heads, d), cos and sin (d / 2). Pair i of a head, (x_i, x_{i+d/2}),
   * becomes (x_i cos_i - x_{i+d/2} sin_i, x_i sin_i + x_{i+d/2} cos_i). That is right for Hugging Face's weights; the Q and K of GGUF
   * files are permuted for neighbouring pairs: use `lw.fast.rope` with `traditional` for them.
   * @throws ShapeError if d is odd, or cos and sin do not have d / 2 elements
   */
  applyRope(x: MatrixMut, cos: Vector, sin: Vector): void {
    const op = 'applyRope';
    const [a, c, s] = [shapeOfTarget(op, 'x', x, 2), shapeOf(op, 'cos', cos, 1), shapeOf(op, 'sin', sin, 1)];
    const half = a[1]! / 2;
    checkFit(op, 'cos and sin must have half as many elements as a head', c[0] === half && s[0] === half, a, c, s);
    if (a[0] === 0 || half === 0) return;
    write(
      x,
      this.#on(() => {
        const [t, u, v] = [read(x), read(cos), read(sin)];
        const [p, q] = [t.at(':', slice(0, half)), t.at(':', slice(half, null))];
        return concatenate([p.multiply(u).sub(q.multiply(v)), p.multiply(v).add(q.multiply(u))], 1);
      }),
    );
  }

  /** `scores_i = scale * sum_j keys_ij query_j` into scores: query (d), keys (n, d), scores (n). @throws ShapeError if the sizes do not meet */
  computeAttentionScores(query: Vector, keys: Matrix, scores: VectorMut, scale: number): void {
    const op = 'computeAttentionScores';
    checkNumber(op, 'the scale', scale);
    const [q, k, s] = [
      shapeOf(op, 'the query', query, 1),
      shapeOf(op, 'keys', keys, 2),
      shapeOfTarget(op, 'scores', scores, 1),
    ];
    checkFit(
      op,
      'keys must have the columns of the query and the rows of scores',
      k[1] === q[0] && k[0] === s[0],
      q,
      k,
      s,
    );
    write(
      scores,
      this.#on(() => multiply(matmul(read(keys), read(query)), scale)),
    );
  }
  /** `out_j = sum_i weights_i matrix_ij` over what out held: weights (n), matrix (n, d), out (d). @throws ShapeError if the sizes do not meet */
  weightedSumRows(weights: Vector, matrix: Matrix, out: VectorMut): void {
    const op = 'weightedSumRows';
    const [w, m, o] = [
      shapeOf(op, 'weights', weights, 1),
      shapeOf(op, 'the matrix', matrix, 2),
      shapeOfTarget(op, 'out', out, 1),
    ];
    checkFit(
      op,
      'the matrix must have the rows of weights and the columns of out',
      m[0] === w[0] && m[1] === o[0],
      w,
      m,
      o,
    );
    write(
      out,
      this.#on(() => matmul(read(weights), read(matrix))),
    );
  }

  /** A buffer that holds a copy of `data`. */
  createBuffer(data: Float32Array): MetalBuffer {
    shapeOf('createBuffer', 'data', data, 1);
    return MetalBuffer.filled('createBuffer', this.device, data);
  }
  /** A buffer of `len` zeros. */
  createBufferZeros(len: number): MetalBuffer {
    return MetalBuffer.filled('createBufferZeros', this.device, len);
  }
  /** A copy of `data` that ops need not copy again. */
  toDevice1d(data: Float32Array): MetalTensor {
    shapeOf('toDevice1d', 'data', data, 1);
    return MetalTensor.new1d(this.createBuffer(data), data.length);
  }
  /** The same for a matrix. */
  toDevice2d(matrix: Array2): MetalTensor {
    const [rows, cols] = shapeOf('toDevice2d', 'the matrix', matrix, 2);
    return MetalTensor.new2d(this.createBuffer(matrix.data), rows!, cols!);
  }
  /** All elements of `tensor`, copied. */
  toHost1d(tensor: MetalTensor): Float32Array {
    return tensor.toVec();
  }
  /** The elements of `tensor`, copied. @throws ShapeError unless it has two axes */
  toHost2d(tensor: MetalTensor): Array2 {
    const [rows, cols] = shapeOf('toHost2d', 'the tensor', tensor, 2);
    return { data: tensor.toVec(), shape: [rows!, cols!] };
  }
  /** Waits until the device has done what it was given. */
  synchronize(): void {
    synchronize();
  }
  toString(): string {
    return `Backend { name: ${this.#name}, device: ${this.#deviceName} }`;
  }
}
