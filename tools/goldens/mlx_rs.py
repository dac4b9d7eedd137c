"""Writes tests/goldens/mlx-rs/values.json: what the calls of tests/mlx-rs give, by explicit MLX expressions.

The keys are the Rust paths without `mlx_rs::`, with a rule where a path has several calls. Where mlx-rs's defaults are not those of
MLX's Python (softmax over all axes, sort of the flattened array), the expression here says what mlx-rs means.
"""

import json
import pathlib

import mlx.core as mx
import mlx.nn as nn
import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "goldens" / "mlx-rs" / "values.json"
rng = np.random.default_rng(20251121)
f32, i32, u32, f16 = mx.float32, mx.int32, mx.uint32, mx.float16


def rand(*shape, low=-2.0, high=2.0):
    """Values with two decimals: short in JSON, no ties."""
    return mx.array(np.round(rng.uniform(low, high, shape), 2).astype(np.float32))


inputs = {
    "x": mx.array([[0.5, -1.25, 2.0], [3.5, -0.75, 1.5]]),
    "y": mx.array([[2.0, 1.5, -0.5], [1.0, 3.0, 0.25]]),
    "unit": mx.array([[0.1, 0.25, 0.5], [0.75, 0.9, 0.33]]),
    "more": mx.array([[1.0, 1.5, 2.25], [4.0, 10.0, 100.0]]),
    "ties": mx.array([0.5, 1.5, 2.5, -0.5, -1.5, 2.345, -7.0]),
    "m": mx.array([[5, -7, 2], [0, 3, -4]], dtype=i32),
    "n": mx.array([[2, 3, -2], [4, -5, 3]], dtype=i32),
    "flags": mx.array([[True, False, True], [False, False, True]]),
    "others": mx.array([[True, True, False], [False, True, True]]),
    "special": mx.array([float("nan"), float("inf"), float("-inf"), 0.0, 1.0]),
    "complexes": mx.array([1 + 2j, -0.5 + 0.25j, 3 - 4j, -2j], dtype=mx.complex64),
    "half": mx.array([1.0, 2.5, -3.0], dtype=f16),
    "bytes": mx.array([1, 2, 200, 255], dtype=mx.uint8),
    "cube": rand(2, 3, 4),
    "lone": rand(1, 3, 1, 2),
    "square": rand(3, 3) + 3 * mx.eye(3),
    "spd": mx.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]]),
    "lower": mx.array([[2.0, 0.0, 0.0], [0.5, 1.5, 0.0], [-1.0, 0.25, 3.0]]),
    "tall": rand(4, 3),
    "vec3": mx.array([1.0, -2.0, 0.5]),
    "other3": mx.array([0.25, 3.0, -1.5]),
    "line": rand(2, 9, 4),
    "line_w": rand(6, 3, 4),
    "line_g": rand(6, 3, 2),
    "image": rand(1, 6, 5, 4),
    "image_w": rand(6, 3, 2, 4),
    "volume": rand(1, 4, 4, 3, 2),
    "volume_w": rand(3, 2, 2, 2, 2),
    "signal": rand(2, 8),
    "grid": rand(2, 4, 6),
    "weights": rand(4, 128),
    "packed_x": rand(3, 128),
    "packed_t": rand(3, 4),
    "big": rand(64, 64, low=-1, high=1),
    "big2": rand(64, 64, low=-1, high=1),
    "block_mask": mx.array([[True, False], [True, True]]),
    "q": rand(1, 4, 5, 8),
    "k": rand(1, 2, 6, 8),
    "v": rand(1, 2, 6, 8),
    "att_mask": rand(5, 6),
    "norm_w": rand(4),
    "norm_b": rand(4),
    "logits": rand(4, 6),
}
values = {}


def put(key, *results):
    assert key not in values, key
    values[key] = [r if isinstance(r, mx.array) else mx.array(r) for r in results]


def both(name, *results):
    put("ops::" + name, *results)
    put("Array::" + name, *results)


class I:
    pass


for _k, _v in inputs.items():
    setattr(I, _k, _v)


