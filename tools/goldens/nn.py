"""Writes tests/goldens/nn/{linear,normalization,dropout,activations,losses,init,packed}.safetensors and weights-mlx.*: mlx.nn on the CPU.

Layers are recorded as nn_structured.py records them, here with every parameter after the call (running statistics move) and the results
in evaluation. A function is a call with the gradients of its floating inputs. An initialiser is a factory, a shape and what it made.
"""

import sys

import mlx.core as mx
import mlx.nn as nn

from cases_common import DTYPES, R2, Ref, encode
from nn_structured import OUT, SEED, Layers, camel


class Simple(Layers):
    script = "tools/goldens/nn.py"

    def layer(self, name, args, inputs, **options):
        super().layer(name, args, inputs, **options)
        record = self.cases[-1]
        extras = {k: options.pop(k) for k in ("call", "positional", "dtype", "draws", "grads", "method") if k in options}
        mx.random.seed(record["seed"])
        layer = getattr(nn, name)(*args, **options)
        if "dtype" in extras:
            layer.set_dtype(DTYPES[extras["dtype"]])
        record["state"] = self.tree(layer.parameters())
        layer(*inputs)
        record["after"] = self.tree(layer.parameters())
        layer.eval()
        record["evaluated"] = self.put(layer(*inputs))

    def function(self, name, inputs, args=(), *, grads=True, **options):
        """`inputs` are tensors; `args` follow them, `options` follow as one object. An option may be a reference to an input."""
        where, short = (nn.losses, name.split(".")[1]) if name.startswith("losses.") else (nn, name)
        fn = getattr(where, short)
        named = {k: v.index for k, v in options.items() if isinstance(v, Ref)}
        direct = [Ref(i) for i in range(len(inputs)) if i not in named.values()]
        given = [*direct, *args] + ([{camel(k): v for k, v in options.items()}] if options else [])

        def run(*xs):
            value = lambda v: xs[v.index] if isinstance(v, Ref) else v
            return fn(*[value(v) for v in direct], *map(value, args), **{k: value(v) for k, v in options.items()})

        y = run(*inputs)
        record = {"function": camel(name), "args": encode(given), "inputs": [self.put(x) for x in inputs], "output": self.put(y)}
        moving = [i for i, x in enumerate(inputs) if mx.issubdtype(x.dtype, mx.floating)]
        if grads and moving:
            w = self.values(*y.shape)
            record["cotangent"] = self.put(w)
            found = mx.grad(lambda *xs: mx.sum(run(*xs).astype(mx.float32) * w), argnums=moving)(*inputs)
            found = [found] if isinstance(found, mx.array) else found
            record["gradients"] = {str(i): self.put(g) for i, g in zip(moving, found, strict=True)}
        self.cases.append(record)

    def initializer(self, name, args, shape, call=()):
        seed = len(self.cases) + 1
        mx.random.seed(seed)
        made = getattr(nn.init, name)(*args)(mx.zeros(shape), *call)
        self.cases.append(
            {"init": camel(name), "args": encode(args), "call": encode(call), "seed": seed, "shape": list(shape), "output": self.put(made)}
        )


def linear(g):
    x = g.values(4, 6)
    for args in ([6, 3], [6, 3, False], [6, 1]):
        g.layer("Linear", args, [x])
    g.layer("Linear", [6, 5], [g.values(2, 3, 6)])
    g.layer("Linear", [6, 5], [g.values(6)])
    for dtype in ("float16", "bfloat16"):
        g.layer("Linear", [6, 3], [g.values(4, 6, dtype=dtype)], dtype=dtype)
    g.layer("Bilinear", [6, 4, 3], [x, g.values(4, 4)])
    g.layer("Bilinear", [6, 4, 3, False], [g.values(2, 5, 6), g.values(2, 5, 4)])
    g.layer("Identity", [], [x])
    tokens = mx.array([[0, 3, 9], [3, 3, 1]])
    g.layer("Embedding", [10, 8], [tokens])
    g.layer("Embedding", [7, 3], [mx.array(2)])
    g.layer("Embedding", [10, 8], [tokens], dtype="bfloat16")


