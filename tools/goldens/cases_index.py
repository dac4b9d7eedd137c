"""Reading and writing by index, sorting, and casts."""

import math

import mlx.core as mx
import numpy as np

from cases_common import ALL, DTYPES, FLOATS, INTS, R0, R1, R2, R3, Ref, limits, make, sample, vector

S = slice


def ints(values, dtype="int32"):
    return make(values, dtype)


def resolve(spec, tensors):
    """An index specification with its tensors in place, as Python indexes."""
    parts = [tensors[p.index] if isinstance(p, Ref) else mx.array(p) if isinstance(p, list) else p for p in spec]
    return tuple(parts) if len(parts) != 1 else parts[0]


# Index, tensors it refers to (from R1 on), over x of shape (5, 4, 3).
BASIC = [
    [0], [-1], [4], [1, 2], [1, 2, 0], [-1, -2, -3], [S(None)], [S(1, 4)], [S(None, -1)], [S(-3, None)], [S(None, None, 2)], [S(None, None, -1)],
    [S(4, 0, -2)], [S(3, 1)], [S(10, 20)], [S(-100, 100)], [S(None, 2), S(1, None)], [S(None), 1], [S(None), S(None), -1], [..., 0], [..., S(None, None, 2)],
    [0, ...], [0, ..., 1], [...], [None], [None, 0], [0, None], [S(None), None, 1], [..., None], [None, ..., None], [S(1, 3), None, S(None), 2],
    [S(None, None, 3), S(None, None, 2), S(None, None, 2)], [S(None, None, -2), S(None, None, -1), S(2, None, -1)], [1, S(0, 0)], [S(2, 3), S(1, 2), S(0, 1)],
]  # fmt: skip
ADVANCED = [
    ([R1], [[0, 2, 4]]), ([R1], [[-1, -5, 0]]), ([R1], [[[0, 1], [2, 3]]]), ([R1], [3]), ([R1], [[]]), ([S(None), R1], [[0, 3, 3]]), ([..., R1], [[2, 0]]),
    ([R1, R2], [[0, 1, 2], [3, 2, 1]]), ([R1, R2, R3], [[0, 4], [1, 0], [2, 2]]), ([R1, R2], [[[0], [1]], [1, 2, 3]]), ([R1, 1], [[0, 2]]), ([1, R1], [[0, 2]]),
    ([R1, S(None), R2], [[0, 1], [0, 2]]), ([S(None), R1, R2], [[0, 1], [2, 0]]), ([R1, S(1, 3)], [[4, 0]]), ([S(1, 4), R1], [[3, 0]]), ([None, R1], [[1, 2]]), ([R1, None], [[1, 2]]),
    ([R1, ..., R2], [[0, 1], [2, 1]]), ([0, S(None), R1], [[0, 2]]), ([S(None, None, 2), R1], [[3, 1, 0]]), ([R1, None, R2], [[0, 1], [0, 2]]), ([S(None, None, -1), R1, 0], [[3, 0]]),
]  # fmt: skip


def indexing(g):
    x = make(np.arange(60).reshape(5, 4, 3), "float32")
    for spec in BASIC:
        g.case("at", [x], [R0, *spec], lambda x, s=spec: x[resolve(s, [x])])
    for dtype in ALL:
        y = sample(g.rng, dtype, (5, 4, 3))
        for spec in ([S(1, 4), 2], [S(None, None, -1), ..., S(None, None, 2)]):
            g.case("at", [y], [R0, *spec], lambda x, s=spec: x[resolve(s, [x])])
        for spec, arrays in (([R1], [[4, 0, -1]]), ([R1, R2], [[0, 1, 2], [3, -1, 1]])):
            tensors = [ints(a) for a in arrays]
            g.case("at", [y, *tensors], [R0, *spec], lambda *t, s=spec: t[0][resolve(s, t)])
    for index_type in INTS:
        g.case("at", [x, ints([0, 2, 4], index_type)], [R0, R1], lambda x, i: x[i])
    for spec, arrays in ADVANCED:
        tensors = [ints(np.array(a, dtype=np.int32)) for a in arrays]
        g.case("at", [x, *tensors], [R0, *spec], lambda *t, s=spec: t[0][resolve(s, t)])
    g.case("at", [x], [R0, [0, 2]], lambda x: x[mx.array([0, 2])])
    for spec in ([0, 0, 0, 0], [..., 0, ...]):
        g.case("at", [x], [R0, *spec], lambda x, s=spec: x[resolve(s, [x])], raises=True)
    flat = make(np.arange(10), "int32")
    for spec in ([3], [-3], [S(2, 8, 3)], [S(None, None, -3)], [S(7, None, -2)], [None, S(0, 2)], [S(0, 10, 10)]):
        g.case("at", [flat], [R0, *spec], lambda x, s=spec: x[resolve(s, [x])])
    taking(g)
    along(g)


