"""Searching, differences, counts, bit views, einsum, windows, masks, NaN-safe reductions (by NumPy), and the functions of mlx.nn."""

import math

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from cases_common import ALL, DTYPES, FLOATS, INTS, R0, R1, R2, REAL, DEFAULT, Ref, limits, make, sample, vector, wide

NAN = math.nan


def numeric(g):
    aliases(g)
    small(g)
    search(g)
    distinct(g)
    bits(g)
    windows(g)
    contractions(g)
    masks(g)
    nans(g)
    activations(g)


def aliases(g):
    x = sample(g.rng, "float32", (3, 4), 0.4)
    for name, run in {"acos": mx.acos, "asin": mx.asin, "asinh": mx.asinh, "atan": mx.atan, "atanh": mx.atanh}.items():
        g.case(name, [x], [], run, truth=lambda v, n=name: getattr(np, n)(v))
    g.case("acosh", [mx.abs(x) + 1.5], [], mx.acosh, truth=np.acosh)
    g.case("atan2", [x, x[::-1]], [], mx.atan2, truth=np.atan2)
    g.case("pow", [mx.abs(x) + 0.1, x], [], mx.pow, truth=np.power)
    g.case("pow", [make([2, 3, -2], "int32"), make([3, 0, 5], "int32")], [], mx.pow)
    i, k = make([[1, 5, 255]], "uint8"), make([[1], [3]], "uint8")
    g.case("bitwiseLeftShift", [i, k], [], mx.bitwise_left_shift)
    g.case("bitwiseRightShift", [i, k], [], mx.bitwise_right_shift)
    g.case("conj", [sample(g.rng, "complex64", (2, 3))], [], mx.conj)
    g.case("conj", [x], [], mx.conj)
    y = sample(g.rng, "int32", (3, 4))
    g.case("cumulativeSum", [y], [1, True], lambda x: mx.cumulative_sum(x, 1, reverse=True))
    g.case("cumulativeProd", [y], [0], lambda x: mx.cumulative_prod(x, 0))
    g.case("permuteDims", [sample(g.rng, "int8", (2, 3, 4))], [[2, 0, 1]], lambda x: mx.permute_dims(x, [2, 0, 1]))
    g.case("permuteDims", [y], [], mx.permute_dims)
    g.case("var", [x], [0, True, 1], lambda x: mx.var(x, 0, True, 1), truth=lambda v: np.var(v, 0, ddof=1, keepdims=True))
    g.case("concat", [x, x], [[R0, R1], 1], lambda a, b: mx.concat([a, b], 1))
    g.case("concat", [x, y], [[R0, R1], None], lambda a, b: mx.concat([a, b], None))
    g.case("empty", [], [[2, 3]], lambda: mx.empty((2, 3)))
    g.case("empty", [], [[2], mx.int8], lambda: mx.empty((2,), mx.int8))