def normalization(g):
    flat, line, image, volume = g.values(6, 8), g.values(3, 5, 8), g.values(2, 4, 3, 8), g.values(2, 2, 3, 2, 8)
    for x in (flat, line, image):
        g.layer("LayerNorm", [8], [x])
        g.layer("RMSNorm", [8], [x])
        g.layer("BatchNorm", [8], [x])
    g.layer("LayerNorm", [8], [flat * 1e3 + 1e2])
    g.layer("LayerNorm", [8, 0.1, False], [flat])
    g.layer("LayerNorm", [8, 1e-5, True, False], [flat])
    g.layer("RMSNorm", [8, 0.5], [flat])
    for x in (line, image, volume):
        g.layer("InstanceNorm", [8], [x])
        g.layer("InstanceNorm", [8, 1e-3, True], [x])
        for compatible in (False, True):
            g.layer("GroupNorm", [2, 8], [x], pytorch_compatible=compatible)
            g.layer("GroupNorm", [4, 8], [x], pytorch_compatible=compatible, affine=False, eps=1e-2)
    g.layer("GroupNorm", [4, 8], [flat])
    g.layer("GroupNorm", [1, 8], [flat], pytorch_compatible=True)
    g.layer("BatchNorm", [8], [flat], momentum=0.3, eps=1e-2)
    g.layer("BatchNorm", [8], [flat], affine=False)
    g.layer("BatchNorm", [8], [flat], track_running_stats=False)
    for dtype in ("float16", "bfloat16"):
        half = g.values(3, 5, 8, dtype=dtype)
        for name, args in (("LayerNorm", [8]), ("RMSNorm", [8]), ("InstanceNorm", [8]), ("BatchNorm", [8])):
            g.layer(name, args, [half], dtype=dtype)
        g.layer("GroupNorm", [2, 8], [half], dtype=dtype, pytorch_compatible=True)


def dropout(g):
    for p in ([], [0.1], [0.0], [0.9]):
        g.layer("Dropout", p, [g.values(7, 9)], draws=True)
    g.layer("Dropout", [0.3], [g.values(5, 5, dtype="bfloat16")], draws=True)
    for x in (g.values(3, 2, 5), g.values(4, 3, 2, 5)):
        g.layer("Dropout2d", [], [x], draws=True)
    for x in (g.values(2, 3, 2, 5), g.values(4, 2, 3, 2, 5)):
        g.layer("Dropout3d", [0.4], [x], draws=True)


PLAIN = ["Sigmoid", "Tanh", "ReLU", "ReLU2", "ReLU6", "Softplus", "Softsign", "SiLU", "LogSigmoid", "Mish", "Hardswish", "SELU"]
PLAIN += ["LeakyReLU", "ELU", "CELU", "Softshrink", "HardShrink", "HardTanh", "Softmax", "Softmin", "LogSoftmax", "GLU", "GELU", "PReLU"]


def activations(g):
    x = g.values(5, 8) * 3
    for name in PLAIN:
        g.layer(name, [], [x])
        g.layer(name, [], [x.astype(mx.bfloat16)], dtype="bfloat16")
    g.layer("Step", [], [x], grads=False)
    g.layer("Step", [0.7], [x], grads=False)
    for name, args in (("LeakyReLU", [0.2]), ("ELU", [0.5]), ("CELU", [2.0]), ("Softshrink", [1.1]), ("HardShrink", [1.1])):
        g.layer(name, args, [x])
    g.layer("GLU", [1], [g.values(3, 4, 2)])
    g.layer("PReLU", [8, 0.1], [x])
    for approx in ("none", "precise", "tanh", "fast"):
        g.layer("GELU", [approx], [x])
    for name in ("softmax", "softmin", "log_softmax"):
        g.function(name, [g.values(3, 4, 2)], [1])
    g.function("hard_tanh", [x], [-2.0, 0.5])


