"""Writes tests/goldens/mlx-rs/modules.json: losses and optimizers with the defaults of mlx-rs, and a training run, as MLX computes them."""

import json
import pathlib

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten, tree_unflatten

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "goldens" / "mlx-rs" / "modules.json"
rng = np.random.default_rng(20251121)


def rand(*shape, low=-2.0, high=2.0):
    """Values with two decimals: short in JSON."""
    return mx.array(np.round(rng.uniform(low, high, shape), 2).astype(np.float32))


def stored(a):
    return {"shape": list(a.shape), "values": [float(str(np.float32(v))) for v in a.flatten().tolist()]}


def losses():
    """Each loss as mlx-rs's `new()` makes it: inputs and result."""
    x, y, z = rand(3, 4), rand(3, 4), rand(3, 4)
    signs = mx.where(y > 0, 1.0, -1.0)
    classes = mx.array([1.0, 3.0, 0.0])
    logs = nn.log_softmax(x, axis=-1)
    variances = mx.abs(z) + 0.5
    f = nn.losses
    rows = {
        "CrossEntropy": ([x, classes], f.cross_entropy(x, classes.astype(mx.int32), axis=-1, reduction="none")),
        "BinaryCrossEntropy": ([x, mx.maximum(signs, 0)], f.binary_cross_entropy(x, mx.maximum(signs, 0), reduction="none")),
        "L1Loss": ([x, y], f.l1_loss(x, y, reduction="mean")),
        "MseLoss": ([x, y], f.mse_loss(x, y, reduction="mean")),
        "NllLoss": ([logs, classes], f.nll_loss(logs, classes.astype(mx.int32), axis=-1, reduction="none")),
        "GaussianNllLoss": ([x, y, variances], f.gaussian_nll_loss(x, y, variances, reduction="none")),
        "KlDivLoss": ([logs, nn.log_softmax(y, axis=-1)], f.kl_div_loss(logs, nn.log_softmax(y, axis=-1), axis=-1, reduction="none")),
        "SmoothL1Loss": ([x, y], f.smooth_l1_loss(x, y, beta=1.0, reduction="mean")),
        "TripletLoss": ([x, y, z], f.triplet_loss(x, y, z, axis=-1, reduction="none")),
        "HingeLoss": ([x, signs], f.hinge_loss(x, signs, reduction="none")),
        "HuberLoss": ([x, y], f.huber_loss(x, y, delta=1.0, reduction="none")),
        "LogCoshLoss": ([x, y], f.log_cosh_loss(x, y, reduction="none")),
        "CosineSimilarityLoss": ([x, y], f.cosine_similarity_loss(x, y, axis=-1, reduction="none")),
        "MarginRankingLoss": ([x, y, signs], f.margin_ranking_loss(x, y, signs, margin=0.0, reduction="none")),
    }
    return {name: {"inputs": [stored(a) for a in args], "result": stored(r)} for name, (args, r) in rows.items()}


def optimizers():
    """Each optimizer with mlx-rs's defaults: parameters, three gradients of each, and the parameters after every step."""
    start = {"w": rand(2, 3), "b": rand(3)}
    gradients = [{"w": rand(2, 3), "b": rand(3)} for _ in range(3)]
    kinds = {
        "Sgd": optim.SGD(0.1),
        "RmsProp": optim.RMSprop(0.1, alpha=0.99, eps=1e-8),
        "AdaGrad": optim.Adagrad(0.1, eps=1e-8),
        "AdaDelta": optim.AdaDelta(0.1, rho=0.99, eps=1e-6),
        "Adam": optim.Adam(0.1, betas=[0.9, 0.999], eps=1e-8),
        "AdamW": optim.AdamW(0.1, betas=[0.9, 0.999], eps=1e-8, weight_decay=0.01),
        "Adamax": optim.Adamax(0.1, betas=[0.9, 0.999], eps=1e-8),
        "Lion": optim.Lion(0.1, betas=[0.9, 0.999], weight_decay=0.0),
        "Adafactor": optim.Adafactor(),
    }
    steps = {}
    for name, optimizer in kinds.items():
        parameters = dict(start)
        steps[name] = []
        for g in gradients:
            parameters = optimizer.apply_gradients(g, parameters)
            steps[name].append({k: stored(v) for k, v in parameters.items()})
    named = lambda tree: {k: stored(v) for k, v in tree.items()}
    return {"start": named(start), "gradients": [named(g) for g in gradients], "steps": steps}


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(2, 8)
        self.norm = nn.LayerNorm(8)
        self.down = nn.Linear(8, 1)

    def __call__(self, x):
        return self.down(nn.relu(self.norm(self.up(x))))


def training():
    """30 steps of AdamW with clipped gradients: the weights at the start, the data, and the loss of every step."""
    model = Mlp()
    weights = [(k, rand(*v.shape, low=-0.7, high=0.7)) for k, v in tree_flatten(model.parameters())]
    model.update(tree_unflatten(weights))
    x = rand(16, 2, low=-1, high=1)
    y = mx.sin(3 * x[:, :1]) * x[:, 1:]
    optimizer = optim.AdamW(0.02, betas=[0.9, 0.999], eps=1e-8, weight_decay=0.01)
    step = nn.value_and_grad(model, lambda x, y: nn.losses.mse_loss(model(x), y))
    found, norms = [], []
    for _ in range(30):
        loss, grads = step(x, y)
        grads, norm = optim.clip_grad_norm(grads, 0.5)
        optimizer.update(model, grads)
        mx.eval(model.parameters(), optimizer.state)
        found.append(loss)
        norms.append(norm)
    return {
        "weights": {k: stored(v) for k, v in weights},
        "x": stored(x),
        "y": stored(y),
        "losses": stored(mx.stack(found)),
        "norms": stored(mx.stack(norms)),
    }


