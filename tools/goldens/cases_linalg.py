"""Factorisations, solvers, determinants, norms: mx.linalg without eigenvalues and singular values."""

import math

import mlx.core as mx
import numpy as np

from cases_common import DEFAULT, FLOATS, make, sample, wide

L = mx.linalg
REAL = ("float32", "float64")
SHAPES = [(1, 1), (2, 2), (3, 3), (4, 4), (5, 3), (3, 5), (1, 4), (4, 1), (9, 9), (17, 17), (2, 3, 3), (2, 1, 4, 3), (2, 3, 4)]


def matrix(g, dtype, shape):
    """Random matrices whose singular values lie within a factor of 30."""
    m, n = shape[-2:]
    a = g.rng.normal(size=shape)
    if min(m, n) > 0 and a.size > 0:
        u, s, v = np.linalg.svd(a, full_matrices=False)
        a = (u * np.maximum(s, s.max(axis=-1, keepdims=True) / 30)[..., None, :]) @ v
    return make(a, dtype)


def definite(g, dtype, shape):
    a = g.rng.normal(size=shape)
    n = shape[-1]
    return make(a @ np.swapaxes(a, -1, -2) / max(n, 1) + 0.3 * np.eye(n), dtype)


def triangle(g, dtype, shape, upper):
    """A triangle with a diagonal around 2; the other triangle holds numbers that must not be read."""
    a = g.rng.normal(size=shape) / math.sqrt(max(shape[-1], 1))
    idx = np.arange(shape[-1])
    a[..., idx, idx] = g.rng.uniform(1, 2, size=shape[:-1]) * g.rng.choice([1, -1], size=shape[:-1])
    return make(a, dtype), (np.triu if upper else np.tril)


def condition(a):
    """Largest condition number of a batch."""
    a = wide(a) if isinstance(a, mx.array) else a
    return float(np.max(np.linalg.cond(a))) if a.size else 1.0


def largest(*arrays):
    """The largest finite magnitude, 1 where there is none."""
    sizes = np.concatenate([np.abs(wide(x)).ravel() for x in arrays])
    sizes = sizes[np.isfinite(sizes)]
    return float(np.max(sizes)) if sizes.size else 1.0


def add(g, op, inputs, args, run, cond, truth=None):
    """A case whose rounding errors are measured against the condition times the largest result."""
    out = run(*inputs)
    out = out if isinstance(out, (list, tuple)) else [out]
    record = g.case(op, inputs, args, run, truth=truth)
    record["scale"] = float(f"{cond * largest(*[x for x in out if x.dtype != mx.uint32]):.3g}")


