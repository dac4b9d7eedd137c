import { DTypeError } from './errors.js';
import { showValue } from './shape.js';

/** The 14 element types of MLX. */
export type DType =
  | 'bool'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'bfloat16'
  | 'complex64';

export type Category = 'bool' | 'uint' | 'int' | 'float' | 'complex';

/** What the library knows of a dtype; one frozen instance each, compared by identity. */
export interface ElementType {
  readonly name: DType;
  /** position in MLX's enum */
  readonly index: number;
  /** bytes per element */
  readonly size: number;
  /** suffix of kernel names */
  readonly code: string;
  readonly category: Category;
  /** float16, bfloat16: stored in 16 bits, computed in float32 */
  readonly half: boolean;
}

const rows: readonly (readonly [DType, number, string, Category])[] = [
  ['bool', 1, 'b8', 'bool'],
  ['uint8', 1, 'u8', 'uint'],
  ['uint16', 2, 'u16', 'uint'],
  ['uint32', 4, 'u32', 'uint'],
  ['uint64', 8, 'u64', 'uint'],
  ['int8', 1, 'i8', 'int'],
  ['int16', 2, 'i16', 'int'],
  ['int32', 4, 'i32', 'int'],
  ['int64', 8, 'i64', 'int'],
  ['float16', 2, 'f16', 'float'],
  ['float32', 4, 'f32', 'float'],
  ['float64', 8, 'f64', 'float'],
  ['bfloat16', 2, 'bf16', 'float'],
  ['complex64', 8, 'c64', 'complex'],
];

/** Every dtype, in MLX's order. */
export const elementTypes: readonly ElementType[] = rows.map(([name, size, code, category], index) =>
  Object.freeze({ name, index, size, code, category, half: name === 'float16' || name === 'bfloat16' }),
);
/** The dtypes by name. */
export const types = Object.freeze(Object.fromEntries(elementTypes.map((t) => [t.name, t]))) as Readonly<
  Record<DType, ElementType>
>;
/** Bytes per element. */
export function itemsize(dtype: DType): number {
  if (typeof dtype !== 'string' || !Object.hasOwn(types, dtype))
    throw new DTypeError(
      `[itemsize] the dtype must be one of ${Object.keys(types).join(', ')}, got ${showValue(dtype)}`,
    );
  return types[dtype].size;
}

export const isFloat = (t: ElementType): boolean => t.category === 'float';
/** floating or complex */
export const isInexact = (t: ElementType): boolean => t.category === 'float' || t.category === 'complex';
/** signed or unsigned, without bool */
export const isInteger = (t: ElementType): boolean => t.category === 'int' || t.category === 'uint';

/** MLX's promotion: the smallest dtype that holds both, with its own answers for u64 with signed and for f16 with bf16. */
function promoteOnce(a: ElementType, b: ElementType): ElementType {
  if (a === b) return a;
  const rank: Record<Category, number> = { bool: 0, uint: 1, int: 2, float: 3, complex: 4 };
  const [lo, hi] = rank[a.category] <= rank[b.category] ? [a, b] : [b, a];
  if (hi.category === 'complex' || lo.category === 'bool') return hi;
  if (hi.category === 'float') {
    if (lo.category !== 'float') return hi;
    if (lo.half && hi.half) return types.float32;
    return lo.size > hi.size ? lo : hi;
  }
  if (lo.category === hi.category) return lo.size > hi.size ? lo : hi;
  // unsigned beside signed: the next signed type that holds both; none holds uint64
  if (lo === types.uint64) return types.float32;
  if (hi.size > lo.size) return hi;
  return lo === types.uint8 ? types.int16 : lo === types.uint16 ? types.int32 : types.int64;
}
const table = elementTypes.map((a) => elementTypes.map((b) => promoteOnce(a, b)));

/** The common dtype of two operands (MLX's table). */
export const promote = (a: ElementType, b: ElementType): ElementType => table[a.index]![b.index]!;
/** Integers and bool become float32; floats and complex stay. */
export const toInexact = (t: ElementType): ElementType => (isInexact(t) ? t : types.float32);