def small(g):
    for dtype in FLOATS:
        g.case("trunc", [vector(g.rng, dtype, 150)], [], mx.trunc, map=True)
    for dtype in ("bool", "int8", "uint64"):
        g.case("trunc", [sample(g.rng, dtype, (7,))], [], mx.trunc)
    g.case("trunc", [sample(g.rng, "complex64", (3,))], [], mx.trunc, raises=True)
    for dtype in ALL:
        x = sample(g.rng, dtype, (2, 3))
        g.case("positive", [x], [], mx.positive)
        g.case("stopGradient", [x], [], mx.stop_gradient)
        g.case("emptyLike", [x], [], mx.zeros_like)
        g.case("depends", [x], [R0, R0], lambda x: mx.depends(x, x))
        g.case("countNonzero", [x], [0, True], lambda x: mx.count_nonzero(x, axis=0, keepdims=True))
        if dtype not in ("complex64",):
            g.case("diff", [x], [1, 1], lambda x: mx.diff(x, 1, 1))
            g.case("minmax", [x], [1], lambda x: mx.minmax(x, 1))
    g.case("diff", [sample(g.rng, "complex64", (4, 2))], [2, 0], lambda x: mx.diff(x, 2, 0))
    g.case("emptyLike", [sample(g.rng, "int32", (2,))], [mx.float16], lambda x: mx.zeros_like(x).astype(mx.float16))
    c = make([[1, 0, NAN], [0, -0.0, 0]], "float32")
    for args, run in [([], mx.count_nonzero), ([None, True], lambda x: mx.count_nonzero(x, keepdims=True)), ([[0, 1]], lambda x: mx.count_nonzero(x, axis=(0, 1))), ([[]], lambda x: mx.count_nonzero(x, axis=())), ([-1], lambda x: mx.count_nonzero(x, axis=-1))]:
        g.case("countNonzero", [c], args, run)
    g.case("countNonzero", [make(np.zeros((0, 3)), "int32")], [0], lambda x: mx.count_nonzero(x, axis=0))
    g.case("countNonzero", [c], [2], lambda x: mx.count_nonzero(x, axis=2), raises=True)
    g.case("minmax", [c], [], mx.minmax)
    g.case("minmax", [make(np.zeros((0,)), "float32")], [], mx.minmax, raises=True)
    x = make(np.round(g.rng.normal(size=(3, 5, 4)) * 8), "float32")
    for n, axis in [(0, 0), (1, 0), (2, 1), (3, -1), (4, 2), (9, 1), (1, -3)]:
        g.case("diff", [x], [n, axis], lambda x, n=n, a=axis: mx.diff(x, n, a))
    g.case("diff", [x], [], mx.diff)
    for dims, axis in [((0,), 0), ((1,), 0), ((3, 0), 0)]:
        g.case("diff", [make(np.zeros(dims), "float32")], [1, axis], lambda x, a=axis: mx.diff(x, 1, a))
    g.case("diff", [x], [-1], lambda x: mx.diff(x, -1), raises=True)
    g.case("diff", [x], [1, 3], lambda x: mx.diff(x, 1, 3), raises=True)
    g.case("diff", [make(1.0, "float32")], [], mx.diff, raises=True)


def search(g):
    def both(a, v):
        for side in ("left", "right"):
            g.case("searchsorted", [a, v], [side], lambda a, v, s=side: mx.searchsorted(a, v, s))

    for dtype in ALL:
        if dtype == "complex64":
            continue
        a = mx.sort(sample(g.rng, dtype, (23,), 3.0))
        both(a, mx.concatenate([a[::3], sample(g.rng, dtype, (9,), 4.0)]).reshape(-1, 1)[:16].reshape(4, 4))
    both(make([1 + 0j, 1 + 1j, 2 - 1j, 2 + 0j], "complex64"), make([1 + 1j, 1 + 2j, 0, 2 + 0j], "complex64"))
    for dtype in FLOATS:
        a = make([-math.inf, -1, -0.0, 0.0, 0.0, 2, math.inf, NAN, NAN], dtype)
        both(a, make([NAN, 0.0, -0.0, math.inf, -math.inf, 1, -1, 2], dtype))
    for dtype in INTS:
        low, high = limits(dtype)
        a = make(np.array([low, low, 0, 1, high - 1, high, high], dtype=dtype), dtype)
        both(a, make(np.array([low, high, high - 1, 1, 2], dtype=dtype), dtype))
    for n in (0, 1, 2, 3, 64, 257):
        both(mx.arange(n, dtype=mx.float32), make([[-1, 0, 0.5], [n - 1, n, n / 2]], "float32"))
    both(make([1, 2, 2, 4], "int32"), make(2, "int32"))
    both(make([1, 2, 3], "int32"), make(np.zeros((0, 2)), "int32"))
    g.case("searchsorted", [make([1, 2, 3], "int32"), make([1.5, NAN], "float32")], [], mx.searchsorted)
    g.case("searchsorted", [make([1, 3], "int32")], [R0, 2], lambda a: mx.searchsorted(a, mx.array(2)))
    g.case("searchsorted", [make([[1.0]], "float32"), make([1.0], "float32")], [], mx.searchsorted, raises=True)
    g.case("searchsorted", [make(1.0, "float32"), make([1.0], "float32")], [], mx.searchsorted, raises=True)
    g.case("searchsorted", [make([1.0], "float32"), make([1.0], "float32")], ["middle"], lambda a, v: mx.searchsorted(a, v, "middle"), raises=True)


