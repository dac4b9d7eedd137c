// <rule>_step_<code>(n, p, g, moments, po, moments out, scalars): one step of an optimizer in one pass over a parameter, its gradient and
// its moments. The new ones may lie where the old ones are. Every operation is rounded as in the rule written in ops, so that both give
// the same bits; half types are computed in float32 and rounded once.
import { loadLanes, storeLanes, storeSome } from './lanes';

/** The first `left` lanes of a vector. */
// @ts-ignore: decorator
@inline
function put<S>(left: i32, p: usize, v: v128): void {
  if (left == 4) storeLanes<S, f32>(p, v);
  else storeSome<S, f32>(p, v, left);
}
// @ts-ignore: decorator
@inline
function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}
// @ts-ignore: decorator
@inline
function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

/** One vector of `adam`, of which `left` lanes exist if they are fewer than 4. */
// @ts-ignore: decorator
@inline
function adam4<S>(
  left: i32, p: usize, g: usize, m: usize, v: usize, po: usize, mo: usize, vo: usize,
  B1: v128, R1: v128, B2: v128, R2: v128, RATE: v128, SCALE: v128, EPS: v128, DECAY: v128,
): void {
  const x = loadLanes<S, f32>(g);
  const m1 = add(mul(loadLanes<S, f32>(m), B1), mul(x, R1));
  const v1 = add(mul(loadLanes<S, f32>(v), B2), mul(mul(x, x), R2));
  const d = add(mul(f32x4.sqrt(v1), SCALE), EPS);
  const y = f32x4.sub(mul(loadLanes<S, f32>(p), DECAY), f32x4.div(mul(RATE, m1), d));
  put<S>(left, mo, m1);
  put<S>(left, vo, v1);
  put<S>(left, po, y);
}
/** m = b1 m + r1 g; v = b2 v + r2 g^2; p = decay p - rate m / (sqrt(v) scale + eps) */
// @ts-ignore: decorator
@inline
function adam<S>(
  n: i32, p: usize, g: usize, m: usize, v: usize, po: usize, mo: usize, vo: usize,
  b1: f32, r1: f32, b2: f32, r2: f32, rate: f32, scale: f32, eps: f32, decay: f32,
): void {
  const B1 = f32x4.splat(b1);
  const R1 = f32x4.splat(r1);
  const B2 = f32x4.splat(b2);
  const R2 = f32x4.splat(r2);
  const RATE = f32x4.splat(rate);
  const SCALE = f32x4.splat(scale);
  const EPS = f32x4.splat(eps);
  const DECAY = f32x4.splat(decay);
  for (; n >= 4; n -= 4) {
    adam4<S>(4, p, g, m, v, po, mo, vo, B1, R1, B2, R2, RATE, SCALE, EPS, DECAY);
    p += 4 * sizeof<S>();
    g += 4 * sizeof<S>();
    m += 4 * sizeof<S>();
    v += 4 * sizeof<S>();
    po += 4 * sizeof<S>();
    mo += 4 * sizeof<S>();
    vo += 4 * sizeof<S>();
  }
  if (n > 0) adam4<S>(n, p, g, m, v, po, mo, vo, B1, R1, B2, R2, RATE, SCALE, EPS, DECAY);
}
export function adam_step_f32(
  n: i32, p: usize, g: usize, m: usize, v: usize, po: usize, mo: usize, vo: usize,
  b1: f32, r1: f32, b2: f32, r2: f32, rate: f32, scale: f32, eps: f32, decay: f32,
): void {
  adam<f32>(n, p, g, m, v, po, mo, vo, b1, r1, b2, r2, rate, scale, eps, decay);
}
export function adam_step_f16(
  n: i32, p: usize, g: usize, m: usize, v: usize, po: usize, mo: usize, vo: usize,
  b1: f32, r1: f32, b2: f32, r2: f32, rate: f32, scale: f32, eps: f32, decay: f32,
): void {
  adam<i16>(n, p, g, m, v, po, mo, vo, b1, r1, b2, r2, rate, scale, eps, decay);
}
export function adam_step_bf16(
  n: i32, p: usize, g: usize, m: usize, v: usize, po: usize, mo: usize, vo: usize,
  b1: f32, r1: f32, b2: f32, r2: f32, rate: f32, scale: f32, eps: f32, decay: f32,
): void {
  adam<u16>(n, p, g, m, v, po, mo, vo, b1, r1, b2, r2, rate, scale, eps, decay);
}