def factorisations(g):
    for dtype in REAL:
        big = [(37, 35), (18, 36)] if dtype == "float32" else []
        for shape in [x for x in SHAPES if max(x) < 9 or dtype == "float32"] + big:
            a = matrix(g, dtype, shape)
            cond = condition(a)
            add(g, "linalg.qr", [a], [], lambda x: L.qr(x), cond)
            add(g, "linalg.lu", [a], [], lambda x: L.lu(x), cond)
            if shape not in big and len(shape) == 2:
                add(g, "linalg.luFactor", [a], [], lambda x: L.lu_factor(x), cond)
        for shape in [(0, 3), (3, 0), (0, 3, 3), (2, 0, 3)]:
            a = make(np.zeros(shape), dtype)
            g.case("linalg.qr", [a], [], lambda x: L.qr(x))
        g.case("linalg.lu", [make(np.zeros((0, 3, 3)), dtype)], [], lambda x: L.lu(x))
        g.case("linalg.luFactor", [make(np.zeros((0, 3, 4)), dtype)], [], lambda x: L.lu_factor(x))
        for values in [np.zeros((3, 3)), [[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[1, 2], [2, 4]], [[0, 1], [0, 2], [0, 0]], np.diag([3.0, -2, 0, 5]), [[0, 2, 1], [0, 4, 3], [0, 1, 1]]]:
            a = make(np.array(values, dtype=np.float64), dtype)
            g.case("linalg.lu", [a], [], lambda x: L.lu(x))["scale"] = 8
            g.case("linalg.luFactor", [a], [], lambda x: L.lu_factor(x))["scale"] = 8
        for values in [np.zeros((3, 2)), np.diag([2.0, -3, 4]), np.diag([-1.0, 1]), [[-3.0]], [[0, 2.0], [0, 0]], [[0, 1.0], [2, 0]]]:
            g.case("linalg.qr", [make(np.array(values), dtype)], [], lambda x: L.qr(x), scale=8)
        constant = make(np.broadcast_to([[4.0, 1], [2, -3]], (3, 2, 2)), dtype)
        g.case("linalg.lu", [constant], [], lambda x: L.lu(x))["scale"] = 8
        g.case("linalg.qr", [constant], [], lambda x: L.qr(x), scale=8)
        for shape in [(1, 1), (2, 2), (3, 3), (5, 5), (17, 17), (34, 34), (2, 3, 3), (2, 2, 4, 4), (0, 0), (0, 3, 3)]:
            if shape == (34, 34) and dtype == "float64":
                continue
            a = definite(g, dtype, shape)
            cond = condition(a)
            add(g, "linalg.cholesky", [a], [], lambda x: L.cholesky(x), cond)
            add(g, "linalg.cholesky", [a], [True], lambda x: L.cholesky(x, True), cond)
        for upper in (False, True):
            a = make([[4, 9], [2, 5 if not upper else 50]], dtype)
            g.case("linalg.cholesky", [a], [upper], lambda x, u=upper: L.cholesky(x, u), scale=8)


def inverses(g):
    for dtype in REAL:
        for shape in [(1, 1), (2, 2), (3, 3), (5, 5), (17, 17), (2, 3, 3), (2, 1, 4, 4), (0, 3, 3)]:
            if shape == (17, 17) and dtype == "float64":
                continue
            a = matrix(g, dtype, shape)
            add(g, "linalg.inv", [a], [], lambda x: L.inv(x), condition(a))
            for upper in (False, True):
                t, cut = triangle(g, dtype, shape, upper)
                cond = condition(cut(wide(t)))
                args = [upper] if upper else []
                add(g, "linalg.triInv", [t], args, lambda x, u=upper: L.tri_inv(x, u), cond)
                add(g, "linalg.choleskyInv", [t], args, lambda x, u=upper: L.cholesky_inv(x, u), cond * cond)


def systems(g):
    pairs = [((2, 2), (2,)), ((2, 2), (2, 3)), ((1, 1), (1, 1)), ((5, 5), (5,)), ((5, 5), (5, 1)), ((5, 5), (5, 2)), ((17, 17), (17, 9)), ((17, 17), (17,))]
    pairs += [((2, 3, 3), (2, 3, 4)), ((2, 3, 3), (2, 3, 1)), ((1, 3, 3), (2, 3, 2)), ((2, 3, 3), (1, 3, 2)), ((2, 2), (2, 0)), ((0, 3, 3), (0, 3, 1)), ((2, 1, 3, 3), (1, 2, 3, 2))]
    only = [((2, 3, 3), (3,)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2))]
    for dtype in REAL:
        for sa, sb in [x for x in pairs if x[0] != (17, 17) or dtype == "float32"]:
            a, b = matrix(g, dtype, sa), sample(g.rng, dtype, sb)
            add(g, "linalg.solve", [a, b], [], lambda x, y: L.solve(x, y), condition(a))
        for i, (sa, sb) in enumerate(pairs + only):
            for upper in (False, True) if dtype == "float32" else (i % 2 == 1,):
                t, cut = triangle(g, dtype, sa, upper)
                b = sample(g.rng, dtype, sb)
                args = [upper] if upper else []
                add(g, "linalg.solveTriangular", [t, b], args, lambda x, y, u=upper: L.solve_triangular(x, y, upper=u), condition(cut(wide(t))))
    constant = make(np.broadcast_to([[4.0, 1], [2, -3]], (3, 2, 2)), "float32")
    b = sample(g.rng, "float32", (3, 2, 2))
    add(g, "linalg.solve", [constant, b], [], lambda x, y: L.solve(x, y), 3)
    for da, db in [("float32", "int32"), ("float32", "float16"), ("float32", "bool"), ("float64", "float32"), ("float32", "float64"), ("float64", "bfloat16")]:
        a, b = matrix(g, da, (3, 3)), sample(g.rng, db, (3, 2))
        add(g, "linalg.solve", [a, b], [], lambda x, y: L.solve(x, y), condition(a), np.linalg.solve)
        t, cut = triangle(g, da, (3, 3), False)
        truth = lambda x, y: np.linalg.solve(np.tril(x), y)
        add(g, "linalg.solveTriangular", [t, b], [], lambda x, y: L.solve_triangular(x, y), condition(np.tril(wide(t))), truth)


