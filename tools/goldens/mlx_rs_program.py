"""Writes tests/goldens/mlx-rs/program.txt: what tests/mlx-rs/program.ts prints, computed with MLX in Python."""

import pathlib
import tempfile

import mlx.core as mx
import mlx.nn as nn

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "goldens" / "mlx-rs" / "program.txt"
lines = []
f32, i32 = mx.float32, mx.int32


def show(name, a):
    flat = a.flatten().astype(f32)
    weights = mx.arange(1, flat.size + 1, dtype=f32) / mx.array(flat.size, f32)
    sums = [f"{s.item():.4f}" for s in (flat.sum(), (flat * weights).sum())]
    dtype = str(a.dtype).split(".")[-1].capitalize()
    lines.append(f"{name} {dtype} [{', '.join(map(str, a.shape))}] {' '.join(sums)}")


def flag(v):
    return str(bool(v)).lower()


def main():
    mx.set_default_device(mx.cpu)
    a = mx.array([[0.5, -1.25, 2], [3.5, -0.75, 1.5]])
    b = mx.array([1.0, 2.0, 3.0])
    x = mx.arange(24, dtype=f32).reshape(2, 3, 4) / mx.array(10.0)
    show("arange", x)
    show("linspace", mx.linspace(-1, 1, 7))
    show("full", mx.full((2, 2), mx.array([1.0, 2.0])))
    show("eye", mx.eye(3, 4, 1))
    show("tril", mx.tril(mx.ones((3, 3)), -1))
    show("zeros_dtype", mx.zeros((2,), mx.float16))

    show("exp", mx.exp(a))
    show("power", mx.power(mx.abs(a), b))
    show("f16 + 1.5", mx.ones((2,), mx.float16) + mx.array(1.5, f32))
    show("u8 + 1", mx.ones((2,), mx.uint8) + mx.array(1, i32))
    show("clip", mx.clip(a, -1.0, 2.0))
    show("logaddexp", mx.logaddexp(a, b))
    for part in mx.divmod(a, b):
        show("divmod", part)
    show("round", mx.round(a * 1.2345, 2))
    show("erf", mx.erf(a))

    show("gt", a > 0.25)
    show("is_close", mx.isclose(a, a + 1e-7))
    show("and", mx.logical_and(a > 0, a < 1.75))
    show("which", mx.where(a > 0, a, 0.0))
    lines.append(f"equal {flag(mx.array_equal(a, a))} {flag(mx.array_equal(a, b))}")

    show("sum", x.sum())
    show("mean_axis", x.mean(1))
    show("var_axes", mx.var(x, [0, 2], True, 1))
    show("logsumexp_axis", mx.logsumexp(x, -1))
    show("cumsum", mx.cumsum(x, 2, reverse=True, inclusive=False))
    show("softmax", mx.softmax(a.flatten(), 0).reshape(2, 3))
    show("softmax_axis", mx.softmax(x, 1))
    show("argmax_axis", mx.argmax(a, 1))

    show("transpose_axes", x.transpose(2, 0, 1))
    show("pad", mx.pad(a, [(0, 1), (2, 0)], constant_values=9.0))
    show("concatenate", mx.concatenate([a.flatten(), b]))
    show("concatenate_axis", mx.concatenate([x, x], 1))
    show("stack_axis", mx.stack([a, a], 1))
    for part in mx.split(x, [1], 1):
        show("split_axis", part)
    show("tile", mx.tile(b, [2, 2]))
    show("repeat_axis", mx.repeat(a, 2, 1))

    show("x[1]", x[1])
    show("x[.., 1..]", x[:, 1:])
    show("x[..., 0]", x[..., 0])
    show("x[newaxis]", x[None, 0, :2])
    show("x[::-1]", x[:, ::-1])
    show("x[rows]", x[mx.array([1, 0, 1])])
    y = mx.array(x)
    y[1, :, 1:3] = mx.array([7.0, 8.0])
    y = y * 0.5
    show("y", y)
    show("x", x)
    show("take_along_axis", mx.take_along_axis(a, mx.argsort(a, 1), 1))

    show("sort", mx.sort(a.flatten()))
    show("argsort_axis", mx.argsort(a, 0))
    show("topk", mx.sort(a.flatten())[-2:])

    wave = mx.sin(mx.arange(30, dtype=f32)).reshape(1, 10, 3)
    kernel = mx.cos(mx.arange(18, dtype=f32)).reshape(2, 3, 3)
    show("conv1d", mx.conv1d(wave, kernel, 2, 1))
    show("conv_transpose1d", mx.conv_transpose1d(wave, kernel, 2))

    m = mx.array([[4, 1, 0.5], [1, 3, -0.25], [0.5, -0.25, 2]])
    la = mx.linalg
    show("matmul", m @ a.T)
    show("inv", la.inv(m))
    show("solve", la.solve(m, b))
    show("cholesky", la.cholesky(m))
    q, r = la.qr(m)
    show("qr", q @ r)
    show("svd", la.svd(m)[1])
    show("eigvalsh", la.eigvalsh(m))
    show("norm", la.norm(b, 3))
    show("tensordot", mx.tensordot(x, x.T, 1))
    show("einsum", mx.einsum("ij,kj->ik", a, a))

    spectrum = mx.fft.rfft(wave, axis=1)
    show("rfft", mx.abs(spectrum))
    show("irfft", mx.fft.irfft(spectrum, 10, 1))

    mx.random.seed(42)
    show("uniform", mx.random.uniform(0, 1, (4,)))
    k1, k2 = mx.random.split(mx.random.key(5))
    show("normal", mx.random.normal((3, 2), loc=1.0, scale=2.0, key=k1))
    show("randint", mx.random.randint(0, 100, (5,), key=k2))
    show("bernoulli", mx.random.bernoulli(0.3, (10,), key=k1))
    show("categorical", mx.random.categorical(mx.log(mx.array([0.1, 0.2, 0.7])), num_samples=8, key=k2))

    heads = mx.sin(mx.arange(64, dtype=f32)).reshape(1, 2, 4, 8)
    show("rope", mx.fast.rope(heads, 8, traditional=False, base=10000.0, scale=1.0, offset=1))
    show("attention", mx.fast.scaled_dot_product_attention(heads, heads, heads, scale=0.35, mask="causal"))
    show("rms_norm", mx.fast.rms_norm(x, mx.ones(4), 1e-5))
    show("layer_norm", mx.fast.layer_norm(x, mx.ones(4), None, 1e-5))

    w = mx.sin(mx.arange(128, dtype=f32)).reshape(2, 64)
    packed, scales, biases = mx.quantize(w, 64, 8)
    show("dequantize", mx.dequantize(packed, scales, biases, 64, 8))
    show("quantized_matmul", mx.quantized_matmul(w, packed, scales, biases, True, 64, 8))

    show("gelu", nn.gelu(a))
    show("log_softmax", nn.log_softmax(a))
    show("hard_swish", nn.hardswish(a))
    show("glu", nn.glu(x))

    with tempfile.TemporaryDirectory() as d:
        mx.save_safetensors(f"{d}/w.safetensors", {"a": a, "x": x})
        loaded = mx.load(f"{d}/w.safetensors")
        for name in ("a", "x"):
            show(f"loaded {name}", loaded[name])
        mx.save(f"{d}/x.npy", x)
        show("loaded npy", mx.load(f"{d}/x.npy"))
    show("complex", mx.abs(mx.array([1 + 2j, 3 - 4j])))
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
