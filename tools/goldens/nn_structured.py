"""Writes tests/goldens/nn/*.safetensors: structured layers of mlx.nn, their first weights, results and gradients.

A case is one layer, made after `mx.random.seed(seed)`. The loss is the sum of the outputs times stored cotangents; its gradients are those
of the parameters and of the floating inputs.
"""

import pathlib
import re

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten, tree_map

from cases_common import DTYPES, R0, R1, R2, Family, Ref, encode

SEED = 20261121
OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "goldens" / "nn"


def camel(name):
    return re.sub(r"_(\w)", lambda m: m[1].upper(), name)


def in_javascript(value):
    """Arguments as this library spells them: activations are functions by name."""
    return {"function": value.__name__} if callable(value) else encode(value)


class Layers(Family):
    script = "tools/goldens/nn_structured.py"

    def values(self, *shape, dtype="float32"):
        """Three decimals, far enough from each other that no rounding decides a maximum."""
        numbers = np.round(self.rng.normal(size=shape), 3)
        return mx.array(numbers.astype(np.float32)).astype(DTYPES[dtype])

    def tree(self, tree):
        return {path: self.put(x) for path, x in tree_flatten(tree)}

    def layer(self, name, args, inputs, call=None, *, positional=False, dtype=None, draws=False, grads=True, method=None, **options):
        """`options` follow `args`: by name in Python, as one object here, or in their order if `positional`.

        `draws`: the layer draws random numbers when it is called, after the seed is set again.
        """
        seed = len(self.cases) + 1
        mx.random.seed(seed)
        layer = getattr(nn, name)(*args, **options)
        if dtype is not None:
            layer.set_dtype(DTYPES[dtype])
        given = list(map(in_javascript, args))
        if positional:
            given += map(in_javascript, options.values())
        elif options:
            given.append({"object": {camel(k): in_javascript(v) for k, v in options.items()}})
        call = [Ref(i) for i in range(len(inputs))] if call is None else call
        record = {"layer": name, "args": given, "seed": seed, "call": encode(call)}
        record["parameters"] = self.tree(layer.trainable_parameters())
        record["inputs"] = [self.put(x) for x in inputs]
        if dtype is not None:
            record["dtype"] = dtype
        if draws:
            record["draws"] = True

        def run(xs):
            if draws:
                mx.random.seed(seed)
            out = layer(*[xs[v.index] if isinstance(v, Ref) else v for v in call])
            return list(out) if isinstance(out, (list, tuple)) else [out]

        outputs = run(inputs)
        mx.eval(outputs)
        record["outputs"] = [self.put(y) for y in outputs]
        if grads:
            weights = [self.values(*y.shape) for y in outputs]
            record["cotangents"] = [self.put(w) for w in weights]
            moving = [i for i, x in enumerate(inputs) if mx.issubdtype(x.dtype, mx.floating)]

            def loss(parameters, chosen):
                layer.update(parameters)
                xs = list(inputs)
                for i, x in zip(moving, chosen, strict=True):
                    xs[i] = x
                return sum(mx.sum(y.astype(mx.float32) * w) for y, w in zip(run(xs), weights, strict=True))

            parameters = layer.trainable_parameters()
            by_parameter, by_input = mx.grad(loss, argnums=(0, 1))(parameters, [inputs[i] for i in moving])
            layer.update(parameters)
            mx.eval(by_parameter, by_input)
            record["gradients"] = self.tree(by_parameter)
            record["inputGradients"] = {str(i): self.put(g) for i, g in zip(moving, by_input, strict=True)}
        self.cases.append(record)


def convolution(g):
    sizes = {1: (7,), 2: (6, 5), 3: (4, 5, 4)}
    each = {1: [2], 2: (2, 1), 3: (2, 1, 2)}
    for rank, size in sizes.items():
        x = g.values(2, *size, 4)
        ordinary, transposed = f"Conv{rank}d", f"ConvTranspose{rank}d"
        for options in [
            {},
            {"stride": 2, "padding": 1},
            {"dilation": 2 if rank < 3 else 1, "bias": False},
            {"padding": 1, "groups": 2, "stride": 2},
        ]:
            if rank == 3 and "groups" in options:
                continue  # no such option in MLX
            g.layer(ordinary, [4, 6, 3 if rank < 3 else 2], [x], **options)
        for options in [{}, {"stride": 2, "padding": 1, "output_padding": 1}, {"dilation": 2, "bias": False}]:
            g.layer(transposed, [4, 3, 2 if rank == 3 else 3], [x], **options)
        if rank > 1:
            kernel = each[rank]
            g.layer(ordinary, [4, 2, kernel], [x], stride=each[rank], padding=tuple(k - 1 for k in kernel), dilation=each[rank])
            g.layer(transposed, [4, 2, kernel], [x], stride=each[rank], padding=tuple(k - 1 for k in kernel))
    g.layer("Conv1d", [3, 4, 3], [g.values(2, 6, 3, dtype="float16")], dtype="float16", padding=1)