def distinct(g):
    every = {"returnIndex": True, "returnInverse": True, "returnCounts": True}

    def case(x, size, options=None, **kw):
        options = options or {}
        snake = {"returnIndex": "return_index", "returnInverse": "return_inverse", "returnCounts": "return_counts", "fillValue": "fill_value"}
        kwargs = {snake[k]: v for k, v in options.items()}
        if isinstance(options.get("fillValue"), Ref):
            g.case("unique", [x, kw.pop("fill")], [R0, size, options], lambda x, f: mx.unique(x, size, **{**kwargs, "fill_value": f}), **kw)
        else:
            g.case("unique", [x], [R0, size, options], lambda x: mx.unique(x, size, **kwargs), **kw)

    for dtype in ALL:
        if dtype == "complex64":
            continue
        x = sample(g.rng, dtype, (4, 6), 1.0)
        if dtype in FLOATS:
            x = mx.round(x)
        count = len(np.unique(wide(x)))
        for size in (count, 1, count + 3):
            case(x, size, every)
        case(x, count)
    case(make([1 + 1j, 1 - 1j, 1 + 1j, 0], "complex64"), 4, every)
    for dtype in FLOATS:
        case(make([NAN, 1, NAN, -0.0, 0.0, math.inf, -math.inf], dtype), 7, every)
    for dtype in INTS:
        low, high = limits(dtype)
        case(make(np.array([high, low, 1, high - 1, low, high], dtype=dtype), dtype), 5, every)
    x = make([[3, 1], [2, 1]], "int32")
    case(x, 6, {"fillValue": 9, **every})
    case(x, 6, {"fillValue": Ref(1)}, fill=make([7], "int32"))
    case(x, 6, {"fillValue": Ref(1)}, fill=make(2.5, "float32"))
    case(x, 6, {"fillValue": Ref(1)}, fill=make([1, 2], "int32"), raises=True)
    case(x, 0, every)
    case(x, 2, {"returnCounts": True})
    case(x, 3, {"returnInverse": True})
    case(make(5, "int32"), 2, every)
    case(make(np.zeros((0, 2)), "float32"), 3, {"fillValue": 7, **every})
    case(make(np.zeros((0,)), "float32"), 0, every)
    case(make(np.zeros((0,)), "float32"), 3, every, raises=True)
    case(x, -1, raises=True)
    case(make(g.rng.integers(0, 50, (257,)), "uint8"), 60, every)
    case(make(np.round(g.rng.normal(size=(9, 31)) * 8), "float32"), 40, every)


def bits(g):
    for source in ALL:
        for target in ALL:
            if target == "bool":
                continue
            x = sample(g.rng, source, (2, 8))
            g.case("view", [x], [DTYPES[target]], lambda x, t=target: x.view(DTYPES[t]))
    g.case("view", [make([0, 1, 1], "uint8")], [mx.bool_], lambda x: x.view(mx.bool_))
    f, u, b = make(1.5, "float32"), mx.int32, mx.int8
    g.case("view", [f], [u], lambda x: x.view(u))
    g.case("view", [f], [b], lambda x: x.view(b), raises=True)
    for dims, ok in [((0,), True), ((2, 0), True), ((0, 3), False), ((3,), False), ((2, 3), False), ((3, 2), True), ((3, 1, 4), True)]:
        g.case("view", [make(np.ones(dims), "float32")], [mx.int64], lambda x: x.view(mx.int64), raises=None if ok else True)


