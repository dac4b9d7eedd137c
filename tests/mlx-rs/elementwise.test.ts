import { describe } from 'vitest';
import { Array, complex64, Dtype, f32, i32, ops } from 'lanewise/mlx-rs';
import { input, table } from './support.js';

const [x, y, m, n] = [input('x'), input('y'), input('m'), input('n')];
const [unit, more, ties, complexes] = [input('unit'), input('more'), input('ties'), input('complexes')];
const [half, bytes, special] = [input('half'), input('bytes'), input('special')];
const assigned = (f: (a: Array) => void): Array => {
  const a = x.clone();
  f(a);
  return a;
};

describe('functions', () => {
  table({
    'ops::abs': () => [ops.abs(x), ops.abs(m), ops.abs(complexes)],
    'ops::acos': () => ops.acos(unit),
    'ops::acosh': () => ops.acosh(more),
    'ops::add': () => [ops.add(x, y), ops.add(x, m)],
    'ops::asin': () => ops.asin(unit),
    'ops::asinh': () => ops.asinh(x),
    'ops::atan': () => ops.atan(x),
    'ops::atan2': () => ops.atan2(x, y),
    'ops::atanh': () => ops.atanh(unit),
    'ops::ceil': () => ops.ceil(x),
    'ops::clip': () => [
      ops.clip(x, [0, f32(1.75)]),
      ops.clip(x, [0, null]),
      ops.clip(x, [null, 1.75]),
      ops.clip(m, [n, 3]),
    ],
    'ops::cos': () => ops.cos(x),
    'ops::cosh': () => ops.cosh(x),
    'ops::degrees': () => ops.degrees(x),
    'ops::divide': () => [ops.divide(x, y), ops.divide(m, n)],
    'ops::divmod': () => [...ops.divmod(x, y), ...ops.divmod(m, n)],
    'ops::erf': () => ops.erf(x),
    'ops::erfinv': () => ops.erfinv(unit),
    'ops::exp': () => ops.exp(x),
    'ops::expm1': () => ops.expm1(x),
    'ops::floor': () => ops.floor(x),
    'ops::floor_divide': () => [ops.floor_divide(x, y), ops.floor_divide(m, n)],
    'ops::imag': () => ops.imag(complexes),
    'ops::log': () => ops.log(more),
    'ops::log10': () => ops.log10(more),
    'ops::log1p': () => ops.log1p(more),
    'ops::log2': () => ops.log2(more),
    'ops::logaddexp': () => ops.logaddexp(x, y),
    'ops::maximum': () => [ops.maximum(x, y), ops.maximum(m, n)],
    'ops::minimum': () => [ops.minimum(x, y), ops.minimum(m, n)],
    'ops::multiply': () => [ops.multiply(x, y), ops.multiply(x, m)],
    'ops::negative': () => ops.negative(x),
    'ops::power': () => [ops.power(more, y), ops.power(m, 2)],
    'ops::radians': () => ops.radians(x),
    'ops::real': () => ops.real(complexes),
    'ops::reciprocal': () => ops.reciprocal(x),
    'ops::remainder': () => [ops.remainder(x, y), ops.remainder(m, n)],
    'ops::round': () => [ops.round(ties), ops.round(ties, 2)],
    'ops::rsqrt': () => ops.rsqrt(more),
    'ops::sigmoid': () => ops.sigmoid(x),
    'ops::sign': () => ops.sign(x),
    'ops::sin': () => ops.sin(x),
    'ops::sinh': () => ops.sinh(x),
    'ops::sqrt': () => ops.sqrt(more),
    'ops::square': () => ops.square(x),
    'ops::subtract': () => [ops.subtract(x, y), ops.subtract(x, m)],
    'ops::tan': () => ops.tan(x),
    'ops::tanh': () => ops.tanh(x),
  });
});

describe('methods', () => {
  table({
    'Array::abs': () => [x.abs(), m.abs(), complexes.abs()],
    'Array::add': () => [x.add(y), x.add(m)],
    'Array::add › scalars are strong': () => [half.add(1.5), bytes.add(1), m.add(0.5)],
    'Array::cos': () => x.cos(),
    'Array::divide': () => [x.divide(y), m.divide(n)],
    'Array::exp': () => x.exp(),
    'Array::floor': () => x.floor(),
    'Array::floor_divide': () => [x.floor_divide(y), m.floor_divide(n)],
    'Array::imag': () => complexes.imag(),
    'Array::log': () => more.log(),
    'Array::log10': () => more.log10(),
    'Array::log1p': () => more.log1p(),
    'Array::log2': () => more.log2(),
    'Array::multiply': () => [x.multiply(y), x.multiply(m)],
    'Array::nan_to_num': () => [special.nan_to_num(), special.nan_to_num(5, 7, -7)],
    'Array::negative': () => x.negative(),
    'Array::power': () => [more.power(y), m.power(2)],
    'Array::real': () => complexes.real(),
    'Array::reciprocal': () => x.reciprocal(),
    'Array::remainder': () => [x.remainder(y), m.remainder(n)],
    'Array::round': () => [ties.round(), ties.round(2)],
    'Array::rsqrt': () => more.rsqrt(),
    'Array::sin': () => x.sin(),
    'Array::sqrt': () => more.sqrt(),
    'Array::square': () => x.square(),
    'Array::subtract': () => [x.subtract(y), x.subtract(m)],
  });
});

describe('operators', () => {
  table({
    '<Array as std::ops::Add>::add': () => [x.add(y), half.add(f32(1.5)), bytes.add(i32(1))],
    '<Array as std::ops::Sub>::sub': () => [x.sub(y), bytes.sub(3)],
    '<Array as std::ops::Mul>::mul': () => [x.mul(y), m.mul(2)],
    '<Array as std::ops::Div>::div': () => [x.div(y), m.div(2)],
    '<Array as std::ops::Rem>::rem': () => [x.rem(y), m.rem(3)],
    '<Array as num_traits::Pow>::pow': () => [more.pow(y), x.pow(2)],
    '<Array as std::ops::Neg>::neg': () => x.neg(),
    '<Array as std::ops::Not>::not': () => m.not(),
    '<Array as std::ops::AddAssign>::add_assign': () => assigned((a) => a.add_assign(y)),
    '<Array as std::ops::SubAssign>::sub_assign': () => assigned((a) => a.sub_assign(y)),
    '<Array as std::ops::MulAssign>::mul_assign': () => assigned((a) => a.mul_assign(y)),
    '<Array as std::ops::DivAssign>::div_assign': () => assigned((a) => a.div_assign(y)),
    '<Array as std::ops::RemAssign>::rem_assign': () => assigned((a) => a.rem_assign(y)),
    '<Array as std::iter::Sum>::sum': () => Array.sum([x, y, unit]),
    '<Array as std::iter::Product>::product': () => Array.product([x, y, unit]),
    'FromScalar::from_scalar': () => [
      Array.from_scalar(3),
      Array.from_scalar(0.5),
      Array.from_scalar(false),
      Array.from_scalar(complex64(0, 2)),
    ],
    'FromNested::from_nested': () => [
      Array.from_nested([
        [1, 2],
        [3, 4],
      ]),
      Array.from_nested(
        [
          [1, 2],
          [3, 4],
        ],
        Dtype.Int32,
      ),
    ],
  });
});
