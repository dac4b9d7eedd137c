// mlx_rs::builder: structs that are made from required values and options with defaults, and their builders.

/** A class that `builder` can build: what is required in order, and options by name. */
export interface Buildable<R extends readonly unknown[], O extends object, T> {
  new (required: R, options: O): T;
  /** @internal the options of `new` */
  readonly defaults: O;
}
/** `DEFAULT_AXIS` for `axis`. */
export type Defaults<O> = { readonly [K in keyof O & string as `DEFAULT_${Uppercase<K>}`]: O[K] };
/** A method for each option. */
export type Setters<O> = { [K in keyof O]-?: <B>(this: B, value: O[K]) => B };
/** The static side of a struct: `new` takes what is required, options have their defaults. */
export interface Made<R extends readonly unknown[], O extends object> {
  /** @internal the options of `new` */
  readonly defaults: O;
  readonly new: <T>(this: Buildable<R, O, T>, ...required: R) => T;
}
/** The static side of a builder. */
export interface BuilderClass<R extends readonly unknown[], O extends object, T> {
  new (required: R): Builder<R, O, T> & Setters<O>;
  readonly new: <B>(this: new (required: R) => B, ...required: R) => B;
}

/** What sets options, one method each, and then builds. */
export class Builder<R extends readonly unknown[], O extends object, T> {
  readonly #made: Buildable<R, O, T>;
  readonly #required: R;
  #options: O;
  constructor(made: Buildable<R, O, T>, required: R) {
    this.#made = made;
    this.#required = required;
    this.#options = made.defaults;
  }
  /** @internal the options set so far */
  protected get options(): O {
    return this.#options;
  }
  /** @internal */
  protected set(name: string, value: unknown): this {
    this.#options = { ...this.#options, [name]: value };
    return this;
  }
  /** The struct with the options set so far. */
  build(): T {
    return new this.#made(this.#required, this.#options);
  }
}

/** Gives a class its `new` and its `DEFAULT_` constants. */
export function buildable<R extends readonly unknown[], O extends object, C extends object>(
  made: C,
  defaults: O,
): C & Made<R, O> & Defaults<O> {
  const constants = Object.entries(defaults).map(([name, value]) => [
    `DEFAULT_${name.toUpperCase()}`,
    value as unknown,
  ]);
  return Object.assign(made, Object.fromEntries(constants) as Defaults<O>, {
    defaults,
    new<T>(this: Buildable<R, O, T>, ...required: R): T {
      return new this(required, defaults);
    },
  });
}
/** The builder of a class that `buildable` gave its constants. */
export function builderOf<R extends readonly unknown[], O extends object, T>(
  made: Buildable<R, O, T>,
): BuilderClass<R, O, T> {
  class Of extends Builder<R, O, T> {
    constructor(required: R) {
      super(made, required);
    }
    static new<B>(this: new (required: R) => B, ...required: R): B {
      return new this(required);
    }
    static {
      for (const name of Object.keys(made.defaults)) {
        const value = function (this: Of, to: unknown): Of {
          return this.set(name, to);
        };
        Object.defineProperty(this.prototype, name, { value, configurable: true, writable: true });
      }
    }
  }
  return Of as unknown as BuilderClass<R, O, T>;
}
/** A struct without behaviour: the required values under `names`, and the options. */
export function record<F extends object, O extends object, R extends readonly unknown[]>(
  names: readonly string[],
  defaults: O,
): Made<R, O> & Defaults<O> & (new (required: R, options: O) => F & O) {
  class Of {
    constructor(required: R, options: O) {
      Object.assign(this, Object.fromEntries(names.map((name, i) => [name, required[i]])), options);
    }
  }
  return buildable<R, O, typeof Of>(Of, defaults) as unknown as ReturnType<typeof record<F, O, R>>;
}
