"""Writes training.json: losses, gradients, schedules and a short run, computed by MLX. Needs `pip install mlx`."""

import json
import math
import pathlib

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_map

IGNORED = -100


def masked_loss(logits, labels):
    """The loss of mlx-lm's trainer: cross-entropy summed where the mask is set, over the number of labels."""
    mask = labels != IGNORED
    each = nn.losses.cross_entropy(logits, mx.maximum(labels, 0)) * mask
    return each.astype(mx.float32).sum() / mask.sum()


def losses():
    logits = mx.random.normal((2, 5, 7), scale=4, key=mx.random.key(5))
    labels = mx.array([[1, 6, IGNORED, 0, 3], [IGNORED, 2, 5, IGNORED, IGNORED]])
    loss, gradient = mx.value_and_grad(masked_loss)(logits, labels)
    return {"labels": labels.tolist(), "loss": loss.item(), "gradient": gradient.tolist()}


def schedules():
    steps, warmup, start, rate, end = 40, 7, 1e-7, 3e-4, 2e-5
    rise = optim.linear_schedule(start, rate, warmup)
    falls = {
        "cosine": optim.cosine_decay(rate, steps - warmup, end),
        "linear": optim.linear_schedule(rate, end, steps - warmup),
    }
    return {
        "config": {"steps": steps, "warmup": warmup, "start": start, "rate": rate, "end": end},
        **{
            name: [optim.join_schedules([rise, fall], [warmup])(mx.array(i)).item() for i in range(steps + 1)]
            for name, fall in falls.items()
        },
    }


def records(count, vocabulary=16):
    return [[(i + k * 3) % vocabulary for k in range(3 + (i * 5) % 9)] for i in range(count)]


def batches(rows, size):
    while True:
        for at in range(0, len(rows), size):
            part = rows[at : at + size]
            length = max(len(row) for row in part) - 1
            pad = lambda row, fill: row + [fill] * (length - len(row))
            yield mx.array([pad(r[:-1], 0) for r in part]), mx.array([pad(r[1:], IGNORED) for r in part])


def run():
    """20 steps of plain gradient descent on two batches each, clipped, with a warm-up and a cosine."""
    steps, warmup, rate, clip = 20, 4, 2.0, 0.5
    draw = lambda seed, *shape: mx.random.normal(shape, scale=0.3, key=mx.random.key(seed))
    weights = {
        "embedding": {"weight": draw(1, 16, 8)},
        "hidden": {"weight": draw(2, 8, 8), "bias": mx.zeros((8,))},
        "output": {"weight": draw(3, 16, 8)},
    }
    schedule = optim.join_schedules(
        [optim.linear_schedule(1e-7, rate, warmup), optim.cosine_decay(rate, steps - warmup)], [warmup]
    )

    def loss(w, tokens, labels):
        x = mx.tanh(w["embedding"]["weight"][tokens] @ w["hidden"]["weight"].T + w["hidden"]["bias"])
        return masked_loss(x @ w["output"]["weight"].T, labels)

    drawn = batches(records(40), 4)
    curve = []
    for step in range(steps):
        total, count, gradients = 0.0, 0, None
        for _ in range(2):
            tokens, labels = next(drawn)
            n = (labels != IGNORED).sum().item()
            value, g = mx.value_and_grad(loss)(weights, tokens, labels)
            g = tree_map(lambda x: x * n, g)
            gradients = g if gradients is None else tree_map(mx.add, gradients, g)
            total, count = total + value.item() * n, count + n
        gradients, norm = optim.clip_grad_norm(tree_map(lambda x: x / count, gradients), clip)
        lr = schedule(mx.array(step))
        weights = tree_map(lambda w, g: w - lr * g, weights, gradients)
        mx.eval(weights)
        curve.append({"loss": total / count, "tokens": count, "gradNorm": norm.item(), "learningRate": lr.item()})
    assert all(math.isfinite(x["loss"]) for x in curve)
    return {"config": {"steps": steps, "warmup": warmup, "rate": rate, "clip": clip}, "curve": curve}


golden = {"about": f"training.py, mlx {mx.__version__}", "loss": losses(), "schedules": schedules(), "run": run()}
path = pathlib.Path(__file__).with_name("training.json")
path.write_text(json.dumps(golden, indent=1) + "\n")
