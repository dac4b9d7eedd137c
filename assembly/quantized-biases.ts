// Biases of groups times sums of x.
import { hsum, madd } from './simd';

/** The part of a dot product that biases bring. */
export function dotBiases(groups: i32, b: usize, sums: usize): f32 {
  let v = f32x4.splat(0);
  for (; groups >= 4; groups -= 4) {
    v = madd(v128.load(b), v128.load(sums), v);
    b += 16;
    sums += 16;
  }
  let r = hsum(v);
  for (; groups > 0; groups--) {
    r += load<f32>(b) * load<f32>(sums);
    b += 4;
    sums += 4;
  }
  return r;
}
