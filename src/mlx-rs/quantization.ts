// mlx_rs::quantization
import { Module, type Parameter } from './module.js';

/** What has a packed form `Q`. */
export interface Quantizable<Q extends Module = Module> extends Module {
  try_into_quantized(group_size: number, bits: number): Q;
}
type Packed<M extends Module> = ReturnType<M['try_into_quantized']>;
/** A layer that may be packed later: `#[quantizable]`. Its parameters are those of the layer that it holds, without a name of its own. */
export class MaybeQuantized<M extends Module> extends Module {
  #module: M | Packed<M>;
  #packed: boolean;
  readonly #changed: (to: Packed<M>) => void;
  constructor(module: M | Packed<M>, packed = false, changed: (to: Packed<M>) => void = () => undefined) {
    super();
    this.#module = module;
    this.#packed = packed;
    this.#changed = changed;
  }
  static new<M extends Module>(module: M): MaybeQuantized<M> {
    return new MaybeQuantized<M>(module);
  }
  static Original<M extends Module>(module: M): MaybeQuantized<M> {
    return new MaybeQuantized<M>(module);
  }
  static Quantized<M extends Module>(packed: Packed<M>): MaybeQuantized<M> {
    return new MaybeQuantized<M>(packed, true);
  }
  /** The layer, packed or not. */
  get module(): M | Packed<M> {
    return this.#module;
  }
  /** This with the layer packed by `op`, if it is not packed. */
  quantize_with(op: (module: M) => Packed<M>): this {
    if (this.#packed) return this;
    const packed = op(this.#module as M);
    this.#changed(packed);
    this.#module = packed;
    this.#packed = true;
    return this;
  }
  is_quantized(): boolean {
    return this.#packed;
  }
  override forward(...input: Parameters<M['forward']>): ReturnType<M['forward']> {
    return this.#module.forward(...(input as never[])) as ReturnType<M['forward']>;
  }
  override training_mode(mode: boolean): void {
    this.#module.training_mode(mode);
  }
  override fields(): [name: string, field: Parameter][] {
    return this.#module.fields();
  }
  override quantize_within(group_size: number, bits: number): void {
    this.quantize_with((module) => module.try_into_quantized(group_size, bits) as Packed<M>);
  }
}
