// The kernels of elementwise primitives.
import type { KernelId } from '../../backend.js';
import type { ElementType } from '../../../tensor/dtype.js';
import { wasm, type Export } from '../runtime.js';

/** A primitive on operands of one dtype. */
export interface Resolved {
  /** null where there is no kernel */
  readonly run: Export | null;
  /** a small number of its own */
  readonly id: number;
}
let count = 0;

/** Primitive `p` on operands of `type`. Half types go through float32. */
export function lookup(p: KernelId, type: ElementType): Resolved {
  const hit = p.resolved[type.index] as Resolved | undefined;
  if (hit !== undefined) return hit;
  const code = type.half ? 'f32' : type.code;
  const name =
    p.name === 'astype'
      ? 'cast'
      : p.elementwise === 3
        ? `${p.name}_${type.size}`
        : `${p.elementwise === 1 ? 'unary' : 'binary'}_${p.name}_${code}`;
  const found: Resolved = { run: wasm[name] ?? null, id: count++ };
  p.resolved[type.index] = found;
  return found;
}
/** The kernel of primitive `p` on operands of `type`; null where there is none. */
export const resolve = (p: KernelId, type: ElementType): Export | null => lookup(p, type).run;
/** The dtype that names a member's kernel: the last operand's, so that `select` goes by its values and not by its condition. */
export const operandType = (m: Operands): ElementType => (m.c ?? m.b ?? m.a)!.type;
interface Operands {
  readonly a: { readonly type: ElementType } | null;
  readonly b: { readonly type: ElementType } | null;
  readonly c: { readonly type: ElementType } | null;
}
