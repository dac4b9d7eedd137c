"""Elementwise families: one vector per op and dtype; the harness cuts lengths, shapes and layouts out of it."""

import math

import mlx.core as mx
import mpmath
import numpy as np

from cases_common import (
    ALL,
    BITS,
    FLOATS,
    INTS,
    NAMES,
    R0,
    R1,
    SIGNED,
    complex_vector,
    float_specials,
    float_vector,
    int_vector,
    limits,
    make,
    sample,
    vector,
    wide,
)


def each(function):
    """A scalar function over an array, NaN where it has no value."""

    def apply(values):
        flat = []
        for v in values.ravel().tolist():
            try:
                flat.append(function(v))
            except (ValueError, OverflowError, ZeroDivisionError):
                flat.append(math.nan)
        return np.array(flat).reshape(values.shape)

    return apply


def erfinv_scalar(x):
    if math.isnan(x) or abs(x) > 1:
        return math.nan
    if abs(x) == 1:
        return math.copysign(math.inf, x)
    return math.copysign(float(mpmath.erfinv(x)), x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# Lanewise name: MLX function, float64 truth (None: MLX's value is exact by definition).
UNARY = {
    "abs": (mx.abs, None),
    "negative": (mx.negative, None),
    "sign": (mx.sign, None),
    "square": (mx.square, np.square),
    "sqrt": (mx.sqrt, np.sqrt),
    "rsqrt": (mx.rsqrt, lambda x: 1 / np.sqrt(x)),
    "reciprocal": (mx.reciprocal, lambda x: 1 / x),
    "exp": (mx.exp, np.exp),
    "expm1": (mx.expm1, np.expm1),
    "log": (mx.log, np.log),
    "log2": (mx.log2, np.log2),
    "log10": (mx.log10, np.log10),
    "log1p": (mx.log1p, np.log1p),
    "sin": (mx.sin, np.sin),
    "cos": (mx.cos, np.cos),
    "tan": (mx.tan, np.tan),
    "arcsin": (mx.arcsin, np.arcsin),
    "arccos": (mx.arccos, np.arccos),
    "arctan": (mx.arctan, np.arctan),
    "sinh": (mx.sinh, np.sinh),
    "cosh": (mx.cosh, np.cosh),
    "tanh": (mx.tanh, np.tanh),
    "arcsinh": (mx.arcsinh, np.arcsinh),
    "arccosh": (mx.arccosh, np.arccosh),
    "arctanh": (mx.arctanh, np.arctanh),
    "erf": (mx.erf, each(math.erf)),
    "erfinv": (mx.erfinv, each(erfinv_scalar)),
    "sigmoid": (mx.sigmoid, sigmoid),
    "floor": (mx.floor, None),
    "ceil": (mx.ceil, None),
    "round": (mx.round, None),
    "logicalNot": (mx.logical_not, None),
    "isnan": (mx.isnan, None),
    "isinf": (mx.isinf, None),
    "isfinite": (mx.isfinite, None),
    "isposinf": (mx.isposinf, None),
    "isneginf": (mx.isneginf, None),
    "conjugate": (mx.conjugate, None),
    "real": (mx.real, None),
    "imag": (mx.imag, None),
    "degrees": (mx.degrees, np.degrees),
    "radians": (mx.radians, np.radians),
    "bitwiseInvert": (mx.bitwise_invert, None),
    "nanToNum": (mx.nan_to_num, None),
}


def promoted(array):
    """The float64 values that a floating op sees: integers pass through float32 first."""
    return wide(array if NAMES[array.dtype] in FLOATS + ["complex64"] else array.astype(mx.float32))


def unary(g):
    vectors = {dtype: vector(g.rng, dtype) for dtype in ALL}
    for name, (function, truth) in UNARY.items():
        for dtype, x in vectors.items():
            # MLX lacks these; a library may well have them, so their absence is no rule to agree with.
            if (name, dtype) in (("nanToNum", "float64"), ("nanToNum", "complex64"), ("sigmoid", "complex64")):
                continue
            if truth is not None and dtype in INTS and dtype != "int32":
                x = x[:72]
            values = None
            if truth is not None and (dtype != "complex64" or name not in ("erf", "erfinv", "degrees", "radians")):
                with np.errstate(all="ignore"):
                    values = truth(promoted(x))
            g.case(name, [x], [], function, truth=values, raises="maybe", map=True)
    for dtype in ("float32", "float16", "bfloat16"):
        x = make(np.array([1.2345, -1.2345, 0.05, 0.15, -0.25, 123.456, 0.0, -0.0, math.nan, math.inf, 7.0]), dtype)
        for decimals in (1, 2, -1, -2):
            g.case("round", [x], [decimals], lambda x, d=decimals: mx.round(x, d))
        g.case("nanToNum", [x], [5.0, 9.0, -9.0], lambda x: mx.nan_to_num(x, 5.0, 9.0, -9.0))
    x = make([1234, -1250, 55, 45, 0], "int32")
    for decimals in (1, -1, -2):
        g.case("round", [x], [decimals], lambda x, d=decimals: mx.round(x, d))


BINARY = {
    "add": (mx.add, np.add),
    "subtract": (mx.subtract, np.subtract),
    "multiply": (mx.multiply, np.multiply),
    "divide": (mx.divide, np.divide),
    "floorDivide": (mx.floor_divide, lambda x, y: np.floor(x / y)),
    "remainder": (mx.remainder, None),
    "divmod": (mx.divmod, lambda x, y: [np.floor(x / y), np.remainder(x, y)]),
    "power": (mx.power, np.power),
    "maximum": (mx.maximum, None),
    "minimum": (mx.minimum, None),
    "arctan2": (mx.arctan2, np.arctan2),
    "logaddexp": (mx.logaddexp, np.logaddexp),
    "equal": (mx.equal, None),
    "notEqual": (mx.not_equal, None),
    "less": (mx.less, None),
    "lessEqual": (mx.less_equal, None),
    "greater": (mx.greater, None),
    "greaterEqual": (mx.greater_equal, None),
    "logicalAnd": (mx.logical_and, None),
    "logicalOr": (mx.logical_or, None),
    "bitwiseAnd": (mx.bitwise_and, None),
    "bitwiseOr": (mx.bitwise_or, None),
    "bitwiseXor": (mx.bitwise_xor, None),
    "leftShift": (mx.left_shift, None),
    "rightShift": (mx.right_shift, None),
}
DIVISIONS = ("floorDivide", "remainder", "divmod")


def grid_pair(rng, dtype, op):
    """Two vectors whose first rows*cols elements are the product of `rows` and `cols` specials."""
    size = 300 if dtype in ("float32", "float16", "int32", "uint8") else 200
    if dtype == "bool":
        left, right = [0, 1], [1, 1] if op in DIVISIONS else [0, 1]
        tail = [rng.integers(0, 2, size), np.ones(size) if op in DIVISIONS else rng.integers(0, 2, size)]
    elif dtype == "complex64":
        left = right = [0, 1, -1, 1j, 1 + 1j, 2 - 1j, -0.5, 3 + 4j, -2j, 1 - 1j]
        if op in ("divide", "power"):
            right = right[1:]
        tail = [complex_vector(rng, size), complex_vector(rng, size)[::-1]]
        if op in ("divide", "power"):
            tail[1] = np.where(tail[1] == 0, 1, tail[1])
    elif dtype in INTS:
        low, high = limits(dtype)
        signed = dtype in SIGNED
        left = [0, 1, 2, 3, 7, 11, high, high - 1, low, low + 1, high // 2, 100] + ([-1, -2, -7, -100] if signed else [])
        right = list(left)
        tail = [int_vector(rng, dtype, size), int_vector(rng, dtype, size)[::-1]]
        if op in DIVISIONS:
            # Division by zero and INT_MIN / -1 are undefined in C++, so MLX has no answer to agree with.
            right = [1, 2, 3, 7, 100, high, high - 1, 5, 10] + ([-2, -3, -7, -100, low] if signed else [])
            tail[1] = np.where((tail[1] == 0) | (tail[1] == np.array(-1).astype(dtype)), np.array(3).astype(dtype), tail[1])
        if op in ("leftShift", "rightShift"):
            right = [0, 1, 2, 3, 5, BITS[dtype] - 2, BITS[dtype] - 1, 4]
            tail[1] = rng.integers(0, BITS[dtype], size).astype(dtype)
        if op == "power":
            right = [0, 1, 2, 3, 4, 5, 7] + ([-1, -2] if signed else [])
            tail[1] = rng.integers(0, 9, size).astype(dtype)
    else:
        specials = float_specials(dtype)
        big = specials[21]
        assert math.isfinite(big) and big > 3e4
        left = [1.0, -2.0, math.nan, math.inf, -math.inf, 0.0, -0.0, 0.5, big, -big, specials[3], -2.5, 3.0, specials[7]]
        right = [2.0, -1.0, 0.0, math.nan, math.inf, -math.inf, -0.0, 0.5, 3.0, -3.0, big, specials[3], -0.75, -specials[7]]
        tail = [rng.normal(size=size) * 4, rng.normal(size=size) * 3]
        tail[0][1::3] = float_vector(rng, dtype, size)[::-1][1::3]
    rows, cols = len(left), len(right)
    count = max(0, size - rows * cols)
    kind = np.asarray(tail[0]).dtype
    first = np.concatenate([np.repeat(np.array(left, dtype=kind), cols), np.asarray(tail[0])[:count]])
    second = np.concatenate([np.tile(np.array(right, dtype=kind), rows), np.asarray(tail[1]).astype(kind)[:count]])
    return make(first, dtype), make(second, dtype), [rows, cols]


def binary(g):
    for name, (function, truth) in BINARY.items():
        for dtype in ALL:
            # MLX has a value for the floor of a complex quotient, but no meaning for it.
            if dtype == "complex64" and name == "floorDivide":
                continue
            first, second, grid = grid_pair(g.rng, dtype, name)
            values = None
            halves_only = name in ("floorDivide", "divmod") and dtype not in ("float16", "bfloat16")
            if truth is not None and not halves_only and not (dtype == "complex64" and name in ("arctan2", "logaddexp")):
                with np.errstate(all="ignore"):
                    values = truth(promoted(first), promoted(second))
            g.case(name, [first, second], [], function, truth=values, raises="maybe", map=True, grid=grid)
    scalars = {"add": mx.add, "subtract": mx.subtract, "multiply": mx.multiply, "divide": mx.divide, "power": mx.power}
    scalars |= {"maximum": mx.maximum, "floorDivide": mx.floor_divide, "less": mx.less, "equal": mx.equal}
    for name, function in scalars.items():
        for dtype in ALL:
            x = make([1, 0, 1, 1, 0], dtype) if dtype == "bool" else make([1, 2, 3, 5, 7], dtype)
            # An integer beside bool is int32 in Python and bool here, by design, so it has no golden.
            numbers = [0.5] if dtype == "bool" else [2, 0.5]
            for number in numbers:
                if name == "floorDivide" and dtype == "complex64":
                    continue
                if dtype == "complex64" and name in ("power", "maximum", "less"):
                    continue
                g.case(name, [x], [R0, number], lambda x, f=function, n=number: f(x, n), label="scalar")
                g.case(name, [x], [number, R0], lambda x, f=function, n=number: f(n, x), label="scalar")


def ternary(g):
    size = 270
    for dtype in ALL:
        condition = make(g.rng.integers(0, 2, size), "bool")
        x, y = vector(g.rng, dtype, size), vector(g.rng, dtype, size)
        x, y = x[:size], y[::-1][:size]
        g.case("where", [condition, x, y], [], mx.where, map=True)
    for other in ("int32", "float32", "uint8"):
        condition = make([0, 1, 2, 0, 5], other)
        g.case("where", [condition, make([1, 2, 3, 4, 5], "float32"), make([6, 7, 8, 9, 10], "int32")], [], mx.where)
    condition = make([[1], [0], [1]], "bool")
    x, y = make([[1, 2, 3, 4]], "float32"), make(-5, "float32")
    g.case("where", [condition, x, y], [], mx.where)
    g.case("where", [make(True, "bool"), x, y], [], mx.where)
    g.case("where", [make(np.zeros((0, 1)), "bool"), x, y], [], mx.where)
    g.case("where", [condition, x], [R0, R1, 2.5], lambda c, x: mx.where(c, x, 2.5))
    for dtype in [d for d in ALL if d not in ("bool", "complex64")]:
        x = vector(g.rng, dtype)
        low, high = (2, 5) if dtype in INTS else (-1.5, 2.0)
        g.case("clip", [x], [low, high], lambda x, a=low, b=high: mx.clip(x, a, b), map=True)
        g.case("clip", [x], [R0, low, None], lambda x, a=low: mx.clip(x, a, None), map=True)
        g.case("clip", [x], [R0, None, high], lambda x, b=high: mx.clip(x, None, b), map=True)
        lows, highs = sample(g.rng, dtype, x.shape, 1.0), sample(g.rng, dtype, x.shape, 1.0)
        g.case("clip", [x, lows, highs], [], mx.clip, map=True)
    g.case("clip", [make(np.arange(12).reshape(3, 4), "int32"), make([[1], [2], [3]], "int32")], [R0, R1, 9.5], lambda x, a: mx.clip(x, a, 9.5))
    g.case("clip", [make([1.0, math.nan, 3.0], "float32")], [math.nan, 2.0], lambda x: mx.clip(x, math.nan, 2.0))


def promotion(g):
    """MLX's whole 14 x 14 table, the dtype and the value of the result."""
    names = ["add", "multiply", "subtract", "divide", "maximum", "minimum", "less", "equal", "arctan2", "power", "remainder", "floorDivide"]
    for name in names:
        function = BINARY[name][0]
        for a in ALL:
            for b in ALL:
                if "complex64" in (a, b) and name in ("arctan2", "power", "remainder", "floorDivide"):
                    continue
                x = make([1, 0, 1, 1, 0, 1], a) if a == "bool" else make([0, 1, 2, 3, 5, 7], a)
                y = make([1, 1, 1, 1, 1, 1], b) if b == "bool" else make([1, 2, 3, 1, 2, 4], b)
                g.case(name, [x, y], [], function, raises="maybe", dense=True)
    for a in ALL:
        for b in ALL:
            x, y = sample(g.rng, a, (4,)), sample(g.rng, b, (4,))
            g.case("where", [make([1, 0, 0, 1], "bool"), x, y], [], mx.where, dense=True)
            for name in ("logicalAnd", "bitwiseAnd", "leftShift"):
                if name == "leftShift":
                    x, y = make([1, 1, 0, 1], a), make([1, 0, 1, 1], b)
                g.case(name, [x, y], [], BINARY[name][0], raises="maybe", dense=True)
