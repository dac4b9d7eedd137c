import type { ElementType } from '../tensor/dtype.js';
import type { Shape } from '../tensor/shape.js';

/** Data as a kernel sees it. Addresses are bytes in the one heap (`heap.ts`), strides are in elements. */
export interface View {
  /** address of the first element */
  readonly at: number;
  readonly shape: Shape;
  /** `null`: row-major without gaps */
  readonly strides: readonly number[] | null;
  readonly type: ElementType;
}

/** One kernel call: the view to fill (always row-major), what it is made of, and its attributes. */
export interface Call extends View {
  readonly prim: KernelId;
  readonly a: Operand | null;
  readonly b: Operand | null;
  readonly c: Operand | null;
  readonly rest: readonly Operand[] | null;
  /** what the row recorded; each kernel documents the type it expects */
  readonly attrs: unknown;
}
/** Whether a call is made of nothing: a host may make it, in a block of its own, while a device works. */
export const madeOfNothing = (call: { readonly a: unknown; readonly rest: unknown }): boolean =>
  call.a === null && call.rest === null;
/** The op that the user called, where the row says so: errors of an evaluation carry its name. */
export const userOp = (call: Call, key: string): string => (call.attrs as { op?: string } | null)?.op ?? key;
/** An input: data, or a member of the same fused group that has no storage of its own. */
export interface Operand extends View {
  /** false: it is computed inside the group */
  readonly stored: boolean;
  /** scratch of the backend while a group runs */
  slot: number;
}
/** A member of a fused elementwise group. */
export interface Member extends Call, Operand {}

/** Room for what a backend worked out for one group. */
export interface Memo {
  kept: unknown;
}

/** What a backend needs to know of a primitive. */
export interface KernelId {
  /** kernel key: `reduce_sum`, `matmul`; for elementwise ones the middle of `unary_exp_f32` */
  readonly name: string;
  /** operands of an elementwise primitive; 0 for all others */
  readonly elementwise: 0 | 1 | 2 | 3;
  /** the elementwise function on single values in double precision: numbers, bigint for integers, `Complex` for complex64 */
  readonly reference?: ((...x: never[]) => unknown) | undefined;
  /** where a backend keeps what it resolved for this primitive, by dtype index */
  readonly resolved: unknown[];
}

export interface Complex {
  readonly re: number;
  readonly im: number;
}

export type Kernel = (call: Call) => void;

/** What `backends()` tells of a backend. */
export interface BackendInfo {
  readonly name: string;
  readonly available: boolean;
  /** true for the one that new ops are recorded for */
  readonly selected: boolean;
  /** why it is not available, or what it is */
  readonly reason: string;
  /** build of the kernels: `plain`, `relaxed` or `revectorised` for `wasm` */
  readonly variant: string | null;
  readonly threads: number;
  /** the device's own name, where it is not the processor */
  readonly device?: string;
  /** bytes that the device works on at once, where that is less than all memory */
  readonly workingSet?: number;
  /** what each family of kernels gave on known values when the device was opened, where that is checked */
  readonly selfCheck?: readonly SelfCheck[];
  /** how often a kernel was missing and the reference ran in its place, by kernel key */
  readonly fallbacks: Readonly<Record<string, number>>;
  /** how fused groups of elementwise ops ran; null for a backend that runs them op by op */
  readonly fusion: FusionInfo | null;
}
/** What a family of kernels gave on known values. */
export interface SelfCheck {
  readonly family: string;
  /** largest error against float64, relative to the largest value */
  readonly error: number;
  readonly milliseconds: number;
  /** why the family must not be used; null where it is right */
  readonly reason: string | null;
}
/** What `backends()` tells of fused groups. A group is counted each time it runs. */
export interface FusionInfo {
  /** tile by tile through the kernels of its ops */
  readonly tiles: number;
  /** by code that was generated for it */
  readonly generated: number;
  /** of both those whose elements were reduced at once, and never stored */
  readonly closed: number;
  /** structures for which code was generated, and those of them whose code is kept */
  readonly compiled: number;
  readonly kept: number;
  /** why no code is generated: what the engine said when it was asked to; null where it may be */
  readonly refused: string | null;
}

export interface Backend {
  readonly name: string;
  /** structured kernels by key */
  readonly kernels: Readonly<Record<string, Kernel | undefined>>;
  /** whether elementwise primitive `p` on operands of `type` has a kernel */
  hasElementwise(p: KernelId, type: ElementType): boolean;
  /** whether `call` may end a group: it then takes the elements of its operand as they are made, and nothing stores them */
  closes?(call: Call): boolean;
  /**
   * Runs members `from..from+count-1` in order; the last is the output, the others have no storage. All are elementwise, but for a last
   * one that closes the group.
   * @param memo where the backend may keep what it worked out: the same members come again
   */
  elementwise(members: readonly Member[], from: number, count: number, memo?: Memo | null): void;
  /** true where the user asked for it in a way that no other backend may stand in for */
  demanded?(): boolean;
  info(): Omit<BackendInfo, 'selected' | 'fallbacks' | 'fusion'>;
  fusion?(): FusionInfo;
}
