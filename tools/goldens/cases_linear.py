"""Matrix products and the fused ops of mx.fast."""

import math

import mlx.core as mx
import numpy as np

from cases_common import FLOATS, R0, R1, R2, R3, make, sample, wide

PAIRS = [
    ((3, 4), (4, 5)), ((4,), (4,)), ((4,), (4, 5)), ((3, 4), (4,)), ((1, 1), (1, 1)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)),
    ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((2, 2, 3, 4), (2, 2, 4, 3)),
    ((3, 0), (0, 5)), ((0, 4), (4, 5)), ((3, 4), (4, 0)), ((0,), (0,)), ((0, 3, 4), (4, 5)), ((2, 3, 0), (2, 0, 4)),
    ((17, 33), (33, 19)), ((1, 64), (64, 65)), ((65, 70), (70, 1)), ((6, 8), (8, 8)), ((7, 9), (9, 9)), ((5, 257), (257, 3)), ((13, 31), (31, 12)),
]  # fmt: skip


def product_scale(x, y):
    a, b = np.abs(wide(x)), np.abs(wide(y))
    result = np.matmul(a, b)
    return None if result.size == 0 else np.max(result)


def matmul(g):
    for dtype in [*FLOATS, "complex64"]:
        for a, b in PAIRS:
            if dtype not in ("float32", "float16") and max(a + b) > 60 and (a, b) != ((1, 64), (64, 65)):
                continue
            x, y = sample(g.rng, dtype, a, 1.0), sample(g.rng, dtype, b, 1.0)
            g.case("matmul", [x, y], [], mx.matmul, truth=np.matmul, scale=product_scale(x, y))
    for a, b in [((130, 70), (70, 67)), ((96, 64), (64, 96)), ((37, 300), (300, 41))]:
        x, y = sample(g.rng, "float32", a, 1.0), sample(g.rng, "float32", b, 1.0)
        g.case("matmul", [x, y], [], mx.matmul, scale=product_scale(x, y))
    constant = make(np.broadcast_to(g.rng.normal(size=(1, 4, 5)), (3, 4, 5)), "float32")
    x = sample(g.rng, "float32", (3, 2, 4))
    g.case("matmul", [x, constant], [], mx.matmul, truth=np.matmul, scale=product_scale(x, constant))
    for a, b in [("float16", "float32"), ("bfloat16", "float16"), ("int32", "float32"), ("float64", "float32"), ("float32", "complex64"), ("bool", "bfloat16")]:
        x, y = sample(g.rng, a, (3, 4)), sample(g.rng, b, (4, 5))
        g.case("matmul", [x, y], [], mx.matmul, truth=np.matmul, scale=product_scale(x, y))
    special = make([[math.nan, 1, 2], [math.inf, 0, 1], [1, 2, 3]], "float32")
    g.case("matmul", [special, make([[1, 0], [1, 1], [0, 2]], "float32")], [], mx.matmul)
    for a, b, dtype in [((3, 4), (5, 4), "float32"), ((), (3, 3), "float32"), ((2, 3, 4), (3, 4, 5), "float32"), ((3, 4), (4, 5), "int32"), ((3, 4), (5,), "float32")]:
        g.case("matmul", [sample(g.rng, dtype, a), sample(g.rng, dtype, b)], [], mx.matmul, raises=True)
    for dtype in [*FLOATS, "complex64"]:
        for c, a, b in [((3, 5), (3, 4), (4, 5)), ((5,), (3, 4), (4, 5)), ((3, 1), (3, 4), (4, 5)), ((), (3, 4), (4, 5)), ((2, 3, 5), (2, 3, 4), (4, 5)), ((5,), (4,), (4, 5))]:
            for alpha, beta in [(1.0, 1.0), (0.5, -2.0), (1.0, 0.0)]:
                if dtype != "float32" and (alpha, beta) != (0.5, -2.0):
                    continue
                w, x, y = sample(g.rng, dtype, c), sample(g.rng, dtype, a), sample(g.rng, dtype, b)
                run = lambda w, x, y, p=alpha, q=beta: mx.addmm(w, x, y, p, q)
                truth = lambda w, x, y, p=alpha, q=beta: p * np.matmul(x, y) + q * w
                g.case("addmm", [w, x, y], [alpha, beta], run, truth=truth, scale=product_scale(x, y) + 4)
        for op, a, b, f, n in [("inner", (5,), (5,), mx.inner, np.inner), ("inner", (3, 4), (5, 4), mx.inner, np.inner), ("inner", (2, 3, 4), (5, 4), mx.inner, np.inner)]:
            x, y = sample(g.rng, dtype, a, 1.0), sample(g.rng, dtype, b, 1.0)
            g.case(op, [x, y], [], f, truth=n, scale=12)
        for a, b in [((3,), (4,)), ((2, 2), (3,)), ((0,), (3,))]:
            g.case("outer", [sample(g.rng, dtype, a), sample(g.rng, dtype, b)], [], mx.outer, truth=np.outer)
    g.case("outer", [sample(g.rng, "int32", (3,)), sample(g.rng, "int32", (4,))], [], mx.outer)


