// mlx_rs::Dtype, an enum there, constants here.
import { finfo } from './limits.js';
import { DTypeError, resultType, zeros, type DType } from '../slim.js';

/** An element type. Compare by identity: `a.dtype() === Dtype.Float32`. */
export class Dtype {
  static readonly Bool: Dtype = new Dtype('bool', 'Bool');
  static readonly Uint8: Dtype = new Dtype('uint8', 'Uint8');
  static readonly Uint16: Dtype = new Dtype('uint16', 'Uint16');
  static readonly Uint32: Dtype = new Dtype('uint32', 'Uint32');
  static readonly Uint64: Dtype = new Dtype('uint64', 'Uint64');
  static readonly Int8: Dtype = new Dtype('int8', 'Int8');
  static readonly Int16: Dtype = new Dtype('int16', 'Int16');
  static readonly Int32: Dtype = new Dtype('int32', 'Int32');
  static readonly Int64: Dtype = new Dtype('int64', 'Int64');
  static readonly Float16: Dtype = new Dtype('float16', 'Float16');
  static readonly Float32: Dtype = new Dtype('float32', 'Float32');
  static readonly Float64: Dtype = new Dtype('float64', 'Float64');
  static readonly Bfloat16: Dtype = new Dtype('bfloat16', 'Bfloat16');
  static readonly Complex64: Dtype = new Dtype('complex64', 'Complex64');

  private constructor(
    /** the core's name of it */
    readonly core: DType,
    private readonly variant: string,
  ) {}

  /** The common type of two, MLX's promotion table. */
  static from_promoting_types(a: Dtype, b: Dtype): Dtype {
    return fromCore(resultType(zeros([0], a.core), zeros([0], b.core)));
  }
  is_complex(): boolean {
    return this === Dtype.Complex64;
  }
  /** Float16, Float32 and Bfloat16. Float64 is not one of them, as in mlx-rs. */
  is_float(): boolean {
    return this === Dtype.Float16 || this === Dtype.Float32 || this === Dtype.Bfloat16;
  }
  /** `is_float` or `is_complex`; not Float64, as in mlx-rs. */
  is_inexact(): boolean {
    return this.is_float() || this.is_complex();
  }
  /**
   * The most negative finite value.
   * @throws InexactDtypeError for a dtype that is not inexact
   */
  finfo_min(): number {
    return -this.finfo_max();
  }
  /**
   * The largest finite value.
   * @throws InexactDtypeError for a dtype that is not inexact
   */
  finfo_max(): number {
    if (!this.is_inexact()) throw new InexactDtypeError(`[finfo] the dtype must be inexact, got ${this.variant}`);
    return finfo[this.core as keyof typeof finfo];
  }
  toString(): string {
    return this.variant;
  }
}
/** A dtype without the property that was asked for. */
export class InexactDtypeError extends DTypeError {
  override name = 'InexactDtypeError';
}

const byCore = new Map(
  Object.values(Dtype as unknown as Record<string, Dtype>)
    .filter((d) => d instanceof Dtype)
    .map((d) => [d.core, d]),
);
/** The constant for a dtype of the core. */
export const fromCore = (name: DType): Dtype => byCore.get(name)!;