def elementwise():
    x, y, m, n = I.x, I.y, I.m, I.n
    both("abs", mx.abs(x), mx.abs(m), mx.abs(I.complexes))
    for rust, fn, arg in [
        ("acos", mx.arccos, I.unit),
        ("acosh", mx.arccosh, I.more),
        ("asin", mx.arcsin, I.unit),
        ("asinh", mx.arcsinh, x),
        ("atan", mx.arctan, x),
        ("atanh", mx.arctanh, I.unit),
        ("ceil", mx.ceil, x),
        ("cosh", mx.cosh, x),
        ("degrees", mx.degrees, x),
        ("erf", mx.erf, x),
        ("erfinv", mx.erfinv, I.unit),
        ("expm1", mx.expm1, x),
        ("radians", mx.radians, x),
        ("sigmoid", mx.sigmoid, x),
        ("sign", mx.sign, x),
        ("sinh", mx.sinh, x),
        ("tan", mx.tan, x),
        ("tanh", mx.tanh, x),
    ]:
        put("ops::" + rust, fn(arg))
    for rust, fn, arg in [
        ("cos", mx.cos, x),
        ("exp", mx.exp, x),
        ("floor", mx.floor, x),
        ("log", mx.log, I.more),
        ("log10", mx.log10, I.more),
        ("log1p", mx.log1p, I.more),
        ("log2", mx.log2, I.more),
        ("negative", mx.negative, x),
        ("reciprocal", mx.reciprocal, x),
        ("rsqrt", mx.rsqrt, I.more),
        ("sin", mx.sin, x),
        ("sqrt", mx.sqrt, I.more),
        ("square", mx.square, x),
        ("real", mx.real, I.complexes),
        ("imag", mx.imag, I.complexes),
    ]:
        both(rust, fn(arg))
    both("add", x + y, x + m)
    both("subtract", x - y, x - m)
    both("multiply", x * y, x * m)
    both("divide", x / y, m / n)
    both("power", mx.power(I.more, y), mx.power(m, mx.array(2, dtype=i32)))
    both("remainder", mx.remainder(x, y), mx.remainder(m, n))
    both("floor_divide", mx.floor_divide(x, y), mx.floor_divide(m, n))
    both("round", mx.round(I.ties), mx.round(I.ties, 2))
    put("ops::atan2", mx.arctan2(x, y))
    put("ops::divmod", *mx.divmod(x, y), *mx.divmod(m, n))
    put("ops::logaddexp", mx.logaddexp(x, y))
    put("ops::maximum", mx.maximum(x, y), mx.maximum(m, n))
    put("ops::minimum", mx.minimum(x, y), mx.minimum(m, n))
    put("ops::clip", mx.clip(x, 0.0, 1.75), mx.clip(x, 0.0, None), mx.clip(x, None, 1.75), mx.clip(m, n, mx.array(3, dtype=i32)))
    put("Array::nan_to_num", mx.nan_to_num(I.special), mx.nan_to_num(I.special, 5.0, 7.0, -7.0))
    # scalars are arrays without axes of their own dtype and take part in promotion
    put("Array::add › scalars are strong", mx.array([1.0, 2.5, -3.0], f16) + mx.array(1.5, f32), I.bytes + mx.array(1, i32), m + mx.array(0.5, f32))
    put("<Array as std::ops::Add>::add", x + y, I.half.astype(f32) + 1.5, I.bytes.astype(i32) + 1)
    put("<Array as std::ops::Sub>::sub", x - y, I.bytes.astype(i32) - 3)
    put("<Array as std::ops::Mul>::mul", x * y, m * mx.array(2, i32))
    put("<Array as std::ops::Div>::div", x / y, m / mx.array(2, i32))
    put("<Array as std::ops::Rem>::rem", mx.remainder(x, y), mx.remainder(m, mx.array(3, i32)))
    put("<Array as num_traits::Pow>::pow", mx.power(I.more, y), mx.power(x, mx.array(2, i32)))
    put("<Array as std::ops::Neg>::neg", -x)
    put("<Array as std::ops::Not>::not", mx.logical_not(m))
    put("<Array as std::ops::AddAssign>::add_assign", x + y)
    put("<Array as std::ops::SubAssign>::sub_assign", x - y)
    put("<Array as std::ops::MulAssign>::mul_assign", x * y)
    put("<Array as std::ops::DivAssign>::div_assign", x / y)
    put("<Array as std::ops::RemAssign>::rem_assign", mx.remainder(x, y))