def windows(g):
    forms = {
        "bartlett": (mx.bartlett, np.bartlett),
        "blackman": (mx.blackman, np.blackman),
        "hamming": (mx.hamming, np.hamming),
        "hanning": (mx.hanning, np.hanning),
    }
    for name, (run, truth) in forms.items():
        for m in (-1, 0, 1, 2, 3, 4, 5, 31, 64, 257):
            g.case(name, [], [m], lambda run=run, m=m: run(m), truth=truth(m), scale=1)


def contractions(g):
    def case(text, *dims, dtype="float32", **kw):
        arrays = [make(g.rng.integers(-3, 4, d) if dtype != "complex64" else g.rng.integers(-3, 4, d) + 1j * g.rng.integers(-3, 4, d), dtype) for d in dims]
        g.case("einsum", arrays, [text, *[Ref(i) for i in range(len(dims))]], lambda *t: mx.einsum(text, *t), **kw)

    for text, *dims in [
        ("ij,jk->ik", (3, 4), (4, 5)), ("ij,jk", (3, 4), (4, 5)), ("ba", (2, 3)), ("ij->ji", (2, 3)), ("ii", (3, 3)), ("ii->i", (3, 3)), ("iij->j", (3, 3, 2)), ("ijij->ij", (4, 2, 4, 2)),
        ("iii->i", (3, 3, 3)), ("i->", (5,)), ("ij->", (2, 3)), ("ij->j", (2, 3)), ("i,i", (5,), (5,)), ("i,i->i", (5,), (5,)), ("i,j->ij", (2,), (3,)), ("i,j->ji", (2,), (3,)), ("i,j", (2,), (3,)),
        ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("bhid,bhjd->bhij", (2, 2, 3, 4), (2, 2, 5, 4)), ("bi,bi->b", (3, 40), (3, 40)), ("bi,bi->b", (3, 4), (3, 4)), ("ijk,jil->kl", (2, 3, 4), (3, 2, 5)),
        ("...ij,...jk", (2, 3, 4), (4, 5)), ("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)), ("i...->...", (2, 3)), ("...i->i...", (2, 3)), ("...", (2, 3)), ("...,...", (2, 3), (3,)), ("...i,...i", (2, 3), (3,)),
        ("...->", (2, 3)), ("i...j", (2, 4, 3)), ("ij,jk->ik", (2, 1), (3, 5)), ("ij,ij->ij", (2, 1), (1, 3)), ("ij,ij->", (2, 1), (1, 3)), ("i,i->", (1,), (4,)), (",->", (), ()), (",ij", (), (2, 2)), ("->", ()),
        ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)), ("ij,jk,kl,lm->im", (2, 3), (3, 4), (4, 5), (5, 2)), ("a,b,c->abc", (2,), (3,), (4,)), ("ij,ij,ij->", (2, 3), (2, 3), (2, 3)), ("bi,oij,bj->bo", (2, 3), (4, 3, 5), (2, 5)),
        ("abc,cd,de,ea->b", (2, 3, 4), (4, 3), (3, 2), (2, 2)), ("ea,fb,abcd,gc,hd->efgh", (2, 2), (3, 2), (2, 2, 3, 2), (2, 3), (3, 2)), ("ij,jk", (2, 0), (0, 3)), ("ij,jk->ik", (0, 2), (2, 3)), (" i j , j k -> i k ", (3, 4), (4, 5)),
        ("aB,Bc->ac", (2, 3), (3, 4)), ("i,i,i,i,i,i,i,i,i->i", *[(3,)] * 9),
    ]:  # fmt: skip
        case(text, *dims)
    for dtype in ("float16", "bfloat16", "float64", "complex64"):
        case("bij,bjk->bki", (2, 3, 4), (2, 4, 5), dtype=dtype)
        case("bi,bi->b", (3, 4), (3, 4), dtype=dtype)
    for dtype in ("int32", "uint8", "bool", "int64"):
        case("i,j->ji", (2,), (3,), dtype=dtype)
        case("ii", (3, 3), dtype=dtype)
        case("ij->j", (3, 3), dtype=dtype)
        case("ij,j->ij", (3, 3), (3,), dtype=dtype)
        case("ij,jk->ik", (3, 3), (3, 3), dtype=dtype, raises=True)
    mixed = [make([1, 2], "int32"), make([1, 2], "float16")]
    g.case("einsum", mixed, ["i,i", R0, R1], lambda *t: mx.einsum("i,i", *t))
    for text, *dims in [("ij", (2,)), ("i", (2, 3)), ("i,j", (2,)), ("i", (2,), (3,)), ("i,i", (2,), (3,)), ("ii", (2, 3)), ("i->ii", (2,)), ("i->j", (2,)), ("i1", (2, 3)), ("i..", (2,)), ("...i...", (2, 3)), ("ij...", (2,))]:
        case(text, *dims, raises=True)