def layers():
    """Each layer right after `seed(7)` and its input: what it draws, its defaults and what it gives. mlx-rs draws as MLX does."""
    line, image, volume = (2, 6, 8), (2, 6, 6, 4), (1, 4, 4, 4, 2)
    rows = {
        "Glu": (line, lambda: nn.GLU(axis=-1)),
        "Sigmoid": (line, nn.Sigmoid),
        "Mish": (line, nn.Mish),
        "Relu": (line, nn.ReLU),
        "LeakyRelu": (line, nn.LeakyReLU),
        "Relu6": (line, nn.ReLU6),
        "Softmax": (line, lambda: lambda x: mx.softmax(x, axis=-1)),
        "Softplus": (line, nn.Softplus),
        "Softsign": (line, nn.Softsign),
        "Celu": (line, nn.CELU),
        "Silu": (line, nn.SiLU),
        "LogSoftmax": (line, lambda: lambda x: nn.log_softmax(x, axis=-1)),
        "LogSigmoid": (line, nn.LogSigmoid),
        "Prelu": (line, nn.PReLU),
        "Gelu": (line, nn.GELU),
        "Tanh": (line, nn.Tanh),
        "HardSwish": (line, nn.Hardswish),
        "Step": (line, nn.Step),
        "Selu": (line, nn.SELU),
        "Sequential": (line, lambda: nn.Sequential(nn.Linear(8, 3), nn.Tanh())),
        "Dropout": (line, nn.Dropout),
        "Dropout2d": (image, nn.Dropout2d),
        "Dropout3d": (volume, nn.Dropout3d),
        "Linear": (line, lambda: nn.Linear(8, 3)),
        "Bilinear": (line, lambda: (lambda layer: lambda x: layer(x, x))(nn.Bilinear(8, 8, 3))),
        "Embedding": ((3,), lambda: (lambda layer: lambda x: layer((x * 4 + 5).astype(mx.int32)))(nn.Embedding(10, 4))),
        "InstanceNorm": (line, lambda: nn.InstanceNorm(8)),
        "LayerNorm": (line, lambda: nn.LayerNorm(8)),
        "RmsNorm": (line, lambda: nn.RMSNorm(8)),
        "GroupNorm": (line, lambda: nn.GroupNorm(4, 8)),
        "BatchNorm": (line, lambda: nn.BatchNorm(8)),
        "Conv1d": (line, lambda: nn.Conv1d(8, 3, 2)),
        "Conv2d": (image, lambda: nn.Conv2d(4, 3, (2, 3))),
        "Conv3d": (volume, lambda: nn.Conv3d(2, 3, 2)),
        "ConvTranspose1d": (line, lambda: nn.ConvTranspose1d(8, 3, 2)),
        "ConvTranspose2d": (image, lambda: nn.ConvTranspose2d(4, 2, (2, 3))),
        "ConvTranspose3d": (volume, lambda: nn.ConvTranspose3d(2, 1, 2)),
        "MaxPool1d": (line, lambda: nn.MaxPool1d(3, 2)),
        "MaxPool2d": (image, lambda: nn.MaxPool2d((2, 3), (2, 1))),
        "AvgPool1d": (line, lambda: nn.AvgPool1d(3, 2)),
        "AvgPool2d": (image, lambda: nn.AvgPool2d((2, 3), (2, 1))),
        "RotaryPositionalEncoding": (line, lambda: nn.RoPE(8)),
        "SinusoidalPositionalEncoding": ((3,), lambda: nn.SinusoidalPositionalEncoding(6)),
        "Alibi": (image, lambda: nn.ALiBi()),
        "Rnn": (line, lambda: nn.RNN(8, 3)),
        "Gru": (line, lambda: nn.GRU(8, 3)),
        "Lstm": (line, lambda: (lambda layer: lambda x: mx.concatenate(layer(x), axis=-1))(nn.LSTM(8, 3))),
        "MultiHeadAttention": (line, lambda: (lambda layer: lambda x: layer(x, x[:, 1:], x[:, 1:]))(nn.MultiHeadAttention(8, 2))),
        "Transformer": (
            line,
            lambda: (lambda layer: lambda x: layer(x, x[:, 1:4], None, None, None))(
                nn.Transformer(8, 2, num_encoder_layers=1, num_decoder_layers=1, norm_first=True)
            ),
        ),
        "Upsample": (image, lambda: nn.Upsample(scale_factor=1.5, mode="linear", align_corners=True)),
        "QuantizedLinear": ((2, 64), lambda: nn.QuantizedLinear(64, 3)),
        "QuantizedEmbedding": ((3,), lambda: (lambda layer: lambda x: layer((x * 4 + 5).astype(mx.int32)))(nn.QuantizedEmbedding(10, 64))),
    }
    found = {}
    for name, (shape, make) in rows.items():
        x = rand(*shape, low=-1, high=1)
        mx.random.seed(7)
        found[name] = {"x": stored(x), "result": stored(make()(x))}
    return found


def main():
    mx.set_default_device(mx.cpu)
    parts = {"losses": losses(), "optimizers": optimizers(), "training": training(), "layers": layers()}
    lines = ['"mlx": "%s"' % mx.__version__] + [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in parts.items()]
    OUT.write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