def logic():
    x, y, m, n = I.x, I.y, I.m, I.n
    z = mx.array([[0.5, 9.0, 2.0], [3.5, -0.75, 0.0]])
    inputs["z"] = z
    both("eq", mx.equal(x, z), mx.equal(m, mx.array(3, i32)))
    both("ne", mx.not_equal(x, z))
    both("le", mx.less_equal(x, z))
    both("ge", mx.greater_equal(x, z))
    both("lt", mx.less(x, z))
    both("gt", mx.greater(x, z))
    both("logical_and", mx.logical_and(I.flags, I.others))
    both("logical_or", mx.logical_or(I.flags, I.others))
    both("logical_not", mx.logical_not(I.flags), mx.logical_not(m))
    both("is_nan", mx.isnan(I.special))
    both("is_inf", mx.isinf(I.special))
    both("is_pos_inf", mx.isposinf(I.special))
    both("is_neg_inf", mx.isneginf(I.special))
    put("Array::is_finite", mx.isfinite(I.special))
    near = x + mx.array([[0, 1e-6, 0.1], [1e-4, 0, 0]])
    inputs["near"] = near
    both("is_close", mx.isclose(x, near), mx.isclose(x, near, 1e-3, 1e-3), mx.isclose(I.special, I.special, equal_nan=True))
    both("all_close", mx.allclose(x, near), mx.allclose(x, near, 1.0, 1.0), mx.allclose(I.special, I.special))
    both("array_eq", mx.array_equal(x, x), mx.array_equal(x, y), mx.array_equal(I.special, I.special, equal_nan=True))
    put("ops::which", mx.where(I.flags, x, y), mx.where(I.flags, x, mx.array(0, i32)))
    put("ops::r#where", mx.where(I.flags, x, y))
    fl = I.flags
    both("all", mx.all(fl), mx.all(mx.ones((2, 2)), keepdims=True))
    both("all_axis", mx.all(fl, 0), mx.all(fl, -1, keepdims=True))
    both("all_axes", mx.all(fl, [0, 1]), mx.all(I.cube > -9, [0, 2], keepdims=True))
    both("any", mx.any(fl), mx.any(fl, keepdims=True))
    both("any_axis", mx.any(fl, 0), mx.any(fl, -1, keepdims=True))
    both("any_axes", mx.any(fl, [0, 1]), mx.any(I.cube > 1, [0, 2], keepdims=True))


def reductions():
    x, m, c = I.x, I.m, I.cube
    for name, fn in [("sum", mx.sum), ("prod", mx.prod), ("mean", mx.mean), ("max", mx.max), ("min", mx.min), ("logsumexp", mx.logsumexp)]:
        extra = [] if name == "logsumexp" else [fn(m)]
        both(name, fn(c), fn(c, keepdims=True), *extra)
        both(name + "_axis", fn(c, 1), fn(c, -1, keepdims=True))
        both(name + "_axes", fn(c, [0, 2]), fn(c, [-1, 1], keepdims=True))
    put("ops::sum › small integers", mx.sum(I.bytes), mx.sum(I.flags), mx.sum(I.m.astype(mx.int64)))
    for name, fn in [("var", mx.var), ("std", mx.std)]:
        to = both if name == "var" else (lambda k, *r: put("ops::" + k, *r))
        to(name, fn(c), fn(c, keepdims=True, ddof=1))
        to(name + "_axis", fn(c, 1), fn(c, -1, keepdims=True, ddof=1))
        to(name + "_axes", fn(c, [0, 2]), fn(c, [-1, 1], keepdims=True, ddof=1))
    for name, fn in [("cumsum", mx.cumsum), ("cumprod", mx.cumprod), ("cummax", mx.cummax), ("cummin", mx.cummin)]:
        # without an axis: of the flattened array
        both(name, fn(c.flatten(), axis=0), fn(c, axis=1), fn(c, axis=-1, reverse=True, inclusive=False), fn(m, axis=0))
    flat = mx.softmax(x.flatten(), axis=0).reshape(x.shape)
    put("ops::softmax", flat, mx.softmax(I.half, axis=0, precise=True))
    put("ops::softmax_axis", mx.softmax(c, -1), mx.softmax(c, 0), mx.softmax(I.half, -1, precise=True))
    put("ops::softmax_axes", mx.softmax(c, [1, 2]), mx.softmax(c, [0]))
    put("ops::indexing::argmax", mx.argmax(c), mx.argmax(c, keepdims=True))
    put("ops::indexing::argmin", mx.argmin(c), mx.argmin(c, keepdims=True))
    put("ops::indexing::argmax_axis", mx.argmax(c, 1), mx.argmax(c, -1, keepdims=True))
    put("ops::indexing::argmin_axis", mx.argmin(c, 1), mx.argmin(c, -1, keepdims=True))
    put("<Array as std::iter::Sum>::sum", I.x + I.y + I.unit)
    put("<Array as std::iter::Product>::product", I.x * I.y * I.unit)