def taking(g):
    for dtype in ALL:
        x = sample(g.rng, dtype, (3, 4, 5))
        g.case("take", [x, ints([2, 0, 1, 1])], [0], lambda x, i: mx.take(x, i, 0))
    x = sample(g.rng, "float32", (3, 4, 5))
    for axis, index in [(0, [2, 0]), (1, [3, -1, 0]), (2, [[0, 4], [2, 2]]), (-1, [1]), (1, 2), (0, []), (0, -3)]:
        i = ints(np.array(index, dtype=np.int32))
        g.case("take", [x, i], [axis], lambda x, i, a=axis: mx.take(x, i, a))
    g.case("take", [x, ints([0, 59, -1, 7])], [], lambda x, i: mx.take(x, i))
    g.case("take", [x], [R0, 2, 1], lambda x: mx.take(x, 2, 1))
    for index_type in INTS:
        g.case("take", [x, ints([0, 2], index_type)], [1], lambda x, i: mx.take(x, i, 1))
    g.case("take", [sample(g.rng, "float32", (50, 8)), ints([[3, 49, 0], [7, 7, 7]])], [0], lambda x, i: mx.take(x, i, 0))
    g.case("take", [x, ints([0])], [3], lambda x, i: mx.take(x, i, 3), raises=True)
    g.case("take", [x, make([0.0], "float32")], [0], lambda x, i: mx.take(x, i, 0), raises=True)


def along(g):
    for dtype in ALL:
        x = sample(g.rng, dtype, (3, 4))
        i = ints(g.rng.integers(0, 4, (3, 2)))
        g.case("takeAlongAxis", [x, i], [1], lambda x, i: mx.take_along_axis(x, i, 1))
    for dims, index_dims, axis in [((3, 4, 5), (3, 4, 2), 2), ((3, 4, 5), (3, 7, 5), 1), ((3, 4, 5), (2, 4, 5), 0), ((3, 4), (3, 1), -1), ((3, 4), (1, 2), 1), ((3, 4), (3, 0), 1), ((1, 4), (3, 2), 1)]:
        x = sample(g.rng, "float32", dims)
        n = dims[axis]
        i = ints(g.rng.integers(-n, n, index_dims))
        g.case("takeAlongAxis", [x, i], [axis], lambda x, i, a=axis: mx.take_along_axis(x, i, a))
    x = sample(g.rng, "float32", (3, 4))
    i = ints([5, 0, 11])
    g.case("takeAlongAxis", [x, i], [None], lambda x, i: mx.take_along_axis(x, i, None))
    g.case("takeAlongAxis", [x, ints([1, 2])], [0], lambda x, i: mx.take_along_axis(x, i, 0), raises=True)
    g.case("takeAlongAxis", [x, make([[0.0]], "float32")], [0], lambda x, i: mx.take_along_axis(x, i, 0), raises=True)
    for index_type in ("uint8", "int64", "uint32"):
        g.case("takeAlongAxis", [x, ints([[0, 3], [1, 1], [2, 0]], index_type)], [1], lambda x, i: mx.take_along_axis(x, i, 1))
    for dtype in ALL:
        x, v = sample(g.rng, dtype, (3, 4)), sample(g.rng, dtype, (3, 2))
        g.case("putAlongAxis", [x, ints([[0, 3], [2, 1], [1, -1]]), v], [1], lambda x, i, v: mx.put_along_axis(x, i, v, 1))
    x = sample(g.rng, "float32", (3, 4, 5))
    for axis, dims in [(0, (2, 4, 5)), (1, (3, 2, 5)), (2, (3, 4, 1))]:
        # Distinct places along the axis, so that the result does not depend on the order of writing.
        i = np.argsort(g.rng.random((3, 4, 5)), axis=axis)[tuple(S(0, d) for d in dims)]
        i = ints(i)
        v = sample(g.rng, "float32", dims)
        g.case("putAlongAxis", [x, i, v], [axis], lambda x, i, v, a=axis: mx.put_along_axis(x, i, v, a))
        g.case("putAlongAxis", [x, i, make(9.0, "float32")], [axis], lambda x, i, v, a=axis: mx.put_along_axis(x, i, v, a))