def pooling(g):
    sizes = {1: (9,), 2: (6, 7), 3: (4, 5, 4)}
    several = {1: [3], 2: [3, 2], 3: [2, 3, 2]}
    for rank, size in sizes.items():
        x = g.values(2, *size, 3)
        ties = mx.maximum(mx.round(x), 0)
        for kind in ("Max", "Avg"):
            name = f"{kind}Pool{rank}d"
            for args in ([2], [3, 1], [3, 2, 1], [several[rank], [2] * rank, [1] + [0] * (rank - 1)], [4], [2, 3]):
                g.layer(name, args, [x])
            g.layer(name, [3, 1, 1], [ties])
    whole = g.values(1, 8, 8, 2)
    for kind in ("Max", "Avg"):
        g.layer(f"{kind}Pool2d", [8], [whole])
        g.layer(f"{kind}Pool2d", [[6, 7], 1], [whole])
        g.layer(f"{kind}Pool2d", [[6, 7], 2, 3], [whole])
        g.layer(f"{kind}Pool1d", [3, 2, 1], [g.values(2, 7, 2, dtype="float16")])
        for dtype in ("int32", "int64"):
            g.layer(f"{kind}Pool1d", [2, 1, 1], [(g.values(2, 6, 2) * 9 - 20).astype(DTYPES[dtype])], grads=False)


def upsample(g):
    shapes = [(2, 5, 3), (1, 4, 5, 2), (1, 3, 2, 3, 2)]
    for shape in shapes:
        x = g.values(*shape)
        rank = len(shape) - 2
        scales = [2, 1.5, 2.8, 0.6, 3, [2.0, 0.5, 1.5][:rank]]
        for scale in scales:
            g.layer("Upsample", [scale], [x], grads=scale != 3)
            for mode in ("linear", "cubic"):
                if rank == 3 and scale != 1.5:
                    continue
                for align in (False, True):
                    g.layer("Upsample", [scale, mode, align], [x], grads=scale in (1.5, 0.6))
                g.layer("Upsample", [scale, mode, False, True], [x], grads=scale in (1.5, 0.6))
    g.layer("Upsample", [2], [mx.arange(6, dtype=mx.int32).reshape(1, 6, 1)], grads=False)
    g.layer("Upsample", [1.5, "linear"], [mx.arange(6, dtype=mx.int32).reshape(1, 6, 1)], grads=False)
    g.layer("Upsample", [2, "linear"], [g.values(1, 5, 2, dtype="float16")])
    g.layer("Upsample", [0.3, "linear"], [g.values(1, 13, 2)])
    g.layer("Upsample", [0.3, "cubic", False, True], [g.values(1, 13, 2)])
    g.layer("Upsample", [0.1, "linear"], [g.values(1, 5, 2)], grads=False)


def recurrent(g):
    batched, single = g.values(2, 5, 3), g.values(4, 3)
    for name in ("RNN", "GRU", "LSTM"):
        for bias in (True, False):
            g.layer(name, [3, 4], [batched], positional=True, bias=bias)
            g.layer(name, [3, 4], [single], positional=True, bias=bias)
            g.layer(name, [3, 4], [batched, g.values(2, 4)], positional=True, bias=bias)
            g.layer(name, [3, 4], [single, g.values(4)], positional=True, bias=bias)
        g.layer(name, [3, 4], [g.values(2, 1, 3)])
        g.layer(name, [3, 4], [g.values(2, 2, 3, 3), g.values(2, 2, 4)])
        g.layer(name, [3, 4], [g.values(2, 5, 3, dtype="float16")], dtype="float16")
    g.layer("LSTM", [3, 4], [batched, g.values(2, 4), g.values(2, 4)])
    g.layer("LSTM", [3, 4], [batched, g.values(2, 4)], [R0, None, R1])
    g.layer("RNN", [3, 4], [batched], positional=True, bias=True, nonlinearity=nn.relu)


def attention(g):
    x, memory = g.values(2, 4, 8), g.values(2, 5, 8)
    causal = nn.MultiHeadAttention.create_additive_causal_mask(4)
    seen = mx.array(np.tril(np.ones((4, 4), bool)))
    name = "MultiHeadAttention"
    g.layer(name, [8, 2], [x, x, x])
    g.layer(name, [8, 4], [x, memory, memory], bias=True)
    g.layer(name, [8, 2], [x, x, x, seen])
    g.layer(name, [8, 2], [x, x, x, causal])
    g.layer(name, [8, 2], [x, x, x], [R0, R1, R2, "causal"])
    g.layer(
        name,
        [8, 2],
        [g.values(2, 3, 5), g.values(2, 4, 6), g.values(2, 4, 7), g.values(2, 1, 3, 4)],
        query_input_dims=5,
        key_input_dims=6,
        value_input_dims=7,
        value_dims=6,
        value_output_dims=3,
    )
    g.layer(name, [8, 2], [x, g.values(2, 4, 6), g.values(2, 4, 6)], key_input_dims=6, bias=True)