def shapes():
    x, c = I.x, I.cube
    for to, name in [("ops::", "repeat"), ("Array::", "repeat")]:
        put(to + name, mx.repeat(x, 2))
        put(to + name + "_axis", mx.repeat(x, 3, 1), mx.repeat(x, 2, 0))
    both("diag", mx.diag(I.vec3), mx.diag(I.vec3, 1), mx.diag(I.square, -1))
    both("diagonal", mx.diagonal(c), mx.diagonal(c, 1, 1, 2))
    put("ops::broadcast_arrays", mx.broadcast_to(I.vec3, (2, 3)), x)
    both("as_strided", mx.as_strided(c, (3, 2), (1, 5), 2), mx.as_strided(c))
    put("ops::broadcast_to", mx.broadcast_to(I.vec3, (2, 2, 3)))
    put("ops::concatenate_axis", mx.concatenate([x, I.y], 1), mx.concatenate([x, I.y], -2))
    put("ops::concatenate", mx.concatenate([x.flatten(), I.vec3.flatten(), c.flatten()], 0))
    both("expand_dims", mx.expand_dims(x, 0), mx.expand_dims(x, -1))
    both("expand_dims_axes", mx.expand_dims(x, [0, -1]), mx.expand_dims(x, [1, 2]))
    both("flatten", c.flatten(), mx.flatten(c, 1), mx.flatten(c, 0, 1))
    put("ops::unflatten", mx.unflatten(c, 2, (2, -1)), mx.unflatten(c, -1, (2, 2)))
    both("reshape", c.reshape(4, 6), c.reshape(-1, 3))
    both("squeeze", mx.squeeze(I.lone))
    both("squeeze_axes", mx.squeeze(I.lone, [0]), mx.squeeze(I.lone, [0, -2]))
    for d, fn in [(1, mx.atleast_1d), (2, mx.atleast_2d), (3, mx.atleast_3d)]:
        both(f"at_least_{d}d", fn(mx.array(2.5)), fn(I.vec3), fn(c))
    both("move_axis", mx.moveaxis(c, 0, 2), mx.moveaxis(c, -1, 0))
    both("swap_axes", mx.swapaxes(c, 0, 2))
    both("transpose", c.T)
    both("transpose_axes", c.transpose(1, 2, 0), c.transpose(-1, 0, 1))
    put("Array::t", c.T)
    put("ops::split", *mx.split(c, 2, 0), *mx.split(c, 2, 2))
    put("Array::split", *mx.split(c, 2, 0), *mx.split(c, 2, 2))
    put("ops::split_sections", *mx.split(c, [1], 0), *mx.split(c, [1, 3], 2))
    put("Array::split_axis", *mx.split(c, [1], 0), *mx.split(c, [1, 3], 2))
    put("ops::pad", mx.pad(x, 1), mx.pad(x, [(0, 1), (2, 0)], constant_values=mx.array(7.5)), mx.pad(x, [(1, 1), (0, 2)], mode="edge"))
    put("ops::stack", mx.stack([x, I.y]))
    put("ops::stack_axis", mx.stack([x, I.y], 1), mx.stack([x, I.y], -1))
    put("ops::tile", mx.tile(x, [2, 2]), mx.tile(I.vec3, [2, 1, 2]))