def losses(g):
    reductions = ("none", "mean", "sum")
    x, y = g.values(4, 6), g.values(4, 6)
    classes = mx.array([0, 5, 2, 2])
    probabilities = mx.softmax(g.values(4, 6), axis=-1)
    for reduction in reductions:
        g.function("losses.cross_entropy", [x, classes], reduction=reduction)
        g.function("losses.cross_entropy", [x, probabilities], reduction=reduction)
    g.function("losses.cross_entropy", [x * 100, classes], label_smoothing=0.1)
    g.function("losses.cross_entropy", [x, probabilities], label_smoothing=0.3)
    g.function("losses.cross_entropy", [x, classes, g.values(4)], weights=R2, reduction="sum")
    g.function("losses.cross_entropy", [x, probabilities, g.values(4)], weights=R2, label_smoothing=0.2)
    deep = g.values(2, 5, 3)
    g.function("losses.cross_entropy", [deep, mx.array([[0, 4, 1], [2, 2, 3]])], axis=1)
    g.function("losses.cross_entropy", [deep, mx.softmax(g.values(2, 5, 3), axis=1)], axis=1, label_smoothing=0.1)
    g.function("losses.cross_entropy", [g.values(3, 2, 5), mx.array([[0, 4], [1, 2], [2, 3]])], axis=-1)
    for dtype in ("float16", "bfloat16"):
        g.function("losses.cross_entropy", [x.astype(DTYPES[dtype]), classes], reduction="mean")
        g.function("losses.mse_loss", [x.astype(DTYPES[dtype]), y.astype(DTYPES[dtype])])
    inside = mx.sigmoid(g.values(4, 6) * 3)
    binary = (g.values(4, 6) > 0).astype(mx.float32)
    for reduction in reductions:
        g.function("losses.binary_cross_entropy", [x * 10, binary], [None, True, reduction])
        g.function("losses.binary_cross_entropy", [inside, binary], [None, False, reduction])
    edge = mx.array([0.0, 1.0, 1.0, 0.0, 0.5])
    g.function("losses.binary_cross_entropy", [edge, mx.array([0.0, 1.0, 0.0, 1.0, 1.0])], [None, False, "none"], grads=False)
    pairs = [("l1_loss", []), ("mse_loss", []), ("hinge_loss", []), ("log_cosh_loss", [])]
    for name, args in pairs:
        for reduction in reductions:
            g.function(f"losses.{name}", [x, y], [*args, reduction])
        g.function(f"losses.{name}", [x, y])
    g.function("losses.log_cosh_loss", [x * 100, y])
    for reduction in reductions:
        g.function("losses.huber_loss", [x, y], [0.7, reduction])
        g.function("losses.smooth_l1_loss", [x, y], [0.7, reduction])
        g.function("losses.nll_loss", [nn.log_softmax(x), classes], [-1, reduction])
        g.function("losses.kl_div_loss", [nn.log_softmax(x), nn.log_softmax(y)], [-1, reduction])
        g.function("losses.gaussian_nll_loss", [x, y, mx.abs(g.values(4, 6)) + 0.1], [True, 1e-6, reduction])
        g.function("losses.cosine_similarity_loss", [x, y], [1, 1e-8, reduction])
        g.function("losses.triplet_loss", [x, y, g.values(4, 6)], reduction=reduction)
        g.function("losses.margin_ranking_loss", [x, y, mx.sign(g.values(4, 6))], [0.2, reduction])
    g.function("losses.huber_loss", [x, y])
    g.function("losses.smooth_l1_loss", [x, y])
    g.function("losses.nll_loss", [deep, mx.array([[0, 4, 1], [2, 2, 3]])], [1])
    g.function("losses.kl_div_loss", [deep, g.values(2, 5, 3)], [1])
    g.function("losses.gaussian_nll_loss", [x, y, g.values(4, 6)])
    g.function("losses.cosine_similarity_loss", [deep, g.values(2, 5, 3)])
    g.function("losses.cosine_similarity_loss", [deep, g.values(2, 5, 3)], [-1])
    g.function("losses.triplet_loss", [x, y, g.values(4, 6)], axis=0, p=3, margin=0.5, eps=1e-3)
    g.function("losses.margin_ranking_loss", [x, y, mx.sign(g.values(4, 6))])


