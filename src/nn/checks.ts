// What constructors of layers refuse.
import { ShapeError } from '../tensor/errors.js';
import { showValue } from '../tensor/shape.js';

/** @throws ShapeError unless every size is a positive integer */
export function checkSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size <= 0)
      throw new ShapeError(`[${layer}] ${name} must be a positive integer, got ${showValue(size)}`);
  }
}