def masks(g):
    def put(x, m, v):
        y = mx.array(x)
        y[m] = v
        return y

    def case(x, m, v, **kw):
        g.case("set", [x, m, v], [R0, [R1], R2], put, **kw)

    x = make(np.arange(12).reshape(3, 4), "int32")
    m = make(g.rng.integers(0, 2, (3, 4)), "bool")
    r = make([True, False, True], "bool")
    count = int(mx.sum(m).item())
    for dtype in ALL:
        y = sample(g.rng, dtype, (3, 4))
        case(y, m, sample(g.rng, dtype, ()))
        case(y, m, sample(g.rng, dtype, (count,)))
        case(y, r, sample(g.rng, dtype, (4,)))
        case(y, r, sample(g.rng, dtype, (2, 4)))
    for dims in [(), (count,), (count + 2,)]:
        case(x, m, make(-1 - np.arange(math.prod(dims)).reshape(dims), "int32"))
    case(x, m, make(np.zeros((count - 1,)), "int32"), raises=True)
    case(x, m, make(np.zeros((3, 4)), "int32"), raises=True)
    for dims in [(), (1,), (4,), (2, 4), (2, 1), (3, 4)]:
        case(x, r, make(-1 - np.arange(math.prod(dims)).reshape(dims), "int32"))
    case(x, r, make(np.zeros((3,)), "int32"), raises=True)
    case(x, make([True, False], "bool"), make(1, "int32"), raises=True)
    case(x, make(np.zeros((3, 4)), "bool"), make([1, 2], "int32"))
    case(make(np.zeros((0, 3)), "float32"), make(np.zeros((0, 3)), "bool"), make(2.0, "float32"))
    case(x, m, make(2.7, "float32"))
    case(make(np.arange(24).reshape(2, 3, 4), "float32"), make([[True, False, True], [False, True, True]], "bool"), make(np.arange(16).reshape(4, 4) * 10, "float32"))