def transformer(g):
    x, memory = g.values(2, 4, 8), g.values(2, 5, 8)
    causal = nn.MultiHeadAttention.create_additive_causal_mask(4)
    layers = [
        {},
        {"mlp_dims": 12, "activation": nn.gelu},
        {"mlp_dims": 12, "norm_first": False},
    ]
    for options in layers:
        g.layer("TransformerEncoderLayer", [8, 2], [x, causal], **options)
        g.layer("TransformerDecoderLayer", [8, 2], [x, memory, causal], [R0, R1, R2, None], **options)
    small = {"mlp_dims": 8}
    for options in (small, {**small, "checkpoint": True}, {**small, "norm_first": False}):
        g.layer("TransformerEncoder", [2, 8, 2], [x], [R0, None], **options)
        g.layer("TransformerDecoder", [2, 8, 2], [x, memory, causal, g.values(4, 5)], **options)
    dropping = {**small, "dropout": 0.25}
    g.layer("TransformerEncoderLayer", [8, 2], [x], [R0, None], draws=True, **dropping)
    g.layer("TransformerDecoderLayer", [8, 2], [x, memory], [R0, R1, None, None], draws=True, **dropping)
    g.layer(
        "Transformer",
        [],
        [memory, x, causal],
        [R0, R1, None, R2, None],
        dims=8,
        num_heads=2,
        num_encoder_layers=1,
        num_decoder_layers=1,
        **small,
    )


def positions(g):
    heads = g.values(2, 3, 5, 8)
    for args in ([8], [8, True], [6], [8, False, 500.0, 0.5], [4, True, 10000.0, 2.0]):
        g.layer("RoPE", args, [heads])
        g.layer("RoPE", args, [heads], [R0, 7])
    g.layer("RoPE", [8], [heads, mx.array([3, 11])])
    x = g.values(2, 3) * 5
    for dims, options in [
        (8, {}),
        (2, {}),
        (6, {"min_freq": 0.01, "max_freq": 3.0}),
        (8, {"scale": 1.0}),
        (8, {"cos_first": True, "full_turns": True, "scale": 0.5}),
    ]:
        g.layer("SinusoidalPositionalEncoding", [dims], [x], **options)
    g.layer("SinusoidalPositionalEncoding", [8], [mx.arange(6)], grads=False)
    for heads in (1, 2, 3, 6, 8):
        g.layer("ALiBi", [], [g.values(2, heads, 3, 4)])
    g.layer("ALiBi", [], [g.values(1, 4, 2, 6), g.values(2, 6)], [R0, 4, R1])
    g.layer("ALiBi", [], [g.values(1, 4, 3, 3, dtype="float16")])


class Sequence(nn.Module):
    """Reads (N, L, 1), says one number after each step."""

    def __init__(self, kind):
        super().__init__()
        if kind == "LSTM":
            self.body = nn.LSTM(1, 12)
        else:
            self.body = nn.TransformerEncoder(2, 12, 2, mlp_dims=16)
            self.lift = nn.Linear(1, 12)
        self.head = nn.Linear(12, 1)
        self.kind = kind

    def __call__(self, x):
        if self.kind == "LSTM":
            return self.head(self.body(x)[0])
        return self.head(self.body(self.lift(x), nn.MultiHeadAttention.create_additive_causal_mask(x.shape[1])))


def training(g):
    """The mean of what was seen so far, learned by 20 steps of plain gradient descent; every weight after them."""
    x = mx.array(g.rng.choice([-1.0, 1.0], (16, 8, 1)).astype(np.float32))
    y = mx.cumsum(x, axis=1) / mx.arange(1, 9).reshape(8, 1)
    for kind, rate in (("LSTM", 0.5), ("TransformerEncoder", 0.03)):
        seed = len(g.cases) + 1
        mx.random.seed(seed)
        model = Sequence(kind)
        record = {"layer": kind, "seed": seed, "rate": rate, "inputs": [g.put(x), g.put(y)]}
        record["parameters"] = g.tree(model.trainable_parameters())
        step = nn.value_and_grad(model, lambda x, y: mx.mean(mx.square(model(x) - y)))
        losses = []
        for _ in range(20):
            loss, grads = step(x, y)
            model.update(tree_map(lambda p, d: p - rate * d, model.trainable_parameters(), grads))
            mx.eval(loss, model.parameters())
            losses.append(loss.item())
        record["losses"] = losses
        record["trained"] = g.tree(model.trainable_parameters())
        g.cases.append(record)


if __name__ == "__main__":
    mx.set_default_device(mx.cpu)
    OUT.mkdir(parents=True, exist_ok=True)
    for family in (convolution, pooling, upsample, recurrent, attention, transformer, positions, training):
        layers = Layers(family.__name__, SEED)
        family(layers)
        layers.write(OUT)
        size = (OUT / f"{family.__name__}.safetensors").stat().st_size
        print(f"{family.__name__:12} {len(layers.cases):4} cases {len(layers.tensors):5} tensors {size / 1024:7.1f} KiB")
