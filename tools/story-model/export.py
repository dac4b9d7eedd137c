"""Writes a float32 checkpoint as the shipped files: bfloat16 safetensors and the two configs."""

import argparse
import json
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import load_file, save_file

import model

GENERATION = {"bos_token_id": 0, "eos_token_id": 1, "do_sample": True, "temperature": 0.7, "top_p": 0.95, "max_new_tokens": 240}


def export(params: dict[str, np.ndarray], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: np.ascontiguousarray(np.asarray(value).astype(ml_dtypes.bfloat16)) for name, value in params.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    for name, value in (("config.json", model.CONFIG), ("generation_config.json", GENERATION)):
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=Path("../../examples/llama/model"))
    args = parser.parse_args()
    export(load_file(args.checkpoint), args.out)