def creation():
    both("zeros", mx.zeros((2, 3), f32), mx.zeros((2,), i32))
    both("ones", mx.ones((2, 3), f32), mx.ones((2,), f16))
    put("ops::zeros_dtype", mx.zeros((2, 3), mx.int8))
    put("ops::ones_dtype", mx.ones((3,), mx.complex64))
    put("ops::zeros_like", mx.zeros_like(I.m))
    put("ops::ones_like", mx.ones_like(I.half))
    both("eye", mx.eye(3, dtype=f32), mx.eye(2, 4, 1, dtype=i32))
    both("full", mx.full((2, 2), 2.5, f32), mx.full((2, 3), I.vec3, f32), mx.full((2,), 7, i32))
    both("identity", mx.identity(3, f32))
    both("arange", mx.arange(0, 5, dtype=f32), mx.arange(1, 4, 0.5, dtype=f32), mx.arange(10, 0, -3, dtype=i32))
    both("linspace", mx.linspace(0, 1, 5, dtype=f32), mx.linspace(-3, 7, 50, dtype=f32))
    both("tri", mx.tri(3, dtype=f32), mx.tri(2, 4, 1, dtype=i32))
    put("ops::tril", mx.tril(I.square), mx.tril(I.square, -1))
    put("ops::triu", mx.triu(I.square), mx.triu(I.square, 1))
    put("Array::from_bool", mx.array(True))
    put("Array::from_int", mx.array(-3, i32))
    put("Array::from_f32", mx.array(2.0, f32))
    put("Array::from_f64", mx.array(np.float64(1.1), mx.float64))
    put("Array::from_complex", mx.array(1 - 2j, mx.complex64))
    put("Array::from_slice", mx.array([[1, 2, 3], [4, 5, 6]], f32), mx.array([1, 2], i32), mx.array([[7], [8]], mx.uint8))
    put("Array::from_slice_f64", mx.array(np.array([[0.1, 0.2]]), mx.float64))
    put("Array::from_raw_data", mx.array([[1.5, -2.0]], f32), mx.array([258], mx.uint16))
    put("Array::from_iter", mx.array([[0, 1], [4, 9]], f32), mx.array([3, 4], i32))
    put("Array::from_iter_f64", mx.array(np.array([0.1, 0.2]), mx.float64))
    put("FromScalar::from_scalar", mx.array(3, i32), mx.array(0.5, f32), mx.array(False), mx.array(2j, mx.complex64))
    put("FromNested::from_nested", mx.array([[1, 2], [3, 4]], f32), mx.array([[1, 2], [3, 4]], i32))
    put("<Array as From<T>>::from", mx.array(3, i32), mx.array(0.5, f32), mx.array(True), mx.array(1 + 1j, mx.complex64))
    put("array!", mx.zeros((0,), f32), mx.array(5.0, f32), mx.array([[1, 2], [3, 4]], i32), mx.array([True, False]), mx.array([1.0, 2.0], f32))


def dtypes():
    both_types = [I.x.astype(i32), I.m.astype(f16), I.flags.astype(f32)]
    put("Array::as_type", *both_types)
    put("Array::as_dtype", *both_types)
    put("Array::view", I.x.view(i32), I.x.view(mx.uint8))
    put("Array::view_dtype", I.x.view(i32), I.x.view(mx.uint8))


def indexing():
    c, x = I.cube, I.x
    rows = mx.array([1, 0, 1], u32)
    inputs["rows"] = rows
    for p in ["ops::indexing::", "Array::"]:
        put(p + "take", mx.take(c, mx.array([0, 7, 23], u32)), mx.take(x, rows))
        put(p + "take_axis", mx.take(c, rows, 0), mx.take(c, mx.array([[3, 0], [1, 2]], i32), -1))
        order = mx.argsort(c, 1)
        put(p + "take_along_axis", mx.take_along_axis(c, order, 1), mx.take_along_axis(x.flatten(), mx.array([5, 0], u32), 0))
        at = mx.array([[2], [0]], i32)
        flat = mx.put_along_axis(x.flatten(), mx.array([5, 0], u32), mx.array([9.0, 8.0]), 0).reshape(2, 3)
        put(p + "put_along_axis", mx.put_along_axis(x, at, mx.array(7.0), 1), flat)
    put(
        "ops::indexing::IndexOp::index",
        *[c[1], c[-1], c[:, 1:], c[0, :2, 1:3], c[..., 0], c[None, 1], c[:, :, ::2], c[:, 0, ::-1], c[rows], c[rows, 1:, 0]],
        *[c[0, rows], c[:, 2:100], c[:, -2:], c[1, ...], c[rows, mx.array([0, 2, 1]), :2], c[:, :, 0:0]],
    )
    put("ops::indexing::IntoStrideBy::stride_by", c[:, :, 1:4:2], c[:, ::-1], c[:, :, 3:0:-2])
    put("ops::indexing::RangeIndex", c[0, :, 1:3], c[0, :, 1:], c[0, :, :3], c[0, :, 1:4], c[0, :, :3], c[0], c[0, :, 0:0])

    def changed(f):
        y = mx.array(c)
        f(y)
        return y

    def w1(y):
        y[0, 1] = mx.array(100.0)

    def w2(y):
        y[1, :, 2:] = 0.5

    def w3(y):
        y[rows] = mx.zeros((3, 4))

    def w4(y):
        y[..., ::2] = I.norm_w[:2]

    put("ops::indexing::IndexMutOp::index_mut", changed(w1), changed(w2), changed(w3), changed(w4), c)