def update(g):
    """Assignment, and the accumulating forms; places are distinct wherever a later write would win."""

    def put(spec):
        def run(*t):
            value = t[-1]
            x = mx.array(t[0])
            x[resolve(spec, t)] = value
            return x

        return run

    def accumulate(spec, mode):
        return lambda *t: getattr(t[0].at[resolve(spec, t)], mode)(t[-1])

    x = make(np.arange(60).reshape(5, 4, 3), "float32")
    targets = [
        ([0], (4, 3)), ([-1], (3,)), ([1, 2], (3,)), ([1, 2, 0], ()), ([S(None)], (5, 4, 3)), ([S(1, 4)], (3, 4, 3)), ([S(1, 4)], (1, 1, 3)), ([S(None, None, 2)], (3, 4, 3)),
        ([S(None, None, -1)], (5, 4, 3)), ([S(4, 0, -2), 1], (2, 3)), ([..., 0], (5, 4)), ([..., 0], ()), ([S(None), 1], (5, 3)), ([S(1, 3), S(None), S(None, None, 2)], (2, 4, 2)),
        ([...], ()), ([None, 0], (1, 4, 3)), ([S(3, 1)], (0, 4, 3)), ([0, ..., 1], (4,)), ([S(None, None, 3), S(None, None, 2), 2], (2, 2)),
    ]  # fmt: skip
    for spec, dims in targets:
        v = sample(g.rng, "float32", dims)
        g.case("set", [x, v], [R0, list(spec), R1], put(spec))
    for spec, arrays in [([R1], [[0, 2, 4]]), ([R1], [[-1, 1]]), ([S(None), R1], [[0, 3]]), ([R1, R2], [[0, 1, 2], [3, 2, 1]]), ([R1, S(1, 3)], [[4, 0]]), ([R1, S(None), R2], [[0, 1], [0, 2]]), ([..., R1], [[2, 0]]), ([1, R1], [[0, 2]]), ([R1, None], [[1, 2]])]:
        tensors = [ints(a) for a in arrays]
        dims = tuple(x[resolve(spec, [x, *tensors])].shape)
        for value_dims in (dims, (), dims[-1:]):
            v = sample(g.rng, "float32", value_dims)
            g.case("set", [x, *tensors, v], [R0, list(spec), Ref(len(tensors) + 1)], put(spec))
    for dtype in ALL:
        y, v = sample(g.rng, dtype, (5, 4)), sample(g.rng, dtype, (2, 4))
        g.case("set", [y, v], [R0, [S(1, 3)], R1], put([S(1, 3)]))
        g.case("set", [y, ints([3, 0]), v], [R0, [R1], R2], put([R1]))
    y = sample(g.rng, "int32", (5, 4))
    g.case("set", [y, make([1.7, -2.2, 3.0, 4.9], "float32")], [R0, [2], R1], put([2]))
    g.case("set", [y], [R0, [S(0, 2)], 7], lambda y: put([S(0, 2)])(y, 7))
    g.case("set", [y, make([[True], [False], [True], [False], [True]], "bool")], [R0, [R1], 0], lambda y, m: put([R1])(y, m, 0), raises="maybe")
    mask = make(g.rng.integers(0, 2, (5, 4)), "bool")
    g.case("set", [y, mask], [R0, [R1], -5], lambda y, m: put([R1])(y, m, -5))
    g.case("set", [x, sample(g.rng, "float32", (5,))], [R0, [0], R1], put([0]), raises=True)
    g.case("set", [x, sample(g.rng, "float32", (2, 4, 3))], [R0, [S(0, 3)], R1], put([S(0, 3)]), raises=True)
    for mode in ("add", "subtract", "multiply", "divide", "maximum", "minimum"):
        for spec, arrays in [([S(1, 3)], []), ([0], []), ([R1], [[0, 0, 4, 0]]), ([R1, R2], [[0, 1, 0], [3, 2, 3]]), ([S(None), R1], [[1, 1, 2]])]:
            if mode == "divide" and arrays:
                continue
            tensors = [ints(a) for a in arrays]
            for dtype in ("float32", "int32") if mode != "divide" else ("float32",):
                base = make(np.arange(1, 61).reshape(5, 4, 3), dtype)
                dims = tuple(base[resolve(spec, [base, *tensors])].shape)
                # Small integers, so that the order of accumulation cannot show.
                v = make(g.rng.integers(1, 4, dims), dtype)
                g.case(f"at.{mode}", [base, *tensors, v], [R0, list(spec), Ref(len(tensors) + 1)], accumulate(spec, mode))