def norms(g):
    def rms_truth(eps):
        def apply(x, w=None):
            y = x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)
            return y if w is None else y * w

        return apply

    def layer_truth(eps):
        def apply(x, w=None, b=None):
            centred = x - np.mean(x, axis=-1, keepdims=True)
            y = centred / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + eps)
            y = y if w is None else y * w
            return y if b is None else y + b

        return apply

    for dtype in ("float32", "float16", "bfloat16"):
        for shape in [(2, 3, 8), (1, 1), (3, 5), (4, 64), (2, 257), (7,), (0, 4)]:
            x, w, b = sample(g.rng, dtype, shape), sample(g.rng, dtype, shape[-1:]), sample(g.rng, dtype, shape[-1:])
            for eps in (1e-5, 0.5) if dtype == "float32" and shape == (2, 3, 8) else (1e-5,):
                rms, layer = rms_truth(eps), layer_truth(eps)
                g.case("fast.rmsNorm", [x, w], [eps], lambda x, w, e=eps: mx.fast.rms_norm(x, w, e), truth=rms, scale=12)
                g.case("fast.rmsNorm", [x], [None, eps], lambda x, e=eps: mx.fast.rms_norm(x, None, e), truth=rms, scale=6)
                g.case("fast.layerNorm", [x, w, b], [eps], lambda x, w, b, e=eps: mx.fast.layer_norm(x, w, b, e), truth=layer, scale=12)
                g.case("fast.layerNorm", [x, w], [None, eps], lambda x, w, e=eps: mx.fast.layer_norm(x, w, None, e), truth=layer, scale=12)
                g.case("fast.layerNorm", [x], [None, None, eps], lambda x, e=eps: mx.fast.layer_norm(x, None, None, e), truth=layer, scale=6)
    far = make(1000 + g.rng.normal(size=(3, 64)), "float32")
    g.case("fast.layerNorm", [far], [None, None, 1e-5], lambda x: mx.fast.layer_norm(x, None, None, 1e-5), truth=layer_truth(1e-5), scale=1000)
    zero = make(np.zeros((2, 4)), "float32")
    g.case("fast.rmsNorm", [zero], [None, 1e-5], lambda x: mx.fast.rms_norm(x, None, 1e-5))
    g.case("fast.layerNorm", [zero], [None, None, 1e-5], lambda x: mx.fast.layer_norm(x, None, None, 1e-5))
    constant = make(np.broadcast_to(g.rng.normal(size=(1, 8)), (5, 8)), "float32")
    w = sample(g.rng, "float32", (8,))
    g.case("fast.rmsNorm", [constant, w], [1e-5], lambda x, w: mx.fast.rms_norm(x, w, 1e-5), truth=rms_truth(1e-5), scale=12)
    x = sample(g.rng, "float32", (2, 4))
    g.case("fast.rmsNorm", [x, sample(g.rng, "float32", (5,))], [1e-5], lambda x, w: mx.fast.rms_norm(x, w, 1e-5), raises=True)
    x = sample(g.rng, "float16", (2, 8))
    g.case("fast.rmsNorm", [x, w], [1e-5], lambda x, w: mx.fast.rms_norm(x, w, 1e-5), truth=rms_truth(1e-5), scale=12)