def sorting():
    c = I.cube
    flat = c.flatten()
    put("ops::sort", mx.sort(flat))
    put("ops::sort_axis", mx.sort(c, 1), mx.sort(c, -1), mx.sort(I.m, 0))
    put("ops::argsort", mx.argsort(flat))
    put("ops::argsort_axis", mx.argsort(c, 1), mx.argsort(I.m, 0))
    # order within the parts is not promised: the tests sort both parts, which leaves the sorted array
    put("ops::partition", mx.sort(flat))
    put("ops::partition_axis", mx.sort(c, 2), mx.sort(c, 0))
    put("ops::argpartition", mx.argsort(flat))
    put("ops::argpartition_axis", mx.argsort(c, 2))
    put("ops::indexing::topk", mx.sort(flat)[-5:])
    put("ops::indexing::topk_axis", mx.sort(c, 2)[..., -2:])


def convolution():
    put("ops::conv1d", mx.conv1d(I.line, I.line_w), mx.conv1d(I.line, I.line_g, 2, 1, 2, 2))
    put("ops::conv2d", mx.conv2d(I.image, I.image_w), mx.conv2d(I.image, I.image_w, (2, 1), (1, 0), (1, 2)))
    put("ops::conv3d", mx.conv3d(I.volume, I.volume_w), mx.conv3d(I.volume, I.volume_w, 2, 1))
    put("ops::conv_transpose1d", mx.conv_transpose1d(I.line, I.line_w), mx.conv_transpose1d(I.line, I.line_w, 2, 1, 1, 1, 1))
    put("ops::conv_transpose2d", mx.conv_transpose2d(I.image, I.image_w), mx.conv_transpose2d(I.image, I.image_w, (2, 1), (1, 0), 1, (1, 0)))
    put("ops::conv_transpose3d", mx.conv_transpose3d(I.volume, I.volume_w), mx.conv_transpose3d(I.volume, I.volume_w, 2, 1))
    put(
        "ops::conv_general",
        mx.conv_general(I.line, I.line_w),
        mx.conv_general(I.image, I.image_w, (1, 2), (1, 0), kernel_dilation=(2, 1), input_dilation=(1, 2), flip=True),
    )


def linear():
    a, b, s = I.square, I.spd, I.spd
    la, cpu = mx.linalg, mx.cpu
    both("matmul", a @ b, I.cube @ mx.swapaxes(I.cube, 1, 2))
    put("ops::addmm", mx.addmm(a, a, b, 0.5, 2.0), mx.addmm(a, a, b))
    put("ops::inner", mx.inner(I.vec3, I.other3), mx.inner(a, b))
    put("ops::outer", mx.outer(I.vec3, I.other3))
    put("ops::kron", mx.kron(I.x, I.vec3))
    put("ops::tensordot_axis", mx.tensordot(I.cube, I.cube.T, 1), mx.tensordot(a, b, 2))
    put("ops::tensordot_axes", mx.tensordot(I.cube, I.x, [[1], [1]]), mx.tensordot(I.cube, I.cube, [[0, 2], [0, 2]]))
    put("ops::einsum", mx.einsum("ij,jk->ik", a, b), mx.einsum("ijk,lj->ilk", I.cube, I.x), mx.einsum("ii", a))
    mask = mx.repeat(mx.repeat(I.block_mask, 32, 0), 32, 1)
    put("ops::block_masked_mm", mx.where(mask, I.big @ I.big2, 0), mx.where(mask, I.big, 0) @ mx.where(mask, I.big2, 0))
    put("Array::hadamard_transform", mx.hadamard_transform(I.signal), mx.hadamard_transform(I.signal, 1.0))
    put("linalg::norm", la.norm(I.vec3, 3), la.norm(a, 1, [0, 1], stream=cpu), la.norm(I.cube, 2.0, 1, True), la.norm(a.flatten(), float("inf")))
    put("linalg::norm_matrix", la.norm(a, "fro", stream=cpu), la.norm(a, "nuc", [0, 1], True, stream=cpu))
    put("linalg::norm_l2", la.norm(I.cube), la.norm(I.cube, axis=-1), la.norm(I.cube, axis=[1], keepdims=True))
    put("linalg::inv", la.inv(a, stream=cpu))
    put("linalg::tri_inv", la.tri_inv(I.lower, stream=cpu), la.tri_inv(I.lower.T, True, stream=cpu))
    put("linalg::cholesky", la.cholesky(s, stream=cpu), la.cholesky(s, True, stream=cpu))
    put("linalg::cholesky_inv", la.cholesky_inv(la.cholesky(s, stream=cpu), stream=cpu))
    put("linalg::pinv", la.pinv(I.tall, stream=cpu))
    put("linalg::cross", la.cross(I.vec3, I.other3), la.cross(I.x, I.y, 1))
    put("linalg::solve", la.solve(a, b, stream=cpu), la.solve(a, I.vec3, stream=cpu))
    put("linalg::solve_triangular", la.solve_triangular(I.lower, b, stream=cpu), la.solve_triangular(I.lower.T, b, upper=True, stream=cpu))
    put("linalg::lu", *la.lu(a, stream=cpu))
    put("linalg::lu_factor", *la.lu_factor(a, stream=cpu))
    put("linalg::eigvalsh", la.eigvalsh(s, stream=cpu), la.eigvalsh(mx.tril(s), "L", stream=cpu))
    # the columns of these have no sign of their own: the tests multiply the factors, which gives the matrix and the identity
    eye = mx.eye(3)
    put("linalg::qr", a, eye)
    put("linalg::svd", I.tall, la.svd(I.tall, stream=cpu)[1], eye)
    put("linalg::eigh", s, la.eigvalsh(s, stream=cpu), eye)