def nans(g):
    def case(op, x, args, truth, **kw):
        """NumPy's value in float64 rounded to the dtype takes the place of MLX's, which has no such function."""
        with np.errstate(all="ignore"):
            value = np.asarray(truth(wide(x)))
        dtype = kw.pop("out", None)
        g.case(op, [x], args, lambda x: make(value, dtype), truth=value if dtype in FLOATS else None, **kw)

    values = g.rng.normal(size=(3, 4, 5)) * 2
    values[g.rng.random((3, 4, 5)) < 0.3] = NAN
    values[1, 2] = NAN
    for dtype in FLOATS:
        x = make(values, dtype)
        for axis, keep in [(None, False), (0, False), (2, True), ((0, 2), False)]:
            kw = {"axis": axis, "keepdims": keep}
            args = [list(axis) if isinstance(axis, tuple) else axis, keep]
            scale = 20
            for op, f in {"nansum": np.nansum, "nanprod": np.nanprod, "nanmean": np.nanmean, "nanmax": np.nanmax, "nanmin": np.nanmin, "nanmedian": np.nanmedian, "nanvar": np.nanvar, "nanstd": np.nanstd}.items():
                case(op, x, args, lambda v, f=f, kw=kw: f(v, **kw), out=dtype, **({"scale": scale} if op in ("nansum", "nanmean", "nanvar", "nanstd") else {}))
        case("nanvar", x, [1, False, 1], lambda v: np.nanvar(v, axis=1, ddof=1), out=dtype, scale=20)
        case("nanstd", x, [1, False, 2], lambda v: np.nanstd(v, axis=1, ddof=2), out=dtype, scale=20)
    rows = make(np.where(np.isnan(values), values, np.round(values))[0], "float32")
    for axis, keep in [(None, False), (0, False), (1, True)]:
        for op, f in {"nanargmax": np.nanargmax, "nanargmin": np.nanargmin}.items():
            case(op, rows, [axis, keep], lambda v, f=f, a=axis, k=keep: f(v, axis=a, keepdims=k), out="uint32")
    special = make([[NAN, -math.inf, 1], [NAN, -math.inf, NAN], [math.inf, NAN, 1]], "float32")
    case("nanargmax", special, [1], lambda v: np.array([2, 1, 0]), out="uint32")
    case("nanargmin", special, [1], lambda v: np.array([1, 1, 2]), out="uint32")
    for op, f in {"nansum": np.nansum, "nanmean": np.nanmean, "nanmax": np.nanmax, "nanmin": np.nanmin, "nanvar": np.nanvar, "nanmedian": np.nanmedian}.items():
        case(op, special, [1], lambda v, f=f: f(v, axis=1), out="float32")
    whole = sample(g.rng, "int32", (3, 4))
    for op, f, out in [("nansum", np.nansum, "int32"), ("nanprod", np.nanprod, "int32"), ("nanmax", np.nanmax, "int32"), ("nanmin", np.nanmin, "int32"), ("nanmean", np.nanmean, "float32"), ("nanmedian", np.nanmedian, "float32"), ("nanvar", np.nanvar, "float32"), ("nanargmax", np.nanargmax, "uint32")]:
        case(op, whole, [1], lambda v, f=f: f(v, axis=1), out=out, scale=20)
    z = make([1 + 2j, complex(NAN, 1), 3 - 1j], "complex64")
    case("nansum", z, [], np.nansum, out="complex64")
    case("nanmean", z, [], np.nanmean, out="complex64")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def erf(x):
    return np.vectorize(math.erf)(x)


def softplus(x):
    return np.logaddexp(x, 0)


