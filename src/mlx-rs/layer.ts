// Layers of mlx-rs around the layers of the core.
import type { nn, Tensor } from '../slim.js';
import { wrap, type Array } from './array.js';
import { buildable, type Defaults, type Made } from './builder.js';
import { Module, Param } from './module.js';

type Core = nn.Module;
/** A layer around one of the core's, whose tensors are its parameters. */
export class Layer<C extends Core = Core> extends Module {
  /** the core's layer */
  declare readonly core: C;
  constructor(core: C, params: Readonly<Record<string, string>> = {}) {
    super();
    Object.defineProperty(this, 'core', { value: core });
    const own = core as unknown as Record<string, unknown>;
    for (const [name, theirs] of Object.entries(params)) {
      Object.assign(this, { [name]: own[theirs] === undefined ? null : Param.of(core, theirs) });
    }
  }
  override training_mode(mode: boolean): void {
    this.core.train(mode);
    super.training_mode(mode);
  }
}
type Unary = Core & { forward(x: Tensor): Tensor };
/** The static and the instance side of a layer with parameters `P`. */
export type LayerClass<R extends readonly unknown[], O extends object, P extends object, C extends Core, I> = Made<
  R,
  O
> &
  Defaults<O> & {
    /** @internal The layer around one that the core has, made with these options. */
    readonly around: <T>(this: new (required: R, options: O, core: C) => T, core: C, options?: Partial<O>) => T;
  } & (new (required: R, options: O, core?: C) => I & P & Readonly<Omit<O, keyof P | keyof Module>>);

/**
 * The class of a layer that `make` makes of what is required and of options. Its parameters `params` are named as here and as in the
 * core; its other options are properties of each layer.
 */
export const layer =
  <R extends readonly unknown[], P extends object = object>() =>
  <O extends object, C extends Core>(
    defaults: O,
    make: (required: R, options: O) => C,
    params: Readonly<Record<keyof P & string, string>>,
  ): LayerClass<R, O, P, C, Layer<C>> => {
    class Of extends Layer<C> {
      constructor(required: R, options: O, core: C = make(required, options)) {
        super(core, params);
        const rest = Object.entries(options).filter(([name]) => !(name in this));
        Object.assign(this, Object.fromEntries(rest));
      }
      static around(core: C, options: Partial<O> = {}): Of {
        return new this([] as unknown as R, { ...defaults, ...options }, core);
      }
    }
    return buildable<R, O, typeof Of>(Of, defaults) as unknown as LayerClass<R, O, P, C, Layer<C>>;
  };
/** A layer of one array to one array. */
export interface UnaryLayer<C extends Core> extends Layer<C> {
  forward(x: Array): Array;
}
/** `layer` for layers of one array to one array. */
export const unary =
  <R extends readonly unknown[], P extends object = object>() =>
  <O extends object, C extends Unary>(
    defaults: O,
    make: (required: R, options: O) => C,
    params: Readonly<Record<keyof P & string, string>>,
  ): LayerClass<R, O, P, C, UnaryLayer<C>> => {
    const made = layer<R, P>()(defaults, make, params) as unknown as { prototype: Layer<C> };
    Object.defineProperty(made.prototype, 'forward', {
      value(this: Layer<C>, x: Array): Array {
        return wrap(this.core.forward(x.tensor));
      },
    });
    return made as unknown as LayerClass<R, O, P, C, UnaryLayer<C>>;
  };
