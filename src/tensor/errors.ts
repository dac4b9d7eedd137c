/** Root of every error the library raises on purpose. Text: `[op] the rule, got what`. */
export class LanewiseError extends Error {
  override name = 'LanewiseError';
}
/** Shapes, sizes or ranks that do not fit the op's rule. */
export class ShapeError extends LanewiseError {
  override name = 'ShapeError';
}
/** A dtype the op does not take. */
export class DTypeError extends LanewiseError {
  override name = 'DTypeError';
}
/** An axis out of range, given twice, or an index out of bounds. */
export class AxisError extends LanewiseError {
  override name = 'AxisError';
}
/** A file or buffer that breaks its format. */
export class FormatError extends LanewiseError {
  override name = 'FormatError';
}
/** A backend that is unknown, unusable or lacks something. */
export class BackendError extends LanewiseError {
  override name = 'BackendError';
}
/** A tensor used after `dispose`. */
export class DisposedError extends LanewiseError {
  override name = 'DisposedError';
}
/** The heap cannot hold what was asked for. Figures are in bytes. */
export class OutOfMemoryError extends LanewiseError {
  override name = 'OutOfMemoryError';
  constructor(
    message: string,
    /** bytes that were asked for */
    readonly needed: number,
    /** bytes held when they were asked for */
    readonly held: number,
    /** bytes the heap may hold */
    readonly limit: number,
  ) {
    super(message);
  }
}
