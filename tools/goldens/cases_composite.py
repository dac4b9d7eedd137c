"""Ops written in other ops that have no family of their own."""

import math

import mlx.core as mx
import numpy as np

from cases_common import FLOATS, R0, R1, R2, make, sample

DTYPES = ["bool", "uint8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "complex64"]


def composite(g):
    for dtype in DTYPES:
        x = sample(g.rng, dtype, (3, 4))
        g.case("fullLike", [x], [3], lambda x: mx.full(x.shape, 3, x.dtype) if x.dtype != mx.bool_ else mx.ones(x.shape, x.dtype))
        g.case("contiguous", [x], [], mx.contiguous)
        g.case("unstack", [x], [1], lambda x: [x[:, i] for i in range(4)])
        g.case("unstack", [x], [], lambda x: [x[i] for i in range(3)])
        if dtype not in ("bool", "complex64"):
            g.case("trace", [x], [], mx.trace)
            g.case("trace", [x], [1], lambda x: mx.trace(x, 1))
        for start in ([0, 0], [1, 2], [2, 3]):
            shape = (3 - start[0], min(2, 4 - start[1]))
            u = sample(g.rng, dtype, shape)
            run = lambda x, u, s=start: mx.slice_update(x, u, mx.array(s), (0, 1))
            g.case("sliceUpdate", [x, u], [start], run)
        y = sample(g.rng, dtype, (4,))
        g.case("broadcastArrays", [x, y], [[R0, R1]], lambda x, y: mx.broadcast_arrays(x, y))
        if dtype != "bool":
            g.case("kron", [sample(g.rng, dtype, (2, 3)), sample(g.rng, dtype, (3, 2))], [], mx.kron)
            g.case("kron", [sample(g.rng, dtype, (2,)), sample(g.rng, dtype, (2, 2))], [], mx.kron)
        for op, f in [("sub", mx.subtract), ("mul", mx.multiply)]:
            if dtype != "bool":
                g.case(op, [x, sample(g.rng, dtype, (3, 4))], [], f)
        g.case("logicalXor", [x, sample(g.rng, dtype, (3, 4))], [], lambda a, b: mx.not_equal(a.astype(mx.bool_), b.astype(mx.bool_)))
        near = x + mx.array(1, x.dtype) if dtype != "bool" else x
        for b in (x, near):
            g.case("arrayEqual", [x, b], [], mx.array_equal)
        g.case("arrayEqual", [x, y], [], mx.array_equal)
    for dtype in ["float16", "bfloat16", "float32", "int32"]:
        nonzero = make(np.array([[1, -2, 3, 4], [5, -6, 7, 8], [2, 3, 4, -5]]), dtype)
        x = sample(g.rng, dtype, (3, 4))
        g.case("div", [x, nonzero], [], mx.divide)
        g.case("mod", [x, nonzero], [], mx.remainder)
        g.case("neg", [x], [], mx.negative)
    close = make([1.0, 1.0, math.nan, math.inf, -math.inf, math.inf, 0.0, 1e-9, 100.0], "float32")
    other = make([1.0 + 1e-6, 1.1, math.nan, math.inf, math.inf, 1.0, 1e-9, 0.0, 100.0009], "float32")
    for args in ([], [1e-2], [1e-5, 1e-1], [1e-5, 1e-8, True]):
        names = ["rtol", "atol", "equal_nan"][: len(args)]
        run = lambda f: lambda a, b: f(a, b, **dict(zip(names, args)))
        g.case("isclose", [close, other], args, run(mx.isclose))
        g.case("allclose", [close, other], args, run(mx.allclose))
        g.case("allclose", [close[:1], other[:1]], args, run(mx.allclose))
    g.case("arrayEqual", [close, close], [True], lambda a, b: mx.array_equal(a, b, equal_nan=True))
    g.case("arrayEqual", [close, close], [], mx.array_equal)
    for dtype in [*FLOATS, "complex64"]:
        for a, b, axes in [((2, 3, 4), (3, 4, 5), 2), ((3, 4), (4, 5), 1), ((2, 3), (4,), 0), ((2, 3, 4), (4, 3, 5), [[1, 2], [1, 0]]), ((3, 4), (3, 4), [[0, 1], [0, 1]])]:
            x, y = sample(g.rng, dtype, a, 1.0), sample(g.rng, dtype, b, 1.0)
            g.case("tensordot", [x, y], [axes], lambda x, y, n=axes: mx.tensordot(x, y, n), truth=lambda x, y, n=axes: np.tensordot(x, y, n), scale=40)
        x, y = sample(g.rng, dtype, (3, 4), 1.0), sample(g.rng, dtype, (3, 4), 1.0)
        if dtype != "complex64":
            g.case("vecdot", [x, y], [], lambda x, y: mx.sum(x * y, -1), truth=lambda x, y: np.sum(x * y, -1), scale=16)
            g.case("vecdot", [x, y], [0], lambda x, y: mx.sum(x * y, 0), truth=lambda x, y: np.sum(x * y, 0), scale=16)
    for dtype in ["int32", "float32", "bool"]:
        a, b, c = sample(g.rng, dtype, (3,)), sample(g.rng, dtype, (4,)), sample(g.rng, dtype, (2,))
        for sparse in (False, True):
            for indexing in ("xy", "ij"):
                run = lambda *xs, s=sparse, i=indexing: mx.meshgrid(*xs, sparse=s, indexing=i)
                g.case("meshgrid", [a, b], [[R0, R1], sparse, indexing], run)
                g.case("meshgrid", [a, b, c], [[R0, R1, R2], sparse, indexing], run)
                g.case("meshgrid", [a], [[R0], sparse, indexing], run)