def determinants(g):
    def one(a, cond):
        add(g, "linalg.det", [a], [], lambda x: L.det(x), cond, np.linalg.det)
        log = abs(float(np.max(np.abs(np.linalg.slogdet(wide(a))[1])))) if a.size else 0
        scale = cond if not math.isfinite(log) else cond + log
        g.case("linalg.slogdet", [a], [], lambda x: L.slogdet(x), truth=lambda x: list(np.linalg.slogdet(x)), scale=scale)

    for dtype in [*FLOATS, "int32", "uint8", "int64"]:
        # MLX refuses half types above 3 x 3
        for n in (1, 2, 3) if dtype in ("float16", "bfloat16") else (1, 2, 3, 4, 7, 17):
            if n > 7 and dtype not in REAL:
                continue
            for shape in [(n, n), (2, n, n)] if n < 7 and dtype in FLOATS else [(n, n)]:
                a = matrix(g, dtype, shape) if dtype in FLOATS else sample(g.rng, dtype, shape)
                if dtype not in FLOATS:
                    idx = np.arange(n)
                    v = wide(a)
                    v[..., idx, idx] += 9 * n
                    a = make(v, dtype)
                one(a, condition(a))
        if dtype in REAL:
            for shape in [(0, 0), (3, 0, 0), (0, 3, 3), (0, 4, 4)]:
                a = make(np.zeros(shape), dtype)
                g.case("linalg.det", [a], [], lambda x: L.det(x))
                g.case("linalg.slogdet", [a], [], lambda x: L.slogdet(x))
            for values in [[[1.0, 2], [2, 4]], np.zeros((4, 4)), np.ones((5, 5)), np.diag([1.0, 0, 2, 3]), [[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]]:
                a = make(np.array(values), dtype)
                g.case("linalg.det", [a], [], lambda x: L.det(x))
                g.case("linalg.slogdet", [a], [], lambda x: L.slogdet(x))
    for n, s in [(6, 1e-20), (6, 1e20), (8, 1e-4)]:
        one(make(np.diag(np.full(n, s)), "float32"), 1)
    g.case("linalg.det", [make(np.full((4, 4), math.nan), "float32")], [], lambda x: L.det(x))


def orders(x, ord, axis, keep):
    """Norms in float64 by their definitions."""
    if ord is None:
        axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        return np.sqrt(np.sum(np.abs(x) ** 2, axis=axes, keepdims=keep))
    axes = list(range(x.ndim)) if axis is None else [axis] if isinstance(axis, int) else list(axis)
    if len(axes) == 1:
        return np.linalg.norm(x, ord, axes[0], keep)
    return np.linalg.norm(x, ord, tuple(axes), keep)


def norms(g):
    def one(x, ord=None, axis=None, keep=False):
        args = [ord, axis, keep]
        defaults = [None, None, False]
        while args and args[-1] == defaults[len(args) - 1]:
            args.pop()
        run = lambda v: L.norm(v, ord, axis, keep)
        truth = lambda v: orders(v, ord, axis, keep)
        complexed = x.dtype == mx.complex64 and run(x).dtype == mx.complex64
        g.case("linalg.norm", [x], args, run, truth=None if complexed or x.size == 0 or x.dtype == mx.float32 else truth, scale=largest(run(x)) if x.size else 1)

    vector_orders = [None, 0, 1, 2, 3, -1, -2, 0.5, 2.5, math.inf, -math.inf]
    matrix_orders = [None, "fro", 1, -1, math.inf, -math.inf]
    for dtype in [*FLOATS, "complex64", "int32", "uint8", "bool", "int64"]:
        v = sample(g.rng, dtype, (7,))
        m = sample(g.rng, dtype, (4, 5))
        some = dtype in ("uint8", "bool", "int64")
        for ord in (None, 1, 3, math.inf) if some else vector_orders:
            one(v, ord)
        for ord in (None, 1) if some else matrix_orders:
            one(m, ord)
    for dtype in ("float32", "float64", "complex64"):
        x = sample(g.rng, dtype, (2, 3, 4))
        one(x)
        one(x, None, None, True)
        for axis in (0, 1, -1):
            for ord in vector_orders if dtype == "float32" and axis == 1 else (None, 1, 3):
                one(x, ord, axis)
            one(x, 2.5, axis, True)
            one(x, math.inf, [axis], True)
        for axes in ([0, 1], [1, 0], [-1, 0], [2, 1]):
            for ord in matrix_orders if dtype == "float32" else (None, -1, math.inf):
                one(x, ord, axes, axes[0] == 1)
    x = sample(g.rng, "float32", (3, 300))
    for ord in (None, 1, 3, math.inf):
        one(x, ord, 1)
    g.case("linalg.norm", [sample(g.rng, "float32", (2, 3))], ["f"], lambda v: L.norm(v, "f"), scale=8)
    g.case("linalg.norm", [make(-3.0, "float32")], [], lambda v: L.norm(v))
    g.case("linalg.norm", [sample(g.rng, "float32", (2, 3))], [None, []], lambda v: L.norm(v, axis=[]))
    for ord in (None, 0, 1, 2, 3, 0.5, -1):
        g.case("linalg.norm", [make(np.zeros(0), "float32")], [ord], lambda v, o=ord: L.norm(v, o))
    for shape in [(0, 3), (3, 0)]:
        for ord in ("fro", 1, -1, math.inf, -math.inf, None):
            g.case("linalg.norm", [make(np.zeros(shape), "float32")], [ord], lambda v, o=ord: L.norm(v, o), raises="maybe")
    special = make([[math.nan, 1, 0], [math.inf, 0, -1], [1, -math.inf, 3]], "float32")
    for ord in (None, 0, 1, 2, 3, -1, math.inf, -math.inf):
        g.case("linalg.norm", [special], [ord, 1], lambda v, o=ord: L.norm(v, o, 1))
    zeros = make([[0, 2, 0], [0, 0, 0]], "float32")
    for ord in (None, 0, 3, -1, -2, 0.5):
        g.case("linalg.norm", [zeros], [ord, 1], lambda v, o=ord: L.norm(v, o, 1))
    constant = make(np.broadcast_to(g.rng.normal(size=(1, 5)), (3, 5)), "float32")
    for ord in (None, 1, math.inf):
        one(constant, ord, 1)
        one(constant, ord, 0)
    x = sample(g.rng, "float32", (2, 3))
    for args in [(3,), (0,), ("xx",), (1, [0, 1, 1]), (1, 2), ("fro", 0), (2, []), (None, [0, 0])]:
        g.case("linalg.norm", [x], list(args), lambda v, a=args: L.norm(v, *a), raises=True)
    cube = sample(g.rng, "float32", (2, 2, 2))
    for args in [(1,), ("fro",), (None, [0, 1, 2])]:
        g.case("linalg.norm", [cube], list(args), lambda v, a=args: L.norm(v, *a), raises=True)
    g.case("matrixNorm", [x], [1, DEFAULT, True], lambda v: mx.matrix_norm(v, 1, keepdims=True), scale=8)


def spectral(g):
    """The norms that need singular values."""
    def one(x, ord, axis=None, keep=False):
        args = [ord, axis, keep] if keep else [ord, axis] if axis is not None else [ord]
        run = lambda v: L.norm(v, ord, axis, keep)
        g.case("linalg.norm", [x], args, run, scale=8 * largest(run(x)) if x.size else 1)

    for dtype in ("float32", "float64", "complex64"):
        for shape in [(1, 1), (4, 3), (3, 5)]:
            x = sample(g.rng, dtype, shape)
            for ord in ("nuc", 2, -2):
                one(x, ord)
        x = sample(g.rng, dtype, (2, 3, 4))
        for axes in ([0, 1], [-1, 0], [2, 1]):
            for ord in ("nuc", 2, -2) if dtype == "float32" else ("nuc", 2):
                one(x, ord, axes, axes[0] == 2)
    empty = make(np.zeros((0, 3)), "float32")
    one(empty, "nuc")
    for ord in (2, -2):
        g.case("linalg.norm", [empty], [ord], lambda v, o=ord: L.norm(v, o), raises=True)


def products(g):
    for dtype in [*FLOATS, "complex64", "int32", "uint8", "int64", "bool"]:
        for sa, sb, axis in [((3,), (3,), -1), ((2,), (2,), -1), ((2,), (3,), -1), ((3,), (2,), -1), ((4, 3), (3,), -1), ((3, 4), (3, 4), 0), ((2, 5, 3), (5, 2), 2 - 3)]:
            if dtype == "bool" and sa[axis] != sb[axis]:
                continue
            if dtype not in ("float32", "int32") and len(sa) > 1:
                continue
            a, b = sample(g.rng, dtype, sa), sample(g.rng, dtype, sb)
            scale = 2 * largest(a) * largest(b)
            g.case("linalg.cross", [a, b], [] if axis == -1 else [axis], lambda x, y, i=axis: L.cross(x, y, i), scale=scale)
    for sa, sb, axis in [((3, 1, 3), (5, 2), -1), ((3, 4), (3, 1), 0), ((2, 3, 2), (3, 2), -2), ((0, 3), (1, 3), -1), ((2, 4), (3, 4), -2)]:
        a, b = sample(g.rng, "float32", sa), sample(g.rng, "float32", sb)
        g.case("linalg.cross", [a, b], [axis], lambda x, y, i=axis: L.cross(x, y, i), scale=2 * largest(a) * largest(b))
    a, b = sample(g.rng, "int32", (3,)), sample(g.rng, "float16", (3,))
    g.case("linalg.cross", [a, b], [], lambda x, y: L.cross(x, y), scale=2 * largest(a) * largest(b))
    for sa, sb, axis in [((4,), (3,), -1), ((3,), (1,), -1), ((3,), (3,), 1), ((2, 3), (4, 3), -1), ((), (), -1)]:
        a, b = sample(g.rng, "float32", sa), sample(g.rng, "float32", sb)
        g.case("linalg.cross", [a, b], [axis], lambda x, y, i=axis: L.cross(x, y, i), raises=True)


def transposes(g):
    for dtype, shape in [("float32", (2, 3)), ("int32", (2, 3, 4)), ("complex64", (1, 2, 1)), ("bool", (0, 3)), ("float16", (2, 1, 3, 2))]:
        g.case("matrixTranspose", [sample(g.rng, dtype, shape)], [], lambda x: mx.matrix_transpose(x))
    g.case("matrixTranspose", [sample(g.rng, "float32", (3,))], [], lambda x: mx.matrix_transpose(x), raises=True)


def refused(g):
    ops = {"qr": L.qr, "lu": L.lu, "luFactor": L.lu_factor, "cholesky": L.cholesky, "choleskyInv": L.cholesky_inv, "inv": L.inv, "triInv": L.tri_inv, "det": L.det, "slogdet": L.slogdet}
    for name, f in ops.items():
        op = f"linalg.{name}"
        g.case(op, [sample(g.rng, "float32", (3,))], [], f, raises=True)
        g.case(op, [sample(g.rng, "complex64", (2, 2))], [], f, raises=True)
        if name not in ("det", "slogdet"):
            g.case(op, [sample(g.rng, "int32", (2, 2))], [], f, raises=True)
            g.case(op, [sample(g.rng, "float16", (2, 2))], [], f, raises=True)
        if name not in ("qr", "lu", "luFactor"):
            g.case(op, [sample(g.rng, "float32", (2, 3))], [], f, raises=True)
    for name, f in [("solve", L.solve), ("solveTriangular", L.solve_triangular)]:
        for sa, sb in [((3,), (3,)), ((2, 3), (2,)), ((2, 2), (3,)), ((2, 2), ()), ((2, 2, 2), (3, 2))]:
            g.case(f"linalg.{name}", [sample(g.rng, "float32", sa), sample(g.rng, "float32", sb)], [], f, raises=True)
        for dtype in ("int32", "float16", "complex64"):
            x = sample(g.rng, dtype, (2, 2))
            g.case(f"linalg.{name}", [x, x], [], f, raises=True)
    singular = make([[1, 2], [2, 4]], "float32")
    g.case("linalg.inv", [singular], [], lambda x: L.inv(x), raises=True)
    g.case("linalg.solve", [singular, make([1, 2], "float32")], [], lambda x, y: L.solve(x, y), raises=True)
    hole = make([[1, 0], [3, 0]], "float32")
    g.case("linalg.triInv", [hole], [], lambda x: L.tri_inv(x), raises=True)
    g.case("linalg.choleskyInv", [hole], [], lambda x: L.cholesky_inv(x), raises=True)
    g.case("linalg.solveTriangular", [hole, make([1, 2], "float32")], [], lambda x, y: L.solve_triangular(x, y), raises=True)


def linalg(g):
    factorisations(g)
    inverses(g)
    systems(g)
    determinants(g)
    norms(g)
    spectral(g)
    products(g)
    transposes(g)
    refused(g)
