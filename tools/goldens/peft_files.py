"""Regenerates tests/goldens/lora/peft-* with PEFT 0.21.2 on torch 2.7.0 and transformers 5.23.0, after lora.py.

peft-lora/, peft-dora/    adapters of tests/goldens/lora/model as PEFT saves them; the first scales by alpha over the root of the
                          rank, with a rank and an alpha of its own for one module, and adapts the embedding too
peft-logits.safetensors   logits of the model with each

Needs `pip install torch==2.7.0 transformers==5.23.0 peft==0.21.2` beside requirements.txt, and no GPU.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

OUT = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "lora"
PINNED = {"torch": "2.7.0", "transformers": "5.23.0", "peft": "0.21.2"}
R = np.random.default_rng(20261122)
CASES = {
    "peft-lora": dict(
        r=4,
        lora_alpha=6,
        use_rslora=True,
        target_modules=["q_proj", "down_proj", "embed_tokens"],
        layers_to_transform=None,
        rank_pattern={"layers.2.mlp.down_proj": 2},
        alpha_pattern={"layers.2.mlp.down_proj": 5},
    ),
    "peft-dora": dict(r=2, lora_alpha=3, use_dora=True, target_modules=["q_proj", "o_proj"], layers_to_transform=[1, 2]),
}


def base():
    return AutoModelForCausalLM.from_pretrained(OUT / "model", torch_dtype=torch.float32)


def redraw(model):
    """Draws the adapter anew: one that is not trained changes nothing."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            drawn = torch.from_numpy(R.standard_normal(tuple(p.shape)).astype(np.float32))
            if "lora_magnitude" in name:
                p.mul_(1 + 0.1 * drawn)
            elif "lora_" in name:
                p.copy_(0.2 * drawn)


if __name__ == "__main__":
    for package, wanted in PINNED.items():
        if version(package).split("+")[0] != wanted:
            raise SystemExit(f"{package} must be {wanted}, got {version(package)}")
    torch.manual_seed(1)
    ids = load_file(OUT / "logits.safetensors")["ids"].long()
    logits = {"base": base()(ids).logits.detach().contiguous()}
    for name, config in CASES.items():
        model = get_peft_model(base(), LoraConfig(task_type="CAUSAL_LM", **config)).eval()
        redraw(model)
        with tempfile.TemporaryDirectory() as scratch:
            model.save_pretrained(scratch, save_embedding_layers=False)
            target = OUT / name
            target.mkdir(exist_ok=True)
            own = json.loads((Path(scratch) / "adapter_config.json").read_text())
            own["base_model_name_or_path"] = "model"
            own["target_modules"].sort()
            (target / "adapter_config.json").write_text(json.dumps(own, indent=2, sort_keys=True) + "\n")
            save_file(load_file(Path(scratch) / "adapter_model.safetensors"), target / "adapter_model.safetensors", {"format": "pt"})
        again = PeftModel.from_pretrained(base(), target).eval()
        logits[name] = again(ids).logits.detach().contiguous()
        if not torch.allclose(logits[name], model(ids).logits, atol=1e-6):
            sys.exit(f"{name}: PEFT loads something else than it saved")
    save_file(logits, OUT / "peft-logits.safetensors", {"script": "tools/goldens/peft_files.py", **PINNED})