def spectra():
    f, s, g = mx.fft, I.signal, I.grid
    for name in ["fft", "ifft", "rfft"]:
        put("fft::" + name, getattr(f, name)(s), getattr(f, name)(s, 6, 0), getattr(f, name)(s, 5, 1))
    put("fft::irfft", f.irfft(f.rfft(s)), f.irfft(f.rfft(s), 7, -1))
    for name in ["fft2", "ifft2", "rfft2"]:
        put("fft::" + name, getattr(f, name)(g), getattr(f, name)(g, (3, 4), (0, 1)))
    put("fft::irfft2", f.irfft2(f.rfft2(g)), f.irfft2(f.rfft2(g), (4, 5), (-2, -1)))
    for name in ["fftn", "ifftn", "rfftn"]:
        put("fft::" + name, getattr(f, name)(g), getattr(f, name)(g, (3, 4), (0, 1)))
    put("fft::irfftn", f.irfftn(f.rfftn(g)), f.irfftn(f.rfftn(g), (4, 5), (1, 2)))


def randoms():
    r, key = mx.random, mx.random.key(7)
    put("random::key", r.key(0), r.key(2**32 + 5))
    put("random::split", *r.split(key, 2))
    put("random::uniform", r.uniform(0, 1, (3,), key=key), r.uniform(-2, 3, (2, 3), key=key), r.uniform(key=key))
    put("random::normal", r.normal((3,), key=key), r.normal((2, 3), loc=1.0, scale=0.5, key=key))
    put("random::randint", r.randint(0, 10, (6,), key=key), r.randint(-5, 5, (2, 2), mx.int64, key=key))
    put("random::bernoulli", r.bernoulli(0.5, (8,), key=key), r.bernoulli(mx.array([0.1, 0.9, 0.5]), key=key))
    put("random::truncated_normal", r.truncated_normal(-1, 1, (4,), key=key))
    put("random::gumbel", r.gumbel((4,), key=key))
    put(
        "random::categorical",
        r.categorical(I.logits, key=key),
        r.categorical(I.logits, axis=0, num_samples=3, key=key),
        r.categorical(I.logits, shape=(5, 4), key=key),
    )
    r.seed(3)
    put("random::seed", r.uniform(), r.uniform(), r.normal((2,)))


