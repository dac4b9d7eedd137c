"""Quantised matrices, products of picked matrices, Hadamard transforms: what MLX's CPU backend runs."""

import mlx.core as mx
import numpy as np

from cases_common import DEFAULT, R0, R1, R2, R3, Ref, make, sample, wide

HALVES = ("float32", "float16", "bfloat16")
R4, R5 = Ref(4), Ref(5)
WIDTHS = (1, 2, 3, 4, 5, 6, 8)
BLOCKS = {"mxfp4": (32, 4), "mxfp8": (32, 8), "nvfp4": (16, 4)}


def matrix(g, dtype, shape, kind=0):
    """Rows of several ranges and signs: their groups take every branch of the choice of scales."""
    a = g.rng.normal(size=shape)
    if kind == 0:
        a *= 10.0 ** g.rng.uniform(-3, 2, size=(*shape[:-1], 1))
    flat = a.reshape(-1, shape[-1])
    for i in range(flat.shape[0]):
        if i % 5 == 1:
            flat[i] = np.abs(flat[i])
        if i % 5 == 2:
            flat[i] = -np.abs(flat[i])
        if i % 5 == 3:
            flat[i] = np.round(flat[i] * 2) / 2
    return make(a, dtype)


def packing(g):
    mine = {dtype: matrix(g, dtype, (4, 128)) for dtype in HALVES}
    for bits in WIDTHS:
        for group in (32, 64, 128):
            for dtype in HALVES:
                w = mine[dtype] if group == 64 else mine[dtype][2:]
                g.case("quantize", [w], [group, bits], lambda x: mx.quantize(x, group, bits))["dense"] = group != 64
                q = mx.quantize(w, group, bits)
                if group == 64 or (dtype == "float32" and bits in (3, 4)):
                    g.case("dequantize", list(q), [group, bits], lambda *x: mx.dequantize(*x, group, bits))["dense"] = group != 64
    w = matrix(g, "float32", (2, 3, 64))
    g.case("quantize", [w], [], lambda x: mx.quantize(x))
    q = mx.quantize(w)
    g.case("dequantize", list(q), [], lambda *x: mx.dequantize(*x))
    g.case("dequantize", list(q), [None, None, "affine", None, mx.float16], lambda *x: mx.dequantize(*x, dtype=mx.float16))
    g.case("dequantize", list(q), [{"dtype": "float64"}], lambda *x: mx.dequantize(*x, dtype=mx.float64))
    for s, b in [("float16", "float32"), ("float32", "bfloat16"), ("bfloat16", "float16"), ("float64", "float32"), ("float64", "float64")]:
        mixed = [q[0], q[1].astype(getattr(mx, s)), q[2].astype(getattr(mx, b))]
        g.case("dequantize", mixed, [], lambda *x: mx.dequantize(*x))
    special = np.zeros((6, 32))
    special[1] = 3.25
    special[2] = -1e-9
    special[3, 5] = np.nan
    special[4] = np.linspace(1000, 1000.5, 32)
    special[5] = 0.5 - (np.arange(32) % 2)
    for bits in WIDTHS:
        g.case("quantize", [make(special, "float32")], [32, bits], lambda x: mx.quantize(x, 32, bits))
    g.case("quantize", [mx.zeros((0, 64))], [], lambda x: mx.quantize(x))
    g.case("quantize", [mx.zeros((3, 0))], [], lambda x: mx.quantize(x))
    for wrong in [[16, 4], [48, 4], [64, 7], [64, 4, "fp4"], [32, 4, "nvfp4"], [32, 8, "mxfp4"], [256, 4]]:
        g.case("quantize", [w], wrong, lambda x: mx.quantize(x, *wrong), raises=True)
    for x in [mx.zeros((64,)), mx.zeros((2, 40)), mx.zeros((2, 64), mx.int32), mx.zeros((2, 64), mx.complex64)]:
        g.case("quantize", [x], [], lambda x: mx.quantize(x), raises=True)
    p = mx.quantize(w)
    for x in [[p[0].astype(mx.int32), *p[1:]], [p[0], p[1][..., :0], p[2]], [p[0][0, 0], p[1], p[2]], [p[0], p[1].astype(mx.int32), p[2].astype(mx.int32)]]:
        g.case("dequantize", x, [], lambda *x: mx.dequantize(*x), raises=True)
    g.case("dequantize", list(p), [64, 8], lambda *x: mx.dequantize(*x, 64, 8), raises=True)
    g.case("dequantize", list(p[:2]), [], lambda *x: mx.dequantize(*x), raises=True)


