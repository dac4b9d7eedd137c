"""Writes packages/migrate/tests/programs/*.txt: what the Rust programs beside them print, computed with MLX in Python."""

import math
import pathlib

import mlx.core as mx

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages" / "migrate" / "tests" / "programs"
lines = []


def put(*parts):
    lines.append(" ".join(str(p) for p in parts))


def show(name, a):
    put(name, list(a.shape), f"{a.sum().item():.4f}")


def arrays():
    a = mx.array([[1, 2, 3], [4, 5, 6]])
    b = mx.array([1.0, 2.0, 3.0])
    show("a + b", a + b)
    show("a * 2", a * 2)
    show("a * 2.0", a * mx.array(2.0))
    show("neg", -b)
    show("a / b", a / b)
    show("rem", a % 4)
    x = mx.arange(24, dtype=mx.float32).reshape(2, 3, 4)
    show("x[1]", x[1])
    show("x[-1]", x[-1])
    show("x[.., 1..]", x[:, 1:])
    show("x[0, ..2, 1..=2]", x[0, :2, 1:3])
    show("x[..., 0]", x[..., 0])
    show("x[newaxis]", x[None, 1])
    show("x[.., .., ::2]", x[:, :, ::2])
    show("x[.., .., ::-1]", x[:, 0, ::-1])
    show("x[rows]", x[mx.array([1, 0, 1])])
    y = mx.array(x)
    y[0, 1] = mx.array(100.0)
    y[1, :, 2:] = 0.5
    show("y", y)
    show("x", x)
    y = (y + 1) * 0.5
    show("y", y)
    show("t", x.transpose(2, 0, 1)[1])
    show("flat", mx.concatenate([b, b]))
    show("stacked", mx.stack([b, b], 1))
    q, r = mx.divmod(a, mx.array(4))
    show("q", q)
    show("r", r)
    for i, p in enumerate(mx.split(x, 2, 2)):
        put("part", i, list(p.shape))
        show("part", p)
    put("squares", f"{sum(float(e) * float(e) for e in b):.1f}")
    put("all", str(bool((b > 0.5).all().item())).lower())


def attention():
    heads, width = 2, 8

    def linear(bias, key):
        scale = math.sqrt(1 / width)
        return mx.random.uniform(-scale, scale, (width, width), key=key), (mx.zeros(width) + 0.25 if bias else None)

    def forward(layer, x):
        y = x @ layer[0].T
        return y if layer[1] is None else y + layer[1]

    def split(x):
        return x.reshape(x.shape[0], x.shape[1], heads, width // heads).transpose(0, 2, 1, 3)

    def attend(q, k, v, causal):
        scores = (q @ k.transpose(0, 1, 3, 2)) * (1 / math.sqrt(width // heads))
        if causal:
            scores = scores + mx.triu(mx.ones((q.shape[2], q.shape[2])), 1) * -1e9
        return mx.softmax(scores, -1) @ v

    k1, k2 = mx.random.split(mx.random.key(7))
    kq, kk = mx.random.split(k1)
    x = mx.random.normal((1, 5, width), key=k2)
    wq, wk = linear(True, kq), linear(False, kk)
    q, k = split(forward(wq, x)), split(forward(wk, x))
    out = attend(q, k, k, True)
    put("causal", list(out.shape), f"{out.sum().item():.4f}")
    keys = k
    step = x[:, 4:5]
    for i in range(3):
        s, t = split(forward(wq, step)), split(forward(wk, step))
        keys = mx.concatenate([keys, t], 2)
        put("step", i, keys.shape[2], f"{attend(s, keys, keys, False).mean().item():.4f}")
    put("norm", f"{mx.fast.rms_norm(x, mx.ones(width), 1e-5).square().mean().item():.4f}")
    r = mx.fast.rope(q, width // heads, traditional=False, base=10000.0, scale=1.0, offset=2)
    put("rope", f"{r[0, 1, 3].sum().item():.4f}")


def loss():
    logits = mx.array([[1.0, 2.0, 3.0], [0.5, -1.0, 4.0]])
    p = mx.softmax(logits, -1)
    put("p", f"{p.max().item():.5f}")
    put("mean", f"{logits.mean().item():.5f}")
    put("mean rows", f"{logits.mean(1, keepdims=True).sum().item():.5f}")
    put("sum both", f"{logits.sum([0, 1]).item():.5f}")
    put("var", f"{logits.var(0).sum().item():.5f}")
    put("lse", f"{logits.logsumexp(1).sum().item():.5f}")
    put("t", list(logits.T.shape))
    put("joined", list(mx.concatenate([logits, p], 0).shape))
    put("wide", list(logits[None].shape))
    put("twice", list(mx.stack([logits, p], 1).shape))
    put("squeezed", list(logits.shape))
    value = (mx.array(1.0) - mx.array(0.05) + mx.array([7.0, 2.0]) + 1e-8).log().square()
    put("loss", f"{value.sum().item():.4f}")
    put("norm", f"{mx.logaddexp(value, value).sum().item():.5f}")


def main():
    mx.set_default_device(mx.cpu)
    for name, program in {"arrays": arrays, "attention": attention, "loss-0.21": loss, "numbers": numbers}.items():
        lines.clear()
        program()
        (OUT / f"{name}.txt").write_text("\n".join(lines) + "\n")


def numbers():
    a = mx.array([[4.0, 1.0], [2.0, 3.0]])
    put("det", f"{4.0 * 3.0 - 1.0 * 2.0:.4f}")
    total = 0.0
    for i in range(1, 4):
        total += a.sum().item() / i
    put("total", f"{total:.4f}")
    put("kind", "odd")
    best = max((float(v), i) for i, v in enumerate([0.1, 0.7, 0.2]))
    put("best", best[1], f"{best[0]:.2f}")
    mx.random.seed(3)
    u = mx.random.uniform(shape=(2, 3))
    put("uniform", f"{u.sum().item():.5f}")
    put("randint", mx.random.randint(0, 10, (4,), key=mx.random.key(5)).tolist())
    put("half", str((mx.ones(2, dtype=mx.float16) * mx.array(1.5)).dtype).split(".")[-1])
    put("where", mx.where(a > 2, a, mx.zeros_like(a)).sum().item())
    put("sorted", [int(v) for v in mx.sort(a.flatten()).tolist()])
    put("argmax", mx.argmax(a, 1).tolist())
    put("cumsum", f"{mx.cumsum(a, 1).sum().item():.1f}")
    put("fib", 55)


if __name__ == "__main__":
    main()