def fused():
    f = mx.fast
    put("fast::rope", f.rope(I.q, 8, traditional=False, base=10000.0, scale=1.0, offset=0), f.rope(I.q, 4, traditional=True, base=100.0, scale=0.5, offset=3), f.rope(I.q, 8, traditional=False, base=None, scale=1.0, offset=2, freqs=I.norm_w.abs() + 1))
    sdpa = f.scaled_dot_product_attention
    put(
        "fast::scaled_dot_product_attention",
        sdpa(I.q, I.k, I.v, scale=0.5),
        sdpa(I.q, I.k, I.v, scale=0.5, mask=I.att_mask),
        sdpa(I.q, I.k, I.v, scale=0.5, mask=I.att_mask + I.att_mask),
        sdpa(I.q, I.k, I.v, scale=0.5, mask="causal"),
    )
    put("fast::rms_norm", f.rms_norm(I.cube, I.norm_w, 1e-5))
    put("fast::layer_norm", f.layer_norm(I.cube, I.norm_w, I.norm_b, 1e-5), f.layer_norm(I.cube, None, None, 1e-5))


def quantized():
    w, s, b = mx.quantize(I.weights, 64, 4)
    w8, s8, b8 = mx.quantize(I.weights, 32, 8)
    put("ops::quantize", w, s, b, w8, s8, b8)
    put("ops::dequantize", mx.dequantize(w, s, b, 64, 4), mx.dequantize(w8, s8, b8, 32, 8))
    put(
        "ops::quantized_matmul",
        mx.quantized_matmul(I.packed_t, w, s, b, transpose=False, group_size=64, bits=4),
        mx.quantized_matmul(I.packed_x, w, s, b, transpose=True, group_size=64, bits=4),
        mx.quantized_matmul(I.packed_x, w8, s8, b8, transpose=True, group_size=32, bits=8),
    )


def functions():
    x = I.x
    alpha = mx.array([0.1, 0.2, 0.3])
    inputs["alpha"] = alpha
    for rust, *results in [
        ("sigmoid", nn.sigmoid(x)),
        ("relu", nn.relu(x)),
        ("leaky_relu", nn.leaky_relu(x), nn.leaky_relu(x, 0.2)),
        ("log_softmax", nn.log_softmax(x, axis=-1), nn.log_softmax(x, axis=0)),
        ("elu", nn.elu(x), nn.elu(x, 0.5)),
        ("relu6", nn.relu6(x * 3)),
        ("softplus", nn.softplus(x)),
        ("softsign", nn.softsign(x)),
        ("celu", nn.celu(x), nn.celu(x, 0.5)),
        ("silu", nn.silu(x)),
        ("log_sigmoid", nn.log_sigmoid(x)),
        ("gelu", nn.gelu(x)),
        ("gelu_approximate", nn.gelu_approx(x)),
        ("gelu_fast_approximate", nn.gelu_fast_approx(x)),
        ("glu", nn.glu(I.cube), nn.glu(I.cube, 0)),
        ("step", nn.step(x), nn.step(x, 1.75)),
        ("selu", nn.selu(x)),
        ("prelu", nn.prelu(x, alpha)),
        ("mish", nn.mish(x)),
        ("hard_swish", nn.hardswish(x * 3)),
    ]:
        put("nn::" + rust, *results)
    put("stop_gradient", x)


def number(v):
    if isinstance(v, complex):
        return [number(v.real), number(v.imag)]
    if isinstance(v, float) and not np.isfinite(v):
        return "nan" if np.isnan(v) else "inf" if v > 0 else "-inf"
    if isinstance(v, bool):
        return int(v)
    return v


def stored(a):
    if a.dtype == mx.bfloat16 or a.dtype == f16:
        flat = a.astype(f32).flatten().tolist()
    else:
        flat = a.flatten().tolist()
    if a.dtype == f32:
        # the shortest decimal that reads back as the same float32
        flat = [float(str(np.float32(v))) for v in flat]
    return {"dtype": str(a.dtype).split(".")[-1], "shape": list(a.shape), "values": [number(v) for v in flat]}


def main():
    mx.set_default_device(mx.cpu)
    for part in [elementwise, logic, reductions, shapes, creation, dtypes, indexing, sorting, convolution, linear, spectra, randoms, fused, quantized, functions]:
        part()
    lines = ['{"mlx": "%s",' % mx.__version__, '"inputs": {']
    lines.append(",\n".join(f"{json.dumps(k)}: {json.dumps(stored(v))}" for k, v in inputs.items()))
    lines.append("},")
    lines.append('"values": {')
    lines.append(",\n".join(f"{json.dumps(k, ensure_ascii=False)}: {json.dumps([stored(r) for r in v])}" for k, v in values.items()))
    lines.append("}}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n")
    print(len(values), "paths,", sum(map(len, values.values())), "values")


if __name__ == "__main__":
    main()
