"""Regenerates tests/goldens/lora with mlx-lm 0.32.2 on MLX 0.32.4.

layers.safetensors    every LoRA and DoRA layer of mlx-lm on plain and quantized bases: parameters, output, gradients, fused weight
model/                a Llama in float32 as a Hugging Face folder
mlx-lora/, mlx-dora/  adapters of it as mlx-lm saves them
logits.safetensors    logits of the model alone, with each adapter, with the adapter fused, and on a base quantized to 4 bits

Every random number comes from NumPy, so that two runs give identical files on one machine.
"""

import json
from importlib.metadata import version
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx.utils import tree_flatten, tree_map_with_path, tree_unflatten
from mlx_lm.models.llama import Model, ModelArgs
from mlx_lm.tuner.dora import DoRAEmbedding, DoRALinear
from mlx_lm.tuner.lora import LoRAEmbedding, LoRALinear
from mlx_lm.tuner.utils import linear_to_lora_layers, load_adapters

OUT = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "lora"
PINNED = {"mlx": "0.32.4", "mlx-lm": "0.32.2"}
STAMP = {"script": "tools/goldens/lora.py", **PINNED}
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 48,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 64,
    "tie_word_embeddings": False,
    "attention_bias": False,
    "mlp_bias": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "torch_dtype": "float32",
}
IDS = [[1, 7, 33, 12, 12, 40, 5, 2, 19, 26], [1, 3, 3, 47, 0, 21, 8, 9, 30, 14]]
R = np.random.default_rng(20261121)


def draw(*shape, scale=1.0):
    return mx.array((R.standard_normal(shape) * scale).astype(np.float32))


def redraw(module, names):
    """The module with parameters of these names drawn anew: an untrained adapter changes nothing."""
    new = [(k, draw(*v.shape, scale=0.2)) for k, v in tree_flatten(module.parameters()) if k.rsplit(".", 1)[-1] in names]
    module.update(tree_unflatten(new))


def layer_cases():
    cases, tensors = [], {}

    def case(name, layer, x, call=lambda m, x: m(x), **facts):
        m_before = layer.m if "m" in layer else None
        redraw(layer, {"lora_a", "lora_b"})
        if m_before is not None:
            layer.m = m_before * draw(*m_before.shape, scale=0.1) + m_before
        layer.freeze()
        layer.unfreeze(keys=["lora_a", "lora_b", "m"], recurse=False)
        y = call(layer, x)
        g = draw(*y.shape)
        loss = lambda p: (layer.update(p), mx.sum(call(layer, x) * g))[1]
        own = layer.trainable_parameters()
        grads = mx.grad(loss)(own)
        layer.update(own)
        kept = {"x": x, "y": y, "g": g, **{f"base.{k}": v for k, v in tree_flatten(next(v for k, v in layer.children().items() if k in ("linear", "embedding")).parameters())}}
        kept |= {k: v for k, v in tree_flatten(own)} | {f"grad.{k}": v for k, v in tree_flatten(grads)}
        if hasattr(layer, "fuse"):
            try:
                fused = layer.fuse(dequantize=True)
                kept |= {f"fused.{k}": v for k, v in tree_flatten(fused.parameters())}
            except TypeError:
                pass
        for k, v in kept.items():
            tensors[f"{name}.{k}"] = v
        cases.append({"name": name, "scale": layer.scale, **facts})

    x = draw(2, 5, 64)
    ids = mx.array([[3, 0, 7], [7, 11, 2]])
    plain = nn.Linear(64, 24)
    bare = nn.Linear(64, 24, bias=False)
    embedding = nn.Embedding(12, 64)
    for base in (plain, bare, embedding):
        base.update(tree_map_with_path(lambda k, v: draw(*v.shape, scale=0.3), base.parameters()))
    quantized = nn.QuantizedLinear.from_linear(plain, group_size=32, bits=4)
    table = nn.QuantizedEmbedding.from_embedding(embedding, group_size=32, bits=8)
    case("lora_linear", LoRALinear.from_base(plain, r=4, scale=3.0), x, kind="linear")
    case("lora_linear_bare", LoRALinear.from_base(bare, r=1, scale=0.5), x, kind="linear")
    case("dora_linear", DoRALinear.from_base(plain, r=4, scale=1.5), x, kind="linear", dora=True)
    case("lora_embedding", LoRAEmbedding.from_base(embedding, r=3, scale=2.0), ids, kind="embedding")
    case("dora_embedding", DoRAEmbedding.from_base(embedding, r=3, scale=2.0), ids, kind="embedding", dora=True)
    case("lora_embedding_as_linear", LoRAEmbedding.from_base(embedding, r=3, scale=2.0), x, lambda m, x: m.as_linear(x), kind="embedding", as_linear=True)
    case("dora_embedding_as_linear", DoRAEmbedding.from_base(embedding, r=3, scale=2.0), x, lambda m, x: m.as_linear(x), kind="embedding", as_linear=True, dora=True)
    case("qlora_linear", LoRALinear.from_base(quantized, r=4, scale=3.0), x, kind="linear", group_size=32, bits=4)
    case("qdora_linear", DoRALinear.from_base(quantized, r=4, scale=1.5), x, kind="linear", group_size=32, bits=4, dora=True)
    case("qlora_embedding", LoRAEmbedding.from_base(table, r=3, scale=2.0), ids, kind="embedding", group_size=32, bits=8)
    mx.save_safetensors(str(OUT / "layers.safetensors"), tensors, STAMP | {"cases": json.dumps(cases)})


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def fresh(weights):
    model = Model(ModelArgs.from_dict(CONFIG))
    model.load_weights(list(weights.items()))
    return model