/** One vector of `lion`, of which `left` lanes exist if they are fewer than 4. */
// @ts-ignore: decorator
@inline
function lion4<S>(
  left: i32, p: usize, g: usize, m: usize, po: usize, mo: usize,
  B1: v128, R1: v128, B2: v128, R2: v128, RATE: v128, DECAY: v128,
): void {
  const x = loadLanes<S, f32>(g);
  const m0 = loadLanes<S, f32>(m);
  const c = add(mul(m0, B1), mul(x, R1));
  const one = v128.or(v128.and(c, i32x4.splat(0x80000000)), f32x4.splat(1));
  const sign = v128.and(one, f32x4.gt(f32x4.abs(c), f32x4.splat(0))); // 0 for NaN
  put<S>(left, mo, add(mul(m0, B2), mul(x, R2)));
  put<S>(left, po, f32x4.sub(mul(loadLanes<S, f32>(p), DECAY), mul(RATE, sign)));
}
/** m = b2 m + r2 g; p = decay p - rate sign(b1 m + r1 g), of the m before */
// @ts-ignore: decorator
@inline
function lion<S>(
  n: i32, p: usize, g: usize, m: usize, po: usize, mo: usize,
  b1: f32, r1: f32, b2: f32, r2: f32, rate: f32, decay: f32,
): void {
  const B1 = f32x4.splat(b1);
  const R1 = f32x4.splat(r1);
  const B2 = f32x4.splat(b2);
  const R2 = f32x4.splat(r2);
  const RATE = f32x4.splat(rate);
  const DECAY = f32x4.splat(decay);
  for (; n >= 4; n -= 4) {
    lion4<S>(4, p, g, m, po, mo, B1, R1, B2, R2, RATE, DECAY);
    p += 4 * sizeof<S>();
    g += 4 * sizeof<S>();
    m += 4 * sizeof<S>();
    po += 4 * sizeof<S>();
    mo += 4 * sizeof<S>();
  }
  if (n > 0) lion4<S>(n, p, g, m, po, mo, B1, R1, B2, R2, RATE, DECAY);
}
export function lion_step_f32(
  n: i32, p: usize, g: usize, m: usize, po: usize, mo: usize,
  b1: f32, r1: f32, b2: f32, r2: f32, rate: f32, decay: f32,
): void {
  lion<f32>(n, p, g, m, po, mo, b1, r1, b2, r2, rate, decay);
}
export function lion_step_f16(
  n: i32, p: usize, g: usize, m: usize, po: usize, mo: usize,
  b1: f32, r1: f32, b2: f32, r2: f32, rate: f32, decay: f32,
): void {
  lion<i16>(n, p, g, m, po, mo, b1, r1, b2, r2, rate, decay);
}
export function lion_step_bf16(
  n: i32, p: usize, g: usize, m: usize, po: usize, mo: usize,
  b1: f32, r1: f32, b2: f32, r2: f32, rate: f32, decay: f32,
): void {
  lion<u16>(n, p, g, m, po, mo, b1, r1, b2, r2, rate, decay);
}

/** One vector of `sgd`, of which `left` lanes exist if they are fewer than 4. */
// @ts-ignore: decorator
@inline
function sgd4<S>(
  left: i32, p: usize, g: usize, v: usize, po: usize, vo: usize,
  MOMENTUM: v128, KEEP: v128, RATE: v128, PENALTY: v128, LOOK: v128,
): void {
  const y = loadLanes<S, f32>(p);
  let x = loadLanes<S, f32>(g);
  if (v128.any_true(PENALTY)) x = add(x, mul(y, PENALTY));
  const v1 = add(mul(loadLanes<S, f32>(v), MOMENTUM), mul(x, KEEP));
  const step = v128.any_true(LOOK) ? add(x, mul(v1, LOOK)) : v1;
  put<S>(left, vo, v1);
  put<S>(left, po, f32x4.sub(y, mul(RATE, step)));
}
/** g' = g + penalty p; v = momentum v + keep g'; p = p - rate (g' + look v), or p - rate v where look is 0 */
// @ts-ignore: decorator
@inline
function sgd<S>(
  n: i32, p: usize, g: usize, v: usize, po: usize, vo: usize,
  momentum: f32, keep: f32, rate: f32, penalty: f32, look: f32,
): void {
  const MOMENTUM = f32x4.splat(momentum);
  const KEEP = f32x4.splat(keep);
  const RATE = f32x4.splat(rate);
  const PENALTY = f32x4.splat(penalty);
  const LOOK = f32x4.splat(look);
  for (; n >= 4; n -= 4) {
    sgd4<S>(4, p, g, v, po, vo, MOMENTUM, KEEP, RATE, PENALTY, LOOK);
    p += 4 * sizeof<S>();
    g += 4 * sizeof<S>();
    v += 4 * sizeof<S>();
    po += 4 * sizeof<S>();
    vo += 4 * sizeof<S>();
  }
  if (n > 0) sgd4<S>(n, p, g, v, po, vo, MOMENTUM, KEEP, RATE, PENALTY, LOOK);
}
export function sgd_step_f32(
  n: i32, p: usize, g: usize, v: usize, po: usize, vo: usize,
  momentum: f32, keep: f32, rate: f32, penalty: f32, look: f32,
): void {
  sgd<f32>(n, p, g, v, po, vo, momentum, keep, rate, penalty, look);
}
export function sgd_step_f16(
  n: i32, p: usize, g: usize, v: usize, po: usize, vo: usize,
  momentum: f32, keep: f32, rate: f32, penalty: f32, look: f32,
): void {
  sgd<i16>(n, p, g, v, po, vo, momentum, keep, rate, penalty, look);
}
export function sgd_step_bf16(
  n: i32, p: usize, g: usize, v: usize, po: usize, vo: usize,
  momentum: f32, keep: f32, rate: f32, penalty: f32, look: f32,
): void {
  sgd<u16>(n, p, g, v, po, vo, momentum, keep, rate, penalty, look);
}