def sort(g):
    for dtype in ALL:
        x = sample(g.rng, dtype, (3, 7), 3.0)
        if dtype != "complex64":
            g.case("sort", [x], [-1], lambda x: mx.sort(x, -1))
            g.case("sort", [x], [0], lambda x: mx.sort(x, 0))
            g.case("argsort", [x], [-1], lambda x: mx.argsort(x, -1))
            g.case("topk", [x], [3, -1], lambda x: mx.topk(x, 3, -1), check="topk")
            g.case("partition", [x], [3, -1], lambda x: mx.partition(x, 3, -1), check="partition")
            g.case("argpartition", [x], [3, -1], lambda x: mx.argpartition(x, 3, -1), check="argpartition")
    for dims, axis in [((2, 3, 4), 1), ((2, 3, 4), 0), ((257,), 0), ((1,), 0), ((3, 1), 0), ((0,), 0), ((3, 0), 1), ((0, 3), 1), ((4, 65), -1), ((65, 4), 0)]:
        x = sample(g.rng, "float32", dims, 3.0)
        g.case("sort", [x], [axis], lambda x, a=axis: mx.sort(x, a))
        g.case("argsort", [x], [axis], lambda x, a=axis: mx.argsort(x, a))
        if math.prod(dims) > 0:
            k = max(1, dims[axis] // 2)
            g.case("topk", [x], [k, axis], lambda x, k=k, a=axis: mx.topk(x, k, a), check="topk")
            kth = dims[axis] // 2
            g.case("partition", [x], [kth, axis], lambda x, k=kth, a=axis: mx.partition(x, k, a), check="partition")
            g.case("argpartition", [x], [kth, axis], lambda x, k=kth, a=axis: mx.argpartition(x, k, a), check="argpartition")
    ties = make([[3, 1, 3, 1, 2, 2, 1], [0, 0, 0, 0, 0, 0, 0], [7, 6, 5, 4, 3, 2, 1]], "int32")
    g.case("argsort", [ties], [1], lambda x: mx.argsort(x, 1))
    g.case("sort", [ties], [], mx.sort)
    g.case("argsort", [ties], [], mx.argsort)
    g.case("sort", [ties], [None], lambda x: mx.sort(x, None))
    for dtype in ("float32", "float16", "bfloat16", "float64"):
        values = [[math.nan, 1, -math.inf, math.inf, 0], [2, math.nan, math.nan, -1, 1], [-0.0, 0.0, -0.0, 0.0, -1]]
        g.case("sort", [make(values, dtype)], [1], lambda x: mx.sort(x, 1))
        g.case("argsort", [make(values, dtype)], [1], lambda x: mx.argsort(x, 1))
    for dtype in INTS:
        low, high = limits(dtype)
        g.case("sort", [make(np.array([high, low, 1, high - 1, low + 1, 0], dtype=dtype), dtype)], [0], lambda x: mx.sort(x, 0))
    x = sample(g.rng, "float32", (3, 7))
    for k in (1, 7):
        g.case("topk", [x], [k], lambda x, k=k: mx.topk(x, k), check="topk")
    for kth in (0, 6, -1):
        g.case("partition", [x], [kth, 1], lambda x, k=kth: mx.partition(x, k, 1), check="partition")
    g.case("topk", [x], [8, 1], lambda x: mx.topk(x, 8, 1), raises=True)
    g.case("partition", [x], [7, 1], lambda x: mx.partition(x, 7, 1), raises=True)
    g.case("sort", [x], [2], lambda x: mx.sort(x, 2), raises=True)


def astype(g):
    """Every pair of dtypes, over the values whose conversion C++ defines: in range, and no NaN into an integer."""
    for source in ALL:
        for target in ALL:
            x = vector(g.rng, source, 120)
            values = np.array(x.astype(mx.float32) if source == "bfloat16" else x)
            if source in FLOATS and target in INTS:
                low, high = limits(target)
                wide = values.astype(np.float64)
                inside = np.isfinite(wide) & (wide > low - 1.0) & (wide < high + 1.0) & (np.abs(wide) < 2.0**62)
                extra = np.array([low, min(high, 2**52), 1.5, -0.5, 0.99, 2.5]) if low == 0 else np.array([low, -1.5, 1.5, 0.99, -0.99, 2.5])
                limit = {"float16": 60000, "bfloat16": 2**62, "float32": 2**62, "float64": 2**62}[source]
                extra = extra[np.abs(extra) <= limit]
                kept = np.concatenate([wide[inside], extra])
                x = make(kept, source)
                check = np.array(x.astype(mx.float64))
                x = make(check[(check > low - 1.0) & (check < high + 1.0) & (check <= 2.0**62)], source)
            elif source == "complex64":
                low = 0 if target == "bool" or target.startswith("u") else -100
                x = make(np.where(values.real < low, -values.real, values.real) + 1j * values.imag, source)[:60]
            g.case("astype", [x], [DTYPES[target]], lambda x, t=target: x.astype(DTYPES[t]), map=True)
    ties = [2049.0, 2051.0, 1.0009765625, 65519.0, 65520.0, 2.0**-25, 3 * 2.0**-25, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 3.3895314e38, 3.4e38, math.nan, -math.nan, 5.9e-8]
    for target in ("float16", "bfloat16"):
        g.case("astype", [make(ties, "float32")], [DTYPES[target]], lambda x, t=target: x.astype(DTYPES[t]), map=True)