def blocks(g):
    for mode, (group, bits) in BLOCKS.items():
        for dtype in HALVES:
            for shape in [(4, 64), (2, 2, 32)]:
                w = matrix(g, dtype, shape)
                g.case("quantize", [w], [None, None, mode], lambda x: mx.quantize(x, mode=mode))
                q = mx.quantize(w, mode=mode)
                g.case("dequantize", list(q), [None, group, bits, mode], lambda *x: mx.dequantize(*x, mode=mode))
                g.case("dequantize", list(q), [None, {"mode": mode, "dtype": dtype}], lambda *x: mx.dequantize(*x, mode=mode, dtype=getattr(mx, dtype)))
        zero = mx.zeros((2, 32))
        g.case("quantize", [zero], [None, None, mode], lambda x: mx.quantize(x, mode=mode))
        codes = mx.arange(256, dtype=mx.uint32).reshape(16, 16) * 0x01030507
        every = mx.broadcast_to(codes[:, : 32 * bits // 32], (16, 32 * bits // 32))
        low, high = (0, 256) if mode == "nvfp4" else (107, 148)
        scales = mx.array(np.linspace(low, high - 1, 16 * 32 // group).astype(np.uint8).reshape(16, -1))
        if mode == "nvfp4":
            scales = mx.where(mx.equal(mx.bitwise_and(scales, 127), 127), 0, scales).astype(mx.uint8)
        for dtype in ("float32", "float16"):
            g.case("dequantize", [every, scales], [None, {"mode": mode, "dtype": dtype}], lambda *x: mx.dequantize(*x, mode=mode, dtype=getattr(mx, dtype)))
        g.case("dequantize", [every, scales, scales], [None, None, mode], lambda *x: mx.dequantize(*x, mode=mode), raises=True)
        g.case("dequantize", [every, scales.astype(mx.float32)], [None, {"mode": mode}], lambda *x: mx.dequantize(*x, mode=mode), raises=True)
    scale = mx.array(5.5)
    w = matrix(g, "float32", (4, 32), 1)
    g.case("quantize", [w, scale], [R0, 16, 4, "nvfp4", R1], lambda x, s: mx.quantize(x, mode="nvfp4", global_scale=s))
    q = mx.quantize(w, mode="nvfp4", global_scale=scale)
    g.case("dequantize", [*q, scale], [R0, R1, None, 16, 4, "nvfp4", R2, mx.float32], lambda *x: mx.dequantize(x[0], x[1], mode="nvfp4", global_scale=x[2], dtype=mx.float32))
    every = mx.arange(256).astype(mx.uint8)
    for dtype in HALVES:
        g.case("fromFp8", [every], [getattr(mx, dtype)], lambda x: mx.from_fp8(x, getattr(mx, dtype)))
        values = np.array(mx.from_fp8(every, mx.float32)).astype(np.float64)
        values = values[np.isfinite(values)]
        ties = (values[:126] + values[1:127]) / 2
        more = [np.nan, np.inf, -np.inf, 448, 447, 464, 480, 1000, 1e9 if dtype != "float16" else 65504, 2.0**-10, 2.0**-10 * 1.01, -3e-5]
        x = make(np.concatenate([values, ties, -ties, more, g.rng.normal(size=100) * 10]), dtype)
        g.case("toFp8", [x], [], lambda x: mx.to_fp8(x))
    g.case("fromFp8", [every], [], lambda x: mx.from_fp8(x))
    g.case("fromFp8", [every.astype(mx.int32)], [], lambda x: mx.from_fp8(x), raises=True)
    g.case("toFp8", [every], [], lambda x: mx.to_fp8(x), raises=True)


def values_of(q, mode, group, bits):
    """The decoded matrix in float64."""
    if mode != "affine":
        return wide(mx.dequantize(*q, mode=mode, dtype=mx.float32))
    codes = mx.dequantize(q[0], mx.ones(q[1].shape), mx.zeros(q[1].shape), group, bits)
    s, b = (np.repeat(wide(x), group, axis=-1) for x in q[1:])
    return wide(codes) * s + b


def products(g):
    def one(x, q, transpose, group, bits, mode="affine"):
        w = values_of(q, mode, group, bits)
        w = np.swapaxes(w, -1, -2) if transpose else w
        r = np.matmul(wide(x), w)
        scale = float(np.max(np.matmul(np.abs(wide(x)), np.abs(w)))) if r.size else None
        biases = None if mode != "affine" else q[2]

        def run(*i):
            return mx.quantized_matmul(i[0], i[1], i[2], None if mode != "affine" else i[3], transpose, group, bits, mode)

        args = [R0, R1, R2, R3 if biases is not None else None, transpose, group, bits, mode]
        half = x.dtype != mx.float32
        # layouts are tried on one width, the others differ in decoding only
        g.case("quantizedMatmul", [x, *q], args, run, truth=r if half else None, scale=scale)["dense"] = bits != 4

    weights = {dtype: matrix(g, dtype, (6, 128), 1) for dtype in HALVES}
    lines = {dtype: sample(g.rng, dtype, (11, 128), 1) for dtype in HALVES}
    columns = {dtype: sample(g.rng, dtype, (11, 6), 1) for dtype in HALVES}
    for bits in WIDTHS:
        for group in (32, 64, 128):
            dtype = HALVES[(bits + group // 32) % 3]
            for transpose in (True, False) if group == 64 or bits > 4 else (True,):
                for m in ((1, 3, 10) if transpose else (1, 9)) if group == 64 and bits in (3, 4, 8) else (1,):
                    x = lines[dtype][:m] if transpose else columns[dtype][:m]
                    one(x, mx.quantize(weights[dtype], group, bits), transpose, group, bits)
    for mode, (group, bits) in BLOCKS.items():
        for dtype in HALVES:
            for transpose in (True, False):
                for m in (1, 4, 11) if transpose and dtype == "float32" else (1,):
                    x = lines[dtype][:m, :64] if transpose else columns[dtype][:m]
                    one(x, mx.quantize(weights[dtype][:, :64], mode=mode), transpose, group, bits, mode)
    for sx, sw in [((2, 3, 64), (5, 64)), ((2, 3, 64), (2, 5, 64)), ((2, 1, 3, 64), (4, 5, 64)), ((1, 3, 64), (4, 5, 64)), ((2, 3, 64), (1, 5, 64)), ((64,), (5, 64))]:
        x = sample(g.rng, "float32", sx, 1)
        one(x, mx.quantize(matrix(g, "float32", sw, 1)), True, 64, 4)
    x, w = sample(g.rng, "float32", (2, 64), 1), matrix(g, "float32", (5, 64), 1)
    q = mx.quantize(w)
    g.case("quantizedMatmul", [x, *q], [], lambda *i: mx.quantized_matmul(*i), scale=100)
    g.case("quantizedMatmul", [x.astype(mx.float16), *q], [], lambda *i: mx.quantized_matmul(*i), scale=100)
    g.case("quantizedMatmul", [mx.ones((2, 64), mx.int32), *q], [], lambda *i: mx.quantized_matmul(*i), scale=100)
    g.case("quantizedMatmul", [x, q[0], q[1].astype(mx.float16), q[2].astype(mx.bfloat16)], [], lambda *i: mx.quantized_matmul(*i), scale=100)
    for wrong in [[x[:, :32], *q], [x, q[0].astype(mx.int32), *q[1:]], [mx.ones((2, 64), mx.complex64), *q], [x, q[0], q[1], q[2][:2]], [x, *q[:2]]]:
        g.case("quantizedMatmul", wrong, [], lambda *i: mx.quantized_matmul(*i), raises=True)
    g.case("quantizedMatmul", [x, *q], [True, 32], lambda *i: mx.quantized_matmul(*i, True, 32), raises=True)
    g.case("quantizedMatmul", [x, *q], [False], lambda *i: mx.quantized_matmul(*i, False), raises=True)

    for mode, group, bits in [("affine", 32, 4), ("nvfp4", 16, 4)]:
        for transpose in (True, False):
            w = matrix(g, "float32", (4, 3, 64), 1)
            q = mx.quantize(w, group, bits, mode)
            dense = values_of(q, mode, group, bits)
            dense = np.swapaxes(dense, -1, -2) if transpose else dense
            x = sample(g.rng, "float32", (3, 2, 64 if transpose else 3), 1)
            for li, ri in [([0, 1, 2, 2], [3, 3, 3, 0]), (None, [1, 0, 3]), ([[0], [2]], [[0, 1, 2, 3]]), ([2, 0, 1, 0], None)]:
                l = None if li is None else mx.array(li, dtype=mx.int32)
                r = None if ri is None else mx.array(ri, dtype=mx.uint32)
                given = [i for i in (l, r) if i is not None]
                base = 1 + len(q)
                refs = [Ref(base + k) for k in range(len(given))]
                lr = refs.pop(0) if l is not None else None
                rr = refs.pop(0) if r is not None else None
                a, b = np.broadcast_arrays(np.arange(3) if li is None else li, np.arange(4) if ri is None else ri)
                args = [R0, R1, R2, R3 if mode == "affine" else None, lr, rr, transpose, group, bits, mode]

                def run(*i, l=l, r=r):
                    return mx.gather_qmm(i[0], i[1], i[2], i[3] if mode == "affine" else None, l, r, transpose, group, bits, mode)

                g.case("gatherQmm", [x, *q, *given], args, run, scale=float(np.max(np.matmul(np.abs(wide(x))[a], np.abs(dense)[b]))))["dense"] = mode != "affine"
    for mode in BLOCKS:
        for dtype in HALVES:
            x = sample(g.rng, dtype, (1, 64), 1)
            q = mx.quantize(matrix(g, dtype, (6, 64), 1), mode=mode)
            # MLX adds in half precision there
            left = wide(mx.dequantize(*mx.quantize(x, mode=mode), mode=mode, dtype=x.dtype))
            truth = left @ values_of(q, mode, *BLOCKS[mode]).T
            g.case("qqmm", [x, *q], [None, None, mode], lambda *i: mx.qqmm(*i, mode=mode), truth=truth, scale=150)
    g.case("qqmm", [sample(g.rng, "float32", (64,), 1), *mx.quantize(w[0], mode="nvfp4")], [], lambda *i: mx.qqmm(*i), scale=150)


def gathers(g):
    def truth(a, b, l, r):
        return np.matmul(wide(a).reshape(-1, *a.shape[-2:])[l], wide(b).reshape(-1, *b.shape[-2:])[r])

    pairs = [((3, 2, 4), (5, 4, 6), [0, 1, 2, 2], [3, 3, 3, 0]), ((3, 1, 17), (5, 17, 9), [0, 1, 2, 0, 1], [4, 4, 4, 1, 1]), ((2, 3, 5, 4), (2, 4, 3), [[5], [0]], [1, 0, 1])]
    pairs += [((3, 2, 4), (3, 4, 6), None, [2, 0, 1]), ((4, 2, 4), (5, 4, 6), [0, 4, 1], None), ((3, 2, 0), (2, 0, 4), [0, 1], [1, 1]), ((4,), (5, 4, 6), None, [0, 4]), ((2, 3, 4), (4,), [1, 0], None), ((2, 5, 33), (3, 33, 4), [0, 1, 0], [2, 2, 1])]
    for sa, sb, li, ri in pairs:
        if li is not None and ri is None and len(sb) == 3:
            li = [0, 3, 1, 2, 2]
        a, b = sample(g.rng, "float32", sa, 1), sample(g.rng, "float32", sb, 1)
        if 0 in sa:
            a, b = mx.zeros(sa), mx.zeros(sb)
        given = [mx.array(i, dtype=mx.uint32) for i in (li, ri) if i is not None]
        lr = None if li is None else R2
        rr = None if ri is None else (R3 if li is not None else R2)
        g.case("gatherMm", [a, b, *given], [R0, R1, lr, rr], lambda *i: mx.gather_mm(i[0], i[1], i[2] if lr else None, i[-1] if rr else None), scale=40)
    a, b = mx.ones((2, 3, 4)), mx.ones((5, 4, 6))
    for wrong in [[a, mx.ones((5, 3, 6)), mx.array([0, 1])], [a, b, mx.array([0.0, 1.0])], [a.astype(mx.complex64), b, mx.array([0, 1])], [mx.array(1.0), b, mx.array([0, 1])], [a, b, mx.array([0, 1, 2])]]:
        g.case("gatherMm", wrong, [R0, R1, None, R2], lambda x, y, i: mx.gather_mm(x, y, None, i), raises=True)
    g.case("gatherMm", [a, mx.ones((2, 4, 6))], [], lambda x, y: mx.gather_mm(x, y))
    for dtype in ("float32", "float16", "bfloat16", "float64"):
        x, y = sample(g.rng, dtype, (5, 23), 1), sample(g.rng, dtype, (23, 7), 1)
        s = [[0, 23], [0, 10], [10, 23], [4, 4], [9, 3], [22, 23]]
        t = np.stack([wide(x)[:, i:j] @ wide(y)[i:j] for i, j in s])
        g.case("segmentedMm", [x, y, mx.array(s, dtype=mx.uint32)], [], lambda *i: mx.segmented_mm(*i), truth=t, scale=60)
    x, y = sample(g.rng, "float32", (2, 9), 1), sample(g.rng, "float32", (9, 3), 1)
    g.case("segmentedMm", [x, y, mx.array([[[0, 3], [3, 9]]])], [], lambda *i: mx.segmented_mm(*i), scale=30)
    g.case("segmentedMm", [x, y, mx.array([2, 5])], [], lambda *i: mx.segmented_mm(*i), scale=30)
    for wrong in [[x, y, mx.array([[0, 3, 4]])], [x, y, mx.array([[0.0, 3.0]])], [x[None], y, mx.array([[0, 3]])], [x.astype(mx.complex64), y, mx.array([[0, 3]])]]:
        g.case("segmentedMm", wrong, [], lambda *i: mx.segmented_mm(*i), raises=True)

    def masks(shape):
        return [mx.array(g.rng.integers(0, 2, shape).astype(bool)), sample(g.rng, "float32", shape, 1)]

    for (m, k, n), batch, size in [((34, 35, 3), (), 32), ((5, 65, 3), (), 64), ((3, 33, 5), (2,), 32)]:
        a, b = sample(g.rng, "int8", (*batch, m, k)).astype(mx.float32), sample(g.rng, "int8", (*batch, k, n)).astype(mx.float32)
        tm, tk, tn = ((d + size - 1) // size for d in (m, k, n))
        for i in range(2):
            mo, ml, mr = masks((*batch, tm, tn))[i], masks((*batch, tm, tk))[i], masks((tk, tn))[i]
            for which in ([mo], [ml], [mr], [mo, ml, mr]):
                args = [R0, R1, size] + ([R2] if len(which) == 1 and which[0] is mo else [None, R2] if which[0] is ml else [None, None, R2] if which[0] is mr else [R2, R3, R4])
                named = {"mask_out": mo, "mask_lhs": ml, "mask_rhs": mr}
                kw = {key: v for key, v in named.items() if any(v is q for q in which)}
                g.case("blockMaskedMm", [a, b, *which], args, lambda x, y, *_: mx.block_masked_mm(x, y, size, **kw), scale=4000)["dense"] = True
    a, b, mask = sample(g.rng, "float32", (40,), 1), sample(g.rng, "float32", (40, 35), 1), mx.array([True, False])
    g.case("blockMaskedMm", [a, b, mask], [32, R2] and [R0, R1, 32, R2], lambda x, y, m: mx.block_masked_mm(x, y, 32, m), scale=60)
    for wrong in [[16, R2], [32, R2]]:
        g.case("blockMaskedMm", [a, b, mx.array([True, False, True])], [R0, R1, *wrong], lambda x, y, m: mx.block_masked_mm(x, y, wrong[0], m), raises=True)


def hadamard(g):
    for n in (2, 4, 8, 12, 16, 20, 24, 28, 32, 40, 56, 64, 96):
        for dtype in HALVES if n in (8, 24, 64) else ("float32",):
            x = sample(g.rng, dtype, (2, n), 1)
            h = wide(mx.hadamard_transform(mx.eye(n), scale=1.0))
            t = wide(x) @ h / np.sqrt(n)
            g.case("hadamardTransform", [x], [], lambda x: mx.hadamard_transform(x), truth=t, scale=float(np.max(np.abs(wide(x)) @ np.abs(h)) / np.sqrt(n)))
    x = sample(g.rng, "float32", (2, 3, 8), 1)
    g.case("hadamardTransform", [x], [0.5], lambda x: mx.hadamard_transform(x, 0.5), scale=8)
    g.case("hadamardTransform", [sample(g.rng, "int32", (3, 4))], [1.0], lambda x: mx.hadamard_transform(x, 1.0), scale=8)
    g.case("hadamardTransform", [mx.array(3.0)], [2.0], lambda x: mx.hadamard_transform(x, 2.0))
    g.case("hadamardTransform", [mx.array([[3.0], [4.0]])], [], lambda x: mx.hadamard_transform(x))
    for wrong in [mx.ones((2, 3)), mx.ones((2, 18)), mx.zeros((2, 0)), mx.ones((2, 4), mx.float64)]:
        g.case("hadamardTransform", [wrong], [], lambda x: mx.hadamard_transform(x), raises=True)


def quantized(g):
    packing(g)
    blocks(g)
    products(g)
    gathers(g)
    hadamard(g)
