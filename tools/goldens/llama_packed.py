"""Writes tests/goldens/llama/packed-*: folders as mlx-lm 0.32.2 quantises and writes them, with the logits it computes from them.

Run from the root of the repository, after llama.py, whose weights are packed: python tools/goldens/llama_packed.py
"""

import json
from importlib.metadata import version
from pathlib import Path

import mlx.core as mx
from mlx_lm.utils import load_model, quantize_model, save_model

OUT = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "llama"
INPUT = [1, 5, 90, 17, 33, 64, 2, 8, 80, 41, 41, 7]


def mixed(path, module):
    """Other bits for one kind of layer, and none for another."""
    if path.endswith("v_proj"):
        return False
    if path.endswith("down_proj"):
        return {"group_size": 64, "bits": 8}
    return True


# name: folder, group size, bits, mode, predicate, dtype of the weights
VARIANTS = {
    "packed-affine": ("gqa2-tied", 32, 4, "affine", mixed, "float16"),
    "packed-mxfp4": ("gqa1-untied", 32, 4, "mxfp4", None, "bfloat16"),
}

for name, (source, group, bits, mode, predicate, dtype) in VARIANTS.items():
    model, config = load_model(OUT / source)
    model.set_dtype(getattr(mx, dtype))
    model, config = quantize_model(model, config, group, bits, mode=mode, quant_predicate=predicate)
    folder = OUT / name
    folder.mkdir(exist_ok=True)
    save_model(folder, model)
    (folder / "config.json").write_text(json.dumps({**config, "torch_dtype": dtype}, indent=1) + "\n")
    again, _ = load_model(folder)
    again.set_dtype(mx.float32)  # scales too, exactly: what is left to differ is the order of sums
    logits = again(mx.array([INPUT]))[0].astype(mx.float32)
    versions = {k: version(k) for k in ("mlx", "mlx-lm")}
    golden = {"input": mx.array(INPUT, mx.int32), "logits": logits}
    mx.save_safetensors(str(folder / "golden.safetensors"), golden, {**versions, "source": "tools/goldens/llama_packed.py"})
