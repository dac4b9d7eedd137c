"""Trains the story model in MLX with the weights and batches of our own first steps, and writes the losses as a golden.

    STORY_DUMP=$PWD/build/first-steps npx vitest run tests/llama/training.test.ts -t MLX
    python tools/story-model/mlx_curve.py build/first-steps

The model is that of mlx-lm, the optimizer MLX's AdamW; the weights of the labels, the clipping and the learning rates are
those of `examples/llama/src/stories/recipe.ts`, which the dump holds.
"""

import argparse
import json
import math
from importlib.metadata import version
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx_lm.models.llama import Model, ModelArgs

ROOT = Path(__file__).resolve().parents[2]


def rate_at(step: int, config: dict) -> float:
    """Of step 0, 1, ...: up on a line, down on half a cosine."""
    schedule, peak = config["schedule"], config["optimizer"]["learningRate"]
    warmup, start, end = schedule["warmup"], schedule["start"], schedule["end"]
    if step < warmup:
        return start + (peak - start) * step / warmup
    done = (step - warmup) / (config["steps"] - warmup)
    return end + (peak - end) * (1 + math.cos(math.pi * done)) / 2


def loss_fn(model: Model, tokens: mx.array, labels: mx.array, weights: mx.array) -> mx.array:
    each = nn.losses.cross_entropy(model(tokens), mx.maximum(labels, 0))
    return (each * weights).sum() / (labels >= 0).sum()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "tests/goldens/llama/story-curve.json")
    args = parser.parse_args()
    mx.set_default_device(mx.cpu)
    run = json.loads((args.dump / "run.json").read_text())
    config, optimizer = run["config"], run["config"]["optimizer"]
    batches = mx.load(str(args.dump / "batches.safetensors"))
    model = Model(ModelArgs.from_dict(json.loads((ROOT / "examples/llama/model/config.json").read_text())))
    model.load_weights(str(args.dump / "start.safetensors"))
    adamw = optim.AdamW(0.0, betas=optimizer["betas"], weight_decay=optimizer["weightDecay"], bias_correction=True)
    value_and_grad = nn.value_and_grad(model, loss_fn)
    losses = []
    for step in range(config["steps"]):
        batch = [batches[f"{name}{step}"] for name in ("tokens", "labels", "weights")]
        loss, grads = value_and_grad(model, *batch)
        grads, _ = optim.clip_grad_norm(grads, config["maxGradNorm"])
        adamw.learning_rate = rate_at(step, config)
        adamw.update(model, grads)
        mx.eval(model.parameters(), adamw.state, loss)
        losses.append(loss.item())
        print(f"step {step + 1}: {losses[-1]:.6f}, ours {run['losses'][step]:.6f}", flush=True)
    worst = max(abs(a - b) for a, b in zip(losses, run["losses"]))
    print(f"the largest difference is {worst:.1e}")
    versions = {package: version(package) for package in ("mlx", "mlx-lm")}
    source = "tools/story-model/mlx_curve.py"
    written = {"source": source, "versions": versions, "data": run["data"], "mlx": losses, "lanewise": run["losses"]}
    args.out.write_text(json.dumps(written) + "\n")


if __name__ == "__main__":
    main()