def init(g):
    shape = (5, 7)
    for name, args in [
        ("constant", [0.25]),
        ("constant", [3, mx.float16]),
        ("normal", []),
        ("normal", [0.5, 2.0]),
        ("normal", [0.5, 2.0, mx.bfloat16]),
        ("uniform", []),
        ("uniform", [-2.0, 3.0]),
        ("uniform", [-2.0, 3.0, mx.float16]),
        ("glorot_normal", []),
        ("glorot_uniform", []),
        ("he_normal", []),
        ("he_uniform", []),
        ("he_uniform", [mx.bfloat16]),
        ("sparse", [0.4]),
        ("sparse", [0.9, 0.5, 0.1]),
        ("sparse", [0.0]),
        ("sparse", [1.0]),
    ]:
        g.initializer(name, args, shape)
    for name in ("glorot_normal", "glorot_uniform"):
        g.initializer(name, [], shape, [4.0])
        g.initializer(name, [], (4, 3, 2, 6))
    for name in ("he_normal", "he_uniform"):
        g.initializer(name, [], shape, ["fan_out", 5.0])
        g.initializer(name, [], (4, 3, 2, 6), ["fan_out"])
    g.initializer("identity", [], (4, 4))
    g.initializer("identity", [mx.float16], (1, 1))
    for shape in ((5, 5), (3, 6), (6, 3), (1, 4)):
        g.initializer("orthogonal", [], shape)
    g.initializer("orthogonal", [2.5, mx.float16], (4, 3))


def packed(g):
    # QQLinear is left out: on the CPU MLX 0.32.4 has its product for single rows only
    x = g.values(3, 64)
    for options in ({}, {"group_size": 32, "bits": 8}, {"mode": "mxfp4"}, {"mode": "mxfp8"}, {"mode": "nvfp4"}):
        g.layer("QuantizedLinear", [64, 6, True], [x], grads=False, **options)
        g.layer("QuantizedEmbedding", [9, 64], [mx.array([[0, 8], [3, 3]])], grads=False, **options)
    g.layer("QuantizedLinear", [64, 6, False], [x], grads=False, bits=3)


FAMILIES = [linear, normalization, dropout, activations, losses, init, packed]


def weights():
    """A model in files of mlx's own writing, and what it gives."""
    mx.random.seed(7)
    model = nn.Sequential(nn.Embedding(11, 6), nn.Linear(6, 5), nn.relu, nn.BatchNorm(5), nn.Sequential(nn.Linear(5, 4, bias=False)))
    tokens = mx.array([[1, 2, 3], [9, 10, 0]])
    model(tokens)
    model.eval()
    mx.eval(model.parameters())
    model.save_weights(str(OUT / "weights-mlx.safetensors"))
    model.save_weights(str(OUT / "weights-mlx.npz"))
    mx.save_safetensors(str(OUT / "weights-mlx-result.safetensors"), {"tokens": tokens, "result": model(tokens)})


def main():
    mx.set_default_device(mx.cpu)
    OUT.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        if sys.argv[1:] and family.__name__ not in sys.argv[1:]:
            continue
        g = Simple(family.__name__, SEED)
        family(g)
        g.write(OUT)
        print(f"{g.name:14} {len(g.cases):4} cases {(OUT / f'{g.name}.safetensors').stat().st_size / 1024:8.1f} KiB")
    if not sys.argv[1:] or "weights" in sys.argv[1:]:
        weights()


if __name__ == "__main__":
    main()