def rope_truth(x, dims, traditional, base, scale, offset, freqs):
    length = x.shape[-2]
    half = dims // 2
    inverse = 1 / freqs if freqs is not None else base ** (-np.arange(half) / half)
    offsets = np.atleast_1d(offset).reshape(-1, *[1] * (x.ndim - 2), 1)
    positions = (np.arange(length) + offsets)[..., 0, :] if offsets.ndim == 2 else np.arange(length) + offsets[..., 0]
    angle = positions[..., None] * scale * inverse
    cos, sin = np.cos(angle), np.sin(angle)
    out = x.copy()
    first, second = (slice(0, dims, 2), slice(1, dims, 2)) if traditional else (slice(0, half), slice(half, dims))
    a, b = x[..., first], x[..., second]
    out[..., first] = a * cos - b * sin
    out[..., second] = a * sin + b * cos
    return out


def rope(g):
    def add(x, dims, traditional, base, scale, offset, freqs=None, offsets=None):
        inputs = [x, *([freqs] if freqs is not None else []), *([offsets] if offsets is not None else [])]
        freq_arg = R1 if freqs is not None else None
        offset_arg = (R2 if freqs is not None else R1) if offsets is not None else offset
        place = offsets if offsets is not None else offset

        def run(x, *rest):
            return mx.fast.rope(x, dims, traditional=traditional, base=base, scale=scale, offset=place, freqs=freqs)

        values = rope_truth(wide(x), dims, traditional, base, scale, np.array(place), None if freqs is None else wide(freqs))
        magnitude = np.max(np.abs(wide(x))) if x.size else None
        g.case("fast.rope", inputs, [R0, dims, traditional, base, scale, offset_arg, freq_arg], run, truth=values, scale=magnitude)

    for dtype in ("float32", "float16", "bfloat16"):
        for traditional in (False, True):
            for shape, dims in [((1, 2, 3, 8), 8), ((2, 3, 5, 16), 8), ((2, 1, 1, 64), 64), ((2, 4, 6), 6)]:
                x = sample(g.rng, dtype, shape, 1.0)
                for offset, scale, base in [(0, 1.0, 10000.0), (7, 1.0, 500000.0), (1000, 0.25, 10000.0)]:
                    add(x, dims, traditional, base, scale, offset)
            x = sample(g.rng, dtype, (2, 2, 4, 8), 1.0)
            freqs = make([1.0, 10.0, 55.5, 1000.0], "float32")
            add(x, 8, traditional, None, 1.0, 3, freqs=freqs)
            add(x, 8, traditional, None, 0.5, 0, freqs=freqs)
            add(x, 8, traditional, 10000.0, 1.0, 0, offsets=make(5, "int32"))
            add(x, 8, traditional, 10000.0, 1.0, 0, offsets=make([5, 900], "int32"))
            add(x, 8, traditional, None, 1.0, 0, freqs=freqs, offsets=make([3, 0], "int32"))
    x = sample(g.rng, "float32", (1, 2, 3, 6))
    add(x, 6, False, 10000.0, 1.0, 100000)
    add(make(np.zeros((1, 2, 0, 8)), "float32"), 8, False, 10000.0, 1.0, 0)
    constant = make(np.broadcast_to(g.rng.normal(size=(1, 1, 4, 8)), (2, 3, 4, 8)), "float32")
    add(constant, 8, False, 10000.0, 1.0, 2)


def attention_truth(scale, mask, causal):
    def apply(q, k, v, *rest):
        groups = q.shape[1] // k.shape[1]
        k, v = np.repeat(k, groups, axis=1), np.repeat(v, groups, axis=1)
        scores = np.matmul(q, np.swapaxes(k, -1, -2)) * scale
        length, keys = scores.shape[-2:]
        if causal:
            allowed = np.arange(keys)[None, :] <= np.arange(length)[:, None] + keys - length
            scores = np.where(allowed, scores, -np.inf)
        if mask is not None:
            values = np.array(mask) if mask.dtype == mx.bool_ else wide(mask)
            scores = np.where(values, scores, -np.inf) if mask.dtype == mx.bool_ else scores + values
        top = np.max(scores, axis=-1, keepdims=True)
        e = np.exp(scores - np.where(np.isneginf(top), 0, top))
        total = np.sum(e, axis=-1, keepdims=True)
        return np.matmul(np.where(total == 0, 0, e / np.where(total == 0, 1, total)), v)

    return apply


