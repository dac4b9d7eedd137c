// @ts-nocheck: arithmetic on type parameters is AssemblyScript, which TypeScript cannot check
// The loop behind unary kernels whose operation is a constant tag (see binary-loops.ts), and the plain tags.

export const ABS = 0;
export const SIGN = 1;
export const FLOOR = 2;
export const CEIL = 3;
export const ROUND = 4;
export const SQRT = 5;
export const RSQRT = 6;

// @ts-ignore: decorator
@inline
function sign<T>(x: v128): v128 {
  const zero = i32x4.splat(0);
  if (isFloat<T>()) {
    // NaN compares false both ways: its sign is 0, as in MLX
    const one = v128.splat<T>(1);
    return v128.sub<T>(v128.and(v128.gt<T>(x, zero), one), v128.and(v128.lt<T>(x, zero), one));
  }
  if (!isSigned<T>()) return v128.and(v128.ne<T>(x, zero), v128.splat<T>(1));
  if (sizeof<T>() == 8) return i64x2.sub(i64x2.lt_s(x, zero), i64x2.gt_s(x, zero));
  else return v128.sub<T>(v128.lt<T>(x, zero), v128.gt<T>(x, zero));
}

// @ts-ignore: decorator
@inline
function apply<T>(op: i32, x: v128): v128 {
  if (op == ABS) {
    if (isSigned<T>() || isFloat<T>()) return v128.abs<T>(x);
    else return x;
  }
  if (op == SIGN) return sign<T>(x);
  if (isFloat<T>()) {
    if (op == FLOOR) return v128.floor<T>(x);
    if (op == CEIL) return v128.ceil<T>(x);
    if (op == ROUND) return v128.nearest<T>(x);
    if (op == SQRT) return v128.sqrt<T>(x);
    if (op == RSQRT) return v128.div<T>(v128.splat<T>(1), v128.sqrt<T>(x));
  }
  return x;
}

/** o = op(a) on elements of type T. */
// @ts-ignore: decorator
@inline
export function map<T>(op: i32, n: i32, a: usize, o: usize): void {
  const end = o + <usize>n * sizeof<T>();
  // unrolled for floats only, to keep the module small
  while (isFloat<T>() && o + 64 <= end) {
    v128.store(o, apply<T>(op, v128.load(a)));
    v128.store(o, apply<T>(op, v128.load(a, 16)), 16);
    v128.store(o, apply<T>(op, v128.load(a, 32)), 32);
    v128.store(o, apply<T>(op, v128.load(a, 48)), 48);
    a += 64;
    o += 64;
  }
  while (o < end) {
    v128.store(o, apply<T>(op, v128.load(a)));
    a += 16;
    o += 16;
  }
}
