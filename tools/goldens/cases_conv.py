"""Convolutions: ranks, strides, paddings, dilations on both sides, groups, flips, tails of channels, dtypes, errors."""

import itertools
import math

import mlx.core as mx
import numpy as np

from cases_common import FLOATS, NAMES, make, sample, wide


def as_list(value, rank):
    return [value] * rank if isinstance(value, int) else list(value) * (rank if len(value) == 1 else 1)


def correlate(x, w, stride, low, high, kernel_dilation, input_dilation, groups, flip):
    """The definition, in float64: zeros between and round the elements, then one shifted product per tap."""
    rank = x.ndim - 2
    spread = np.zeros([x.shape[0], *[max(0, 1 + d * (n - 1)) for n, d in zip(x.shape[1:-1], input_dilation)], x.shape[-1]])
    spread[(slice(None), *[slice(None, None, d) for d in input_dilation])] = x
    pads = [(0, 0), *[(max(0, a), max(0, b)) for a, b in zip(low, high)], (0, 0)]
    padded = np.pad(spread, pads)
    padded = padded[(slice(None), *[slice(max(0, -a), n - max(0, -b)) for a, b, n in zip(low, high, padded.shape[1:-1])])]
    if flip:
        w = np.flip(w, tuple(range(1, rank + 1)))
    spans = [1 + d * (k - 1) for k, d in zip(w.shape[1:-1], kernel_dilation)]
    sizes = [(n - k) // s + 1 for n, k, s in zip(padded.shape[1:-1], spans, stride)]
    outputs, channels = w.shape[0] // groups, w.shape[-1]
    out = np.zeros([x.shape[0], *sizes, w.shape[0]])
    for tap in itertools.product(*[range(k) for k in w.shape[1:-1]]):
        starts = [t * d for t, d in zip(tap, kernel_dilation)]
        seen = padded[(slice(None), *[slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(starts, stride, sizes)])]
        for g in range(groups):
            own = slice(g * outputs, (g + 1) * outputs)
            part = w[(own, *tap)]
            out[..., own] += seen[..., g * channels : (g + 1) * channels] @ part.T
    return out


def judged(g, op, x, w, args, run, definition):
    if x.dtype == mx.float64:
        # MLX 0.32.4 lacks float64 in most of its convolutions
        run = lambda a, b: make(definition(wide(a), wide(b)), "float64")
    magnitude = definition(np.abs(wide(x)), np.abs(wide(w)))
    scale = float(np.max(magnitude)) if magnitude.size else None
    half = NAMES[run(x, w).dtype] in ("float16", "bfloat16")
    # MLX's float32 is held to the definition here, so that the files need not carry both
    if not half and not np.allclose(wide(run(x, w)), definition(wide(x), wide(w)), rtol=0, atol=2e-6 * (scale or 0)):
        raise RuntimeError(f"{op} {x.shape} {w.shape} {args}: MLX is wrong")
    g.case(op, [x, w], args, run, truth=definition if half else None, scale=scale)


def forward(g, x, w, stride=1, padding=0, dilation=1, groups=1, named=False, run=None):
    rank = x.ndim - 2
    s, p, d = (as_list(v, rank) for v in (stride, padding, dilation))
    function = run or getattr(mx, f"conv{rank}d")
    args = [stride, padding, dilation, groups]
    if named:
        args = [{k: v for k, v in zip(("stride", "padding", "dilation", "groups"), args)}]
    call = lambda a, b: function(a, b, *[v if isinstance(v, int) else (tuple(v) if rank > 1 else v[0]) for v in (stride, padding, dilation)], groups)
    judged(g, f"conv{rank}d", x, w, args, call, lambda a, b: correlate(a, b, s, p, p, d, [1] * rank, groups, False))


def backward(g, x, w, stride=1, padding=0, dilation=1, output_padding=0, groups=1, named=False):
    rank = x.ndim - 2
    s, p, d, o = (as_list(v, rank) for v in (stride, padding, dilation, output_padding))
    function = getattr(mx, f"conv_transpose{rank}d")
    args = [stride, padding, dilation, output_padding, groups]
    if named:
        args = [{k: v for k, v in zip(("stride", "padding", "dilation", "outputPadding", "groups"), args)}]
    call = lambda a, b: function(a, b, *[v if isinstance(v, int) else tuple(v) for v in (stride, padding, dilation, output_padding)], groups)
    low = [e * (k - 1) - q for e, k, q in zip(d, w.shape[1:-1], p)]
    high = [a + b for a, b in zip(low, o)]
    judged(g, f"convTranspose{rank}d", x, w, args, call, lambda a, b: correlate(a, b, [1] * rank, low, high, d, s, groups, True))


def general(g, x, w, stride=1, padding=0, kernel_dilation=1, input_dilation=1, groups=1, flip=False):
    rank = x.ndim - 2
    s, d, e = (as_list(v, rank) for v in (stride, kernel_dilation, input_dilation))
    pair = isinstance(padding, tuple)
    low, high = (as_list(v, rank) for v in (padding if pair else (padding, padding)))
    names = ("stride", "padding", "kernelDilation", "inputDilation", "groups", "flip")
    values = (stride, list(padding) if pair else padding, kernel_dilation, input_dilation, groups, flip)
    defaults = (1, 0, 1, 1, 1, False)
    options = {k: v for k, v, default in zip(names, values, defaults) if v != default}
    call = lambda a, b: mx.conv_general(a, b, stride, padding, kernel_dilation, input_dilation, groups, flip)

    def definition(a, b):
        # negative padding takes elements away before they are spread
        cut = [slice(max(0, -p), n - max(0, -q)) for p, q, n in zip(low, high, a.shape[1:-1])]
        zero = lambda v: [max(0, p) for p in v]
        return correlate(a[(slice(None), *cut)], b, s, zero(low), zero(high), d, e, groups, flip)

    judged(g, "convGeneral", x, w, [options] if options else [], call, definition)


def by_group(function, groups):
    """MLX refuses groups in three dimensions; group by group it does not."""

    def run(x, w, *rest):
        parts = zip(mx.split(x, groups, axis=-1), mx.split(w, groups, axis=0))
        return mx.concatenate([function(a, b, *rest[:-1]) for a, b in parts], axis=-1)

    return run


def operands(g, dtype, x, w):
    """Values of these shapes, the same ones each time: the files stay small."""
    kept = g.__dict__.setdefault("kept", {})
    for shape in (x, w):
        if (dtype, shape) not in kept:
            kept[(dtype, shape)] = sample(g.rng, dtype, shape, 1.0)
    return kept[(dtype, x)], kept[(dtype, w)]


def ranks(g):
    for dtype in FLOATS:
        few = {"float32": 1, "float16": 6, "bfloat16": 8, "float64": 9}[dtype]
        count = itertools.count(few)
        for channels, outputs, groups in [(1, 1, 1), (3, 5, 1), (17, 9, 1), (5, 8, 1), (4, 6, 2), (6, 6, 6), (17, 17, 17), (3, 9, 3), (10, 20, 10), (8, 4, 4)]:
            for kernel, stride, padding, dilation in [(1, 1, 0, 1), (3, 1, 1, 1), (3, 2, 0, 1), (4, 3, 2, 2), (1, 2, 1, 1), (7, 1, 0, 1)]:
                if next(count) % few:
                    continue
                x, w = operands(g, dtype, (1, 7, channels), (outputs, kernel, channels // groups))
                forward(g, x, w, stride, padding, dilation, groups)
        for channels, outputs, groups in [(1, 1, 1), (3, 5, 1), (8, 7, 1), (1, 3, 1), (6, 4, 2), (5, 5, 5), (17, 17, 17), (2, 6, 2)]:
            for kernel, stride, padding, dilation in [((3, 3), 1, 1, 1), ((2, 3), [2, 1], [0, 1], [1, 2]), ((1, 1), 1, 0, 1), ((1, 1), 2, 0, 1), ((3, 1), [1, 2], [2, 1], [2, 1]), ((4, 5), 1, 0, 1)]:
                if next(count) % few:
                    continue
                x, w = operands(g, dtype, (1, 4, 5, channels), (outputs, *kernel, channels // groups))
                forward(g, x, w, stride, padding, dilation, groups)
        for channels, outputs, groups in [(1, 1, 1), (3, 5, 1), (4, 4, 2), (5, 5, 5)]:
            for kernel, stride, padding, dilation in [((3, 3, 3), 1, 1, 1), ((2, 1, 3), [1, 2, 1], [0, 1, 2], [2, 1, 1]), ((1, 1, 1), 1, 0, 1)]:
                if next(count) % few:
                    continue
                x, w = operands(g, dtype, (1, 3, 3, 4, channels), (outputs, *kernel, channels // groups))
                run = by_group(mx.conv3d, groups) if groups > 1 else None
                forward(g, x, w, stride, padding, dilation, groups, run=run)


def transposes(g):
    for dtype in FLOATS:
        few = {"float32": 1, "float16": 6, "bfloat16": 8, "float64": 9}[dtype]
        count = itertools.count(few)
        for channels, outputs, groups in [(1, 1, 1), (3, 5, 1), (8, 9, 1), (4, 6, 2), (17, 17, 17), (2, 6, 2)]:
            for kernel, stride, padding, dilation, extra in [(3, 1, 0, 1, 0), (3, 2, 1, 1, 1), (2, 3, 0, 1, 0), (4, 2, 1, 3, 1), (5, 4, 2, 2, 3), (1, 2, 0, 1, 1), (3, 1, 3, 1, 0)]:
                if next(count) % few:
                    continue
                x, w = operands(g, dtype, (1, 5, channels), (outputs, kernel, channels // groups))
                backward(g, x, w, stride, padding, dilation, extra, groups)
        for channels, outputs, groups in [(1, 1, 1), (3, 5, 1), (6, 4, 2), (5, 5, 5)]:
            for kernel, stride, padding, dilation, extra in [((3, 3), 2, 1, 1, 1), ((2, 3), [3, 1], [0, 1], [1, 2], [1, 0]), ((2, 2), 2, 0, 1, 0)]:
                if next(count) % few:
                    continue
                x, w = operands(g, dtype, (1, 3, 4, channels), (outputs, *kernel, channels // groups))
                backward(g, x, w, stride, padding, dilation, extra, groups)
        for kernel, stride, padding, dilation, extra in [((3, 3, 3), 2, 1, 1, 1), ((2, 1, 3), [1, 2, 3], [0, 0, 1], [2, 1, 1], [0, 1, 0])]:
            x, w = operands(g, dtype, (1, 2, 2, 3, 3), (2, *kernel, 3))
            backward(g, x, w, stride, padding, dilation, extra)


def generals(g):
    for dtype in FLOATS:
        for flip in (False, True) if dtype == "float32" else (True,):
            x, w = operands(g, dtype, (2, 7, 3), (4, 3, 3))
            general(g, x, w, 2, ([1], [3]), 2, 3, 1, flip)
            general(g, x, w, 1, 0, 1, 1, 1, flip)
            general(g, x, w, [3], [4], [1], [2], 1, flip)
            x, w = operands(g, dtype, (1, 4, 5, 4), (6, 2, 3, 2))
            general(g, x, w, [2, 1], ([2, 0], [1, 3]), [1, 2], [3, 2], 2, flip)
            general(g, x, w, [3, 2], [3, 2], [2, 1], [2, 4], 2, flip)
            x, w = operands(g, dtype, (1, 3, 4, 5), (5, 3, 2, 1))
            general(g, x, w, 2, 3, [2, 3], [4, 3], 5, flip)
            x, w = operands(g, dtype, (1, 3, 2, 4, 3), (2, 2, 2, 3, 3))
            general(g, x, w, [1, 2, 1], ([0, 1, 2], [1, 2, 0]), [2, 1, 1], [1, 2, 3], 1, flip)
            x, w = operands(g, dtype, (1, 9, 1), (1, 4, 1))
            general(g, x, w, 1, ([5], [2]), 1, 1, 1, flip)
            general(g, x, w, 1, 3, 1, 3, 1, flip)
    x, w = operands(g, "float32", (2, 7, 3), (4, 3, 3))
    general(g, x, w, padding=-1)
    general(g, x, w, padding=([-2], [1]), input_dilation=2)
    general(g, x, w, padding=([3], [-4]), stride=2, flip=True)
    x, w = operands(g, "float32", (2, 6, 7, 2), (3, 2, 2, 2))
    general(g, x, w, padding=([-1, 2], [0, -3]))
    forward(g, *operands(g, "float32", (2, 7, 3), (4, 3, 3)), 1, -1)
    forward(g, *operands(g, "float32", (2, 5, 6, 3), (4, 3, 3, 3)), [1, 2], [1, -1])


def sizes(g):
    for x, w in [((0, 5, 2), (3, 2, 2)), ((0, 5, 2), (3, 1, 2)), ((0, 4, 5, 3), (2, 3, 3, 3)), ((0, 3, 3, 3, 2), (2, 2, 2, 2, 2))]:
        forward(g, *operands(g, "float32", x, w))
    forward(g, *operands(g, "float32", (1, 0, 2), (3, 2, 2)), 1, 2)
    forward(g, *operands(g, "float16", (1, 0, 3, 2), (3, 2, 2, 2)), 1, 2)
    # more rows, columns and depth than one panel holds
    forward(g, *operands(g, "float32", (1, 200, 3), (7, 3, 3)), 1, 1)
    forward(g, *operands(g, "float32", (1, 3, 87), (5, 3, 87)), 1, 1)
    forward(g, *operands(g, "float16", (1, 3, 90), (4, 3, 90)), 1, 1)
    forward(g, *operands(g, "float32", (1, 11, 12, 3), (4, 7, 7, 3)), 2, 3)
    forward(g, *operands(g, "float32", (1, 8, 8, 3), (4, 4, 4, 3)), 4)
    forward(g, *operands(g, "float32", (2, 40, 1), (2, 33, 1)), 1, 16)
    forward(g, *operands(g, "float32", (1, 9, 9, 1), (1, 5, 5, 1)), 1, 2)
    forward(g, *operands(g, "float32", (3, 3, 4, 5), (4, 3, 4, 5)))
    forward(g, *operands(g, "float32", (1, 5, 6, 3), (3, 3, 3, 3)), named=True, stride=[2, 1], padding=1, dilation=[1, 2])
    backward(g, *operands(g, "float32", (1, 4, 4, 2), (2, 3, 3, 1)), 2, 1, 1, 1, 2, named=True)
    repeated = make(np.broadcast_to(g.rng.normal(size=(1, 6, 1)), (2, 6, 3)), "float32")
    forward(g, repeated, sample(g.rng, "float32", (4, 3, 3), 1.0), 1, 1)
    for a, b in [("float16", "float32"), ("float32", "float16"), ("float16", "bfloat16"), ("float64", "float32"), ("bfloat16", "int32"), ("float32", "int8"), ("float32", "bool")]:
        x, w = sample(g.rng, a, (2, 6, 3), 1.0), sample(g.rng, b, (4, 3, 3), 1.0)
        forward(g, x, w, 2, 1)
    special = np.ones((1, 12, 2))
    special[0, 3, 0], special[0, 9, 1] = math.nan, math.inf
    for groups, inner in [(1, 2), (2, 1)]:
        w = make(np.ones((4, 3, inner)), "float32")
        g.case("conv1d", [make(special, "float32"), w], [1, 0, 1, groups], lambda a, b, n=groups: mx.conv1d(a, b, 1, 0, 1, n))


def convolves(g):
    for dtype in FLOATS:
        for n, k in [(5, 2), (9, 40)] if dtype == "float64" else [(1, 1), (5, 1), (5, 2), (5, 3), (3, 7), (4, 4), (33, 8), (9, 40)]:
            for mode in ("full", "same", "valid"):
                a, v = operands(g, dtype, (n,), (k,))
                scale = np.max(np.convolve(np.abs(wide(a)), np.abs(wide(v))))

                def truth(p, q, mode=mode):
                    p, q = (q, p) if len(p) < len(q) else (p, q)
                    whole = np.convolve(p, q)
                    if mode == "full":
                        return whole
                    if mode == "valid":
                        return whole[len(q) - 1 : len(p)]
                    start = len(q) - 1 - len(q) // 2
                    return whole[start : start + len(p)]

                g.case("convolve", [a, v], [mode], lambda a, v, m=mode: mx.convolve(a, v, m), truth=truth, scale=scale)
    a, v = sample(g.rng, "float32", (6,)), sample(g.rng, "int32", (3,))
    g.case("convolve", [a, v], [], mx.convolve, truth=np.convolve, scale=200)


def errors(g):
    def bad(x, w, *args, dtype="float32", kind=None):
        rank = len(x) - 2
        a, b = sample(g.rng, dtype, x), sample(g.rng, kind or dtype, w)
        g.case(f"conv{rank}d", [a, b], [*args], lambda p, q: getattr(mx, f"conv{rank}d")(p, q, *args), raises=True)

    bad((1, 5, 2), (3, 2, 2), dtype="int32")
    bad((1, 5, 2), (3, 2, 2), dtype="bool")
    bad((1, 5, 2), (3, 2, 2), dtype="complex64")
    bad((1, 5, 2), (3, 2, 2), dtype="int32", kind="float32")
    bad((1, 5, 2), (3, 2, 3))
    bad((1, 5, 3), (3, 2, 1), 1, 0, 1, 2)
    bad((1, 5, 4), (3, 2, 2), 1, 0, 1, 2)
    bad((1, 5, 4), (4, 2, 4), 1, 0, 1, 2)
    bad((1, 5, 2), (3, 6, 2))
    bad((1, 5, 2), (3, 2, 2), 0)
    bad((1, 5, 2), (3, 2, 2), 1, 0, 0)
    bad((1, 5, 2), (3, 2, 2), 1, -2)
    bad((1, 5, 2), (3, 2, 2, 2))
    bad((1, 4, 4, 2), (3, 2, 2))
    x, w = operands(g, "float32", (1, 5, 5, 2), (3, 2, 2, 2))
    g.case("convGeneral", [x, w], [{"padding": [1, 1, 1]}], lambda a, b: mx.conv_general(a, b, padding=[1, 1, 1]), raises=True)
    g.case("convGeneral", [x, w], [{"inputDilation": 0}], lambda a, b: mx.conv_general(a, b, input_dilation=0), raises=True)
    for shape, weight in [((1, 2), (3, 2)), ((1, 2, 2, 2, 2, 2), (1, 1, 1, 1, 1, 2))]:
        x, w = operands(g, "float32", shape, weight)
        g.case("convGeneral", [x, w], [], mx.conv_general, raises=True)
    x, w = operands(g, "float32", (1, 5, 2), (3, 2, 2))
    g.case("convTranspose1d", [x, w], [0], lambda a, b: mx.conv_transpose1d(a, b, 0), raises=True)
    g.case("convTranspose1d", [x, w], [1, 3], lambda a, b: mx.conv_transpose1d(a, b, 1, 3), raises=True)
    for a, v, mode in [((0,), (3,), "full"), ((3,), (0,), "full"), ((2, 2), (3,), "full"), ((3,), (2,), "half")]:
        x, w = operands(g, "float32", a, v)
        g.case("convolve", [x, w], [mode], lambda p, q, m=mode: mx.convolve(p, q, m), raises=True)
    x, w = sample(g.rng, "int32", (5,)), sample(g.rng, "float32", (3,))
    g.case("convolve", [x, w], [], mx.convolve, raises=True)


def conv(g):
    ranks(g)
    transposes(g)
    generals(g)
    sizes(g)
    convolves(g)
    errors(g)