def adapter(name, weights, dora, num_layers, keys, rank, scale):
    """Adapters in a folder as mlx-lm writes it, loaded back by mlx-lm."""
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {"rank": rank, "scale": scale, "dropout": 0.0, "keys": keys}
    model = fresh(weights)
    model.freeze()
    linear_to_lora_layers(model, num_layers, parameters, use_dora=dora)
    redraw(model, {"lora_a", "lora_b"})
    if dora:
        model.update(tree_unflatten([(k, v * (1 + draw(*v.shape, scale=0.1))) for k, v in tree_flatten(model.trainable_parameters()) if k.endswith(".m")]))
    mx.save_safetensors(str(folder / "adapters.safetensors"), dict(tree_flatten(model.trainable_parameters())))
    write_json(folder / "adapter_config.json", {"fine_tune_type": "dora" if dora else "lora", "lora_parameters": parameters, "model": "model", "num_layers": num_layers})
    return load_adapters(fresh(weights), str(folder))


def model_cases():
    ids = mx.array(IDS)
    base = Model(ModelArgs.from_dict(CONFIG))
    weights = {}
    for k, v in tree_flatten(base.parameters()):
        weights[k] = 1 + draw(*v.shape, scale=0.1) if v.ndim == 1 else draw(*v.shape, scale=0.25)
    (OUT / "model").mkdir(parents=True, exist_ok=True)
    mx.save_safetensors(str(OUT / "model" / "model.safetensors"), weights, {"format": "pt"})
    write_json(OUT / "model" / "config.json", CONFIG)
    base = fresh(weights)
    lora = adapter("mlx-lora", weights, False, 2, ["self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj"], 4, 2.0)
    dora = adapter("mlx-dora", weights, True, -1, ["self_attn.q_proj", "self_attn.o_proj"], 2, 1.5)
    out = {"ids": ids.astype(mx.int32), "base": base(ids), "mlx-lora": lora(ids), "mlx-dora": dora(ids)}
    for name, model in (("fused-lora", lora), ("fused-dora", dora)):
        model.update_modules(tree_unflatten([(k, m.fuse()) for k, m in model.named_modules() if hasattr(m, "fuse")]))
        out[name] = model(ids)
    quantized = fresh(weights)
    nn.quantize(quantized, group_size=32, bits=4)
    out["quantized"] = quantized(ids)
    out["quantized-lora"] = load_adapters(quantized, str(OUT / "mlx-lora"))(ids)
    mx.save_safetensors(str(OUT / "logits.safetensors"), out, STAMP)


if __name__ == "__main__":
    for package, wanted in PINNED.items():
        if version(package) != wanted:
            raise SystemExit(f"{package} must be {wanted}, got {version(package)}")
    mx.set_default_device(mx.cpu)
    OUT.mkdir(parents=True, exist_ok=True)
    layer_cases()
    model_cases()
