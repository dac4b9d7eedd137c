// mlx_rs::error. Errors are thrown, never returned; every one is a `LanewiseError`.
import { DTypeError, FormatError, LanewiseError } from '../slim.js';
export { InexactDtypeError } from './dtype.js';
export {
  AdaDeltaBuildError,
  AdafactorBuildError,
  CrossEntropyBuildError,
  DropoutBuildError,
  MultiHeadAttentionBuildError,
  OptimizerStateLoadError,
  RmsPropBuildError,
  TransformerBulidError,
  UnflattenError,
} from './build-errors.js';

/** Where an error was raised. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `mlx_rs::error::Exception`: any error of the library is an instance of it. */
export class Exception extends LanewiseError {
  override name = 'Exception';
  static override [Symbol.hasInstance](x: unknown): boolean {
    return x instanceof LanewiseError;
  }
  static custom(what: string): Exception {
    return new Exception(what);
  }
}
/** A file that could not be read or written. */
export const IoError: typeof FormatError = FormatError;
/** `as_slice` of another dtype. */
export class AsSliceError extends DTypeError {
  override name = 'AsSliceError';
}

// the errors that the core throws carry mlx-rs's methods too
declare module '../tensor/errors.js' {
  interface LanewiseError {
    /** The text. */
    what(): string;
    /** The line of the user's code that raised it; null where the engine tells no stack. */
    location(): Location | null;
  }
}
// some loaders print paths, some addresses
const own = import.meta.url
  .slice(0, import.meta.url.lastIndexOf('/') + 1)
  .replace(/mlx-rs\/$/, '')
  .replace('file://', '');
Object.defineProperties(LanewiseError.prototype, {
  what: {
    value(this: LanewiseError): string {
      return this.message;
    },
  },
  location: {
    value(this: LanewiseError): Location | null {
      for (const line of (this.stack ?? '').split('\n').slice(1)) {
        const m = /(?:\(|at |@)((?:\w+:)?\/[^()]+):(\d+):(\d+)\)?$/.exec(line);
        if (m !== null && !m[1]!.includes(own)) return { file: m[1]!, line: Number(m[2]), column: Number(m[3]) };
      }
      return null;
    },
  },
});