def attention(g):
    def add(dtype, batch, heads, groups, length, keys, width, mask=None, value_width=None):
        q = sample(g.rng, dtype, (batch, heads, length, width), 1.0)
        k = sample(g.rng, dtype, (batch, heads // groups, keys, width), 1.0)
        v = sample(g.rng, dtype, (batch, heads // groups, keys, value_width or width), 1.0)
        scale = round(width**-0.5, 6)
        tensor = mask if isinstance(mask, mx.array) else None
        inputs = [q, k, v] + ([tensor] if tensor is not None else [])
        args = [scale] if tensor is not None else [scale, mask]
        if tensor is not None:
            args = [R0, R1, R2, scale, R3]
        def run(q, k, v, *rest):
            y = mx.fast.scaled_dot_product_attention(q, k, v, scale=scale, mask=mask)
            # As in softmax, a row without a visible key is zero here; MLX gives the mean of v (bool mask) or NaN (additive).
            visible = tensor if tensor is None or tensor.dtype == mx.bool_ else tensor > -math.inf
            return y if tensor is None else mx.where(mx.any(visible, axis=-1, keepdims=True), y, mx.array(0, dtype=y.dtype))

        truth = attention_truth(scale, tensor, tensor is None and mask == "causal")
        g.case("fast.scaledDotProductAttention", inputs, args, run, truth=truth, scale=np.max(np.abs(wide(v))))

    for groups in (1, 2, 8):
        add("float32", 1, 8, groups, 1, 17, 32)
        add("float32", 1, 8, groups, 3, 17, 32, "causal")
    for width in (64, 80):
        for length, keys in [(1, 17), (3, 3), (17, 17), (1, 64)]:
            add("float32", 1, 2, 2, length, keys, width, "causal" if length > 1 else None)
    for length, keys in [(1, 1), (3, 17), (17, 64)]:
        add("float32", 1, 2, 1, length, keys, 32, None)
        add("float32", 1, 2, 2, length, keys, 32, "causal")
    add("float32", 1, 1, 1, 64, 64, 32)
    add("float32", 1, 1, 1, 64, 64, 64, "causal")
    for dtype in ("float32", "float16", "bfloat16"):
        add(dtype, 2, 4, 2, 3, 17, 32, None)
        add(dtype, 2, 4, 2, 3, 17, 32, "causal")
        add(dtype, 1, 4, 4, 17, 17, 16, "causal")
        add(dtype, 1, 2, 2, 1, 64, 64, None)
        for shape in [(2, 4, 3, 17), (1, 1, 3, 17), (2, 1, 3, 17), (3, 17), (1, 4, 1, 17)]:
            # Every query sees a key here; fully masked rows have a case of their own.
            bools = g.rng.random(shape) < 0.7
            bools[..., 0] = True
            add(dtype, 2, 4, 2, 3, 17, 16, make(bools, "bool"))
            add(dtype, 2, 4, 2, 3, 17, 16, make(np.where(bools, g.rng.normal(size=shape), -np.inf), dtype))
    hidden = np.ones((3, 17), dtype=bool)
    hidden[1] = False
    add("float32", 1, 2, 1, 3, 17, 32, make(hidden, "bool"))
    add("float32", 1, 2, 1, 3, 17, 32, make(np.where(hidden, 0.0, -np.inf), "float32"))
    add("float32", 1, 2, 1, 3, 5, 32, None, value_width=16)
    q, k = sample(g.rng, "float32", (1, 3, 2, 8)), sample(g.rng, "float32", (1, 2, 4, 8))
    run = lambda q, k, v: mx.fast.scaled_dot_product_attention(q, k, v, scale=0.5)
    g.case("fast.scaledDotProductAttention", [q, k, k], [0.5, None], run, raises=True)
    g.case("fast.scaledDotProductAttention", [q[:, :2], sample(g.rng, "float32", (1, 2, 4, 6)), k], [0.5, None], run, raises=True)


def fast(g):
    norms(g)
    rope(g)
    attention(g)