def activations(g):
    def softmax(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    def elu(x, a=1.0):
        return np.where(x > 0, x, a * np.expm1(np.minimum(x, 0)))

    cubic = math.sqrt(2 / math.pi)
    plain = {
        "sigmoid": (nn.sigmoid, sigmoid), "tanh": (nn.tanh, np.tanh), "relu": (nn.relu, lambda x: np.maximum(x, 0)), "relu2": (nn.relu2, lambda x: np.maximum(x, 0) ** 2),
        "relu6": (nn.relu6, lambda x: np.clip(x, 0, 6)), "leakyRelu": (nn.leaky_relu, lambda x: np.maximum(0.01 * x, x)), "elu": (nn.elu, elu), "celu": (nn.celu, elu), "selu": (nn.selu, lambda x: elu(x, 1.67326) * 1.0507),
        "softplus": (nn.softplus, softplus), "softsign": (nn.softsign, lambda x: x / (1 + np.abs(x))), "softshrink": (nn.softshrink, lambda x: np.where(np.abs(x) > 0.5, x - np.sign(x) * 0.5, 0)),
        "hardShrink": (nn.hard_shrink, lambda x: np.where(np.abs(x) > 0.5, x, 0)), "hardTanh": (nn.hard_tanh, lambda x: np.clip(x, -1, 1)), "hardswish": (nn.hardswish, lambda x: x * np.clip(x + 3, 0, 6) / 6),
        "silu": (nn.silu, lambda x: x * sigmoid(x)), "logSigmoid": (nn.log_sigmoid, lambda x: -softplus(-x)), "mish": (nn.mish, lambda x: x * np.tanh(softplus(x))), "gelu": (nn.gelu, lambda x: x * (1 + erf(x / math.sqrt(2))) / 2),
        "geluApproximate": (nn.gelu_approx, lambda x: 0.5 * x * (1 + np.tanh(cubic * (x + 0.044715 * x**3)))), "geluFastApproximate": (nn.gelu_fast_approx, lambda x: x * sigmoid(1.702 * x)),
        "geluApprox": (nn.gelu_approx, lambda x: 0.5 * x * (1 + np.tanh(cubic * (x + 0.044715 * x**3)))), "geluFastApprox": (nn.gelu_fast_approx, lambda x: x * sigmoid(1.702 * x)),
        "glu": (nn.glu, lambda x: x[..., :4] * sigmoid(x[..., 4:])), "step": (nn.step, lambda x: np.where(x >= 0, 1, 0)), "softmax": (nn.softmax, softmax), "softmin": (nn.softmin, lambda x: softmax(-x)),
        "logSoftmax": (nn.log_softmax, lambda x: np.log(softmax(x))),
    }  # fmt: skip
    for name, (run, truth) in plain.items():
        for dtype in FLOATS:
            x = sample(g.rng, dtype, (3, 8), 3.0)
            g.case(f"nn.{name}", [x], [], run, truth=truth, scale=10)
    special = make([NAN, math.inf, -math.inf, 0.0, -0.0, 30.0, -30.0, 100.0], "float32")
    for name, (run, truth) in plain.items():
        if name not in ("softmax", "softmin", "logSoftmax", "glu", "elu", "selu", "celu"):
            g.case(f"nn.{name}", [special], [], run, truth=truth, scale=10)
    x = sample(g.rng, "float32", (4, 6), 3.0)
    ints = sample(g.rng, "int32", (4, 6))
    for name in ("sigmoid", "relu", "relu6", "hardTanh", "hardShrink", "softshrink", "leakyRelu", "celu", "elu", "softsign", "mish", "silu", "softplus", "step", "gelu", "hardswish"):
        g.case(f"nn.{name}", [ints], [], plain[name][0], truth=plain[name][1], scale=10)
    g.case("nn.leakyRelu", [x], [0.2], lambda x: nn.leaky_relu(x, 0.2))
    g.case("nn.elu", [x], [0.7], lambda x: nn.elu(x, 0.7), truth=lambda v: elu(v, 0.7), scale=10)
    g.case("nn.celu", [x], [0.7], lambda x: nn.celu(x, 0.7), truth=lambda v: np.maximum(v, 0) + 0.7 * np.expm1(np.minimum(v, 0) / 0.7), scale=10)
    g.case("nn.softshrink", [x], [1.5], lambda x: nn.softshrink(x, 1.5))
    g.case("nn.hardShrink", [x], [1.5], lambda x: nn.hard_shrink(x, 1.5))
    g.case("nn.hardTanh", [x], [-2, 0.5], lambda x: nn.hard_tanh(x, -2, 0.5))
    g.case("nn.step", [x], [1.0], lambda x: nn.step(x, 1.0))
    g.case("nn.glu", [x], [0], lambda x: nn.glu(x, 0), truth=lambda v: v[:2] * sigmoid(v[2:]), scale=10)
    g.case("nn.softmax", [x], [0], lambda x: nn.softmax(x, 0), truth=lambda v: softmax(v.T).T, scale=10)
    g.case("nn.softmin", [x], [0], lambda x: nn.softmin(x, 0), truth=lambda v: softmax(-v.T).T, scale=10)
    g.case("nn.logSoftmax", [x], [0], lambda x: nn.log_softmax(x, 0), truth=lambda v: np.log(softmax(v.T)).T, scale=10)
    g.case("nn.logSoftmax", [make([[100.0, 0.0, -100.0], [1e4, 1e4, 0.0]], "float32")], [], nn.log_softmax)
    a = make([0.1, 0.25, 0.5, 0.0, -1.0, 2.0], "float32")
    g.case("nn.prelu", [x, a], [], nn.prelu)
    g.case("nn.prelu", [x, make([0.25], "float32")], [], nn.prelu)
    g.case("nn.glu", [make(np.zeros((2, 3)), "float32")], [], nn.glu, raises=True)
