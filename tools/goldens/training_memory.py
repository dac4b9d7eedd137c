"""Regenerates tests/goldens/nn/training_memory.json: bytes that MLX 0.32.4 on the CPU holds in a training step of mlx-lm's Llama.

    python tools/goldens/training_memory.py

The model has the shape of the embedded one; four texts of 128 tokens, cross-entropy, Adam. `held` is what lives between two steps
(weights and the optimizer's state), `peak` the most at once during one, both without MLX's cache of freed buffers.
"""

import json
from importlib.metadata import version
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx_lm.models.llama import Model, ModelArgs

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "goldens" / "nn" / "training_memory.json"
PINNED = {"mlx": "0.32.4", "mlx-lm": "0.32.2"}
SHAPE = {"vocab_size": 1536, "hidden_size": 192, "num_hidden_layers": 4, "intermediate_size": 512}
HEADS = {"num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 32}
BATCH, LENGTH = 4, 128


def main() -> None:
    for name, wanted in PINNED.items():
        assert version(name) == wanted, f"{name} {wanted} is needed, found {version(name)}"
    mx.set_default_device(mx.cpu)
    model = Model(ModelArgs(model_type="llama", rms_norm_eps=1e-5, rope_theta=10000.0, tie_word_embeddings=True, **SHAPE, **HEADS))
    optimizer = optim.Adam(learning_rate=1e-3)
    tokens = mx.random.randint(0, SHAPE["vocab_size"], (BATCH, LENGTH))
    targets = mx.random.randint(0, SHAPE["vocab_size"], (BATCH, LENGTH))
    mx.eval(model.parameters(), tokens, targets)
    step_of = nn.value_and_grad(model, lambda m, x, y: nn.losses.cross_entropy(m(x), y, reduction="mean"))

    def step() -> None:
        loss, gradients = step_of(model, tokens, targets)
        optimizer.update(model, gradients)
        mx.eval(loss, model.parameters(), optimizer.state)

    for _ in range(3):
        step()
    mx.synchronize()
    mx.clear_cache()
    held = mx.get_active_memory()
    mx.reset_peak_memory()
    step()
    mx.synchronize()
    figures = {"held": held, "peak": mx.get_peak_memory()}
    shape = {**SHAPE, **HEADS, "batch": BATCH, "length": LENGTH}
    made = {"script": "tools/goldens/training_memory.py", "versions": PINNED, "shape": shape, **figures}
    OUT.write_text(json.dumps(made, indent=2) + "\n")
    print(figures)


if __name__ == "__main__":
    main()
