"""Regenerates tests/goldens/llama with mlx-lm 0.32.2 on MLX 0.32.4.

    python tools/goldens/llama.py            every random-weight variant, the sampling draws and the embedded model
    python tools/goldens/llama.py embedded   one part: a variant's name, sampling or embedded

A variant is a Hugging Face folder (config.json, model.safetensors in float32) with golden.safetensors beside it: logits of
mlx-lm for every position of `input`, and its greedy continuation of `prompt` over 200 tokens. Each seed and prompt is the
first one whose continuation has no near tie and does not run in a small circle. The logits are checked here against a float64
implementation of the formulas of transformers, so that the golden does not rest on one implementation.

Dynamic rope scaling: mlx-lm and transformers agree as long as a prompt goes through in one pass (base from the length of
the sequence so far; cached keys keep their angles), and that is how the goldens are made. mlx-lm's own generate loop feeds
the last prompt token separately, and chunks beyond 2048 tokens, which changes the angles; it is not followed.
"""

import hashlib
import json
import math
import sys
from importlib.metadata import version
from pathlib import Path

import mlx.core as mx
import numpy as np
from mlx_lm.models.cache import KVCache
from mlx_lm.models.llama import Model, ModelArgs
from mlx_lm.sample_utils import make_logits_processors, make_sampler

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "goldens" / "llama"
MODEL = ROOT / "examples" / "llama" / "model"
GREEDY = 200
PINNED = {"mlx": "0.32.4", "mlx-lm": "0.32.2"}

BASE = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 96,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "max_position_embeddings": 256,
    "tie_word_embeddings": True,
    "attention_bias": False,
    "mlp_bias": False,
    "bos_token_id": 1,
    "torch_dtype": "float32",
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
# name: (changes to BASE, length of `input`, lengths of batch rows, shards)
VARIANTS = {
    "gqa1-untied": (dict(num_key_value_heads=4, tie_word_embeddings=False), 24, [], 1),
    "gqa2-tied": (dict(num_hidden_layers=3), 24, [], 1),
    "gqa8-tied": (dict(hidden_size=64, intermediate_size=32, num_attention_heads=8, num_key_value_heads=1), 24, [], 1),
    "rope-linear": (dict(max_position_embeddings=64, rope_scaling={"type": "linear", "factor": 4.0}), 96, [], 1),
    "rope-dynamic": (dict(max_position_embeddings=64, rope_scaling={"rope_type": "dynamic", "factor": 4.0}), 96, [20, 90, 70], 1),
    "rope-llama3": (dict(rope_theta=None, rope_parameters=LLAMA3), 96, [], 1),
    "biases": (dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=False), 24, [], 1),
    "head-dim": (dict(hidden_size=40, head_dim=16, num_attention_heads=4, num_key_value_heads=2), 24, [], 1),
    "batch": (dict(num_hidden_layers=3, tie_word_embeddings=False), 24, [5, 12, 9], 1),
    "sharded": (dict(tie_word_embeddings=False), 24, [], 3),
}


def save(path, tensors, **metadata):
    fixed = {"mlx": version("mlx"), "mlx-lm": version("mlx-lm"), "source": "tools/goldens/llama.py"}
    mx.save_safetensors(str(path), tensors, {**fixed, **{k: str(v) for k, v in metadata.items()}})


def shapes(c):
    h, inner, d = c["hidden_size"], c["intermediate_size"], c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    q, kv = c["num_attention_heads"] * d, c["num_key_value_heads"] * d
    out = {"model.embed_tokens.weight": (c["vocab_size"], h), "model.norm.weight": (h,)}
    if not c["tie_word_embeddings"]:
        out["lm_head.weight"] = (c["vocab_size"], h)
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        out[p + "input_layernorm.weight"] = out[p + "post_attention_layernorm.weight"] = (h,)
        for name, o, n in [("q", q, h), ("k", kv, h), ("v", kv, h), ("o", h, q)]:
            out[p + f"self_attn.{name}_proj.weight"] = (o, n)
            if c["attention_bias"]:
                out[p + f"self_attn.{name}_proj.bias"] = (o,)
        for name, o, n in [("gate", inner, h), ("up", inner, h), ("down", h, inner)]:
            out[p + f"mlp.{name}_proj.weight"] = (o, n)
            if c["mlp_bias"]:
                out[p + f"mlp.{name}_proj.bias"] = (o,)
    return out


def random_weights(c, seed):
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in sorted(shapes(c).items()):
        x = rng.standard_normal(shape)
        if "norm" in name:
            x = 1 + 0.2 * x
        elif name.endswith("bias"):
            x = 0.3 * x
        elif "embed" in name:
            x = 0.8 * x
        elif "lm_head" in name:
            x = 0.7 * x
        else:
            x = 1.4 * x / math.sqrt(shape[1])
        weights[name] = x.astype(np.float32)
    return weights


def for_mlx(c):
    """mlx-lm reads rope_theta and rope_scaling; newer files hold both in rope_parameters."""
    c = dict(c)
    parameters = c.pop("rope_parameters", None)
    if parameters is not None:
        c["rope_theta"] = parameters["rope_theta"]
        c["rope_scaling"] = {k: v for k, v in parameters.items() if k != "rope_theta"}
    return c


def build(c, weights):
    model = Model(ModelArgs.from_dict(for_mlx(c)))
    model.load_weights(list(weights.items()), strict=True)
    mx.eval(model.parameters())
    return model


def all_logits(model, ids):
    return np.array(model(mx.array([ids]))[0].astype(mx.float32))


def greedy(model, prompt, count=GREEDY):
    """The tokens, and how far the second best was behind at the closest call."""
    cache = [KVCache() for _ in model.layers]
    feed, tokens, margin = list(prompt), [], math.inf
    for _ in range(count):
        logits = np.array(model(mx.array([feed]), cache=cache)[0, -1].astype(mx.float32))
        second, first = np.sort(logits)[-2:]
        margin = min(margin, float(first - second))
        feed = [int(logits.argmax())]
        tokens += feed
    return tokens, margin


def clear_prompt(model, draw, length, count):
    """A prompt whose continuation has no near tie and does not run in a small circle."""
    for _ in range(30):
        prompt = draw(length)
        if len(set(greedy(model, prompt, 60)[0][-40:])) < 6:
            continue
        tokens, margin = greedy(model, prompt, count)
        if margin > 1e-3 and len(set(tokens)) >= 20 and len(set(tokens[-40:])) >= 6:
            return prompt, (tokens, margin)
    return None


# ---- the same in float64, after the formulas of transformers ----


def inverse_frequencies(c, length):
    rope = c.get("rope_parameters") or c.get("rope_scaling") or {}
    theta = c.get("rope_theta") or rope["rope_theta"]
    d = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    kind = rope.get("rope_type") or rope.get("type") or "default"
    if kind == "dynamic":
        limit = c["max_position_embeddings"]
        grown = max(length, limit)
        theta *= (rope["factor"] * grown / limit - (rope["factor"] - 1)) ** (d / (d - 2))
    inverse = 1 / theta ** (np.arange(0, d, 2) / d)
    if kind == "linear":
        return inverse / rope["factor"]
    if kind == "llama3":
        old, low, high = rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"]
        wave = 2 * np.pi / inverse
        smooth = (old / wave - low) / (high - low)
        between = (1 - smooth) * inverse / rope["factor"] + smooth * inverse
        inverse = np.where(wave > old / low, inverse / rope["factor"], np.where(wave < old / high, inverse, between))
    return inverse


def reference_logits(c, weights, ids):
    w = {k: v.astype(np.float64) for k, v in weights.items()}
    n, heads, kv = len(ids), c["num_attention_heads"], c["num_key_value_heads"]
    d = c.get("head_dim") or c["hidden_size"] // heads
    angles = np.outer(np.arange(n), inverse_frequencies(c, n))
    cos, sin = np.cos(angles), np.sin(angles)

    def norm(x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + c["rms_norm_eps"]) * w[name + ".weight"]

    def linear(x, name):
        return x @ w[name + ".weight"].T + w.get(name + ".bias", 0)

    def rotate(x):
        a, b = x[..., : d // 2], x[..., d // 2 :]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)

    h = w["model.embed_tokens.weight"][np.array(ids)]
    for i in range(c["num_hidden_layers"]):
        p = f"model.layers.{i}."
        x = norm(h, p + "input_layernorm")
        q, k, v = (
            linear(x, p + f"self_attn.{name}_proj").reshape(n, -1, d).transpose(1, 0, 2) for name in "qkv"
        )
        q, k = rotate(q), rotate(k)
        k, v = np.repeat(k, heads // kv, 0), np.repeat(v, heads // kv, 0)
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(d) + np.triu(np.full((n, n), -np.inf), 1)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = scores / scores.sum(-1, keepdims=True) @ v
        h = h + linear(mixed.transpose(1, 0, 2).reshape(n, -1), p + "self_attn.o_proj")
        x = norm(h, p + "post_attention_layernorm")
        gate = linear(x, p + "mlp.gate_proj")
        h = h + linear(gate / (1 + np.exp(-gate)) * linear(x, p + "mlp.up_proj"), p + "mlp.down_proj")
    head = w.get("lm_head.weight", w["model.embed_tokens.weight"])
    return norm(h, "model.norm") @ head.T


def check(name, ours, theirs):
    error = np.abs(ours - theirs).max() / np.abs(theirs).max()
    assert error < 2e-5, f"{name}: mlx-lm and the float64 reference differ by {error:.2e}"
    return error


# ---- files ----


def write_weights(folder, weights, shards):
    tensors = {k: mx.array(v) for k, v in weights.items()}
    if shards == 1:
        mx.save_safetensors(str(folder / "model.safetensors"), tensors, {"format": "pt"})
        return
    weight_map = {}
    for s in range(shards):
        file = f"model-{s + 1:05d}-of-{shards:05d}.safetensors"
        part = {k: tensors[k] for i, k in enumerate(sorted(tensors)) if i % shards == s}
        mx.save_safetensors(str(folder / file), part, {"format": "pt"})
        weight_map.update({k: file for k in part})
    total = sum(v.nbytes for v in weights.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def variant(number, name, changes, length, rows, shards):
    c = {**BASE, **changes}
    c = {k: v for k, v in c.items() if v is not None}
    for seed in range(1000 * number, 1000 * number + 50):
        weights = random_weights(c, seed)
        model = build(c, {k: mx.array(v) for k, v in weights.items()})
        rng = np.random.default_rng(seed + 1)
        draw = lambda n: [int(t) for t in rng.integers(0, c["vocab_size"], n)]
        # the context of scaled variants is 256, and rows continue up to it
        found = []
        for n in [12, *rows]:
            found.append(clear_prompt(model, draw, n, min(GREEDY, 256 - n)))
            if found[-1] is None:
                break
        else:
            break
    else:
        raise SystemExit(f"{name}: no seed gives a clear continuation")
    prompts, runs = [p for p, _ in found], [r for _, r in found]
    ids = draw(length)
    logits = all_logits(model, ids)
    error = check(name, logits, reference_logits(c, weights, ids))
    golden = {"input": np.array(ids, np.int32), "logits": logits}
    for key, p, (tokens, _) in zip([""] + [f"row{i}." for i in range(len(rows))], prompts, runs):
        golden[key + "prompt"] = np.array(p, np.int32)
        golden[key + "greedy"] = np.array(tokens, np.int32)
        if key:
            golden[key + "logits"] = all_logits(model, p)
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(c, indent=2) + "\n")
    write_weights(folder, weights, shards)
    margin = min(m for _, m in runs)
    save(folder / "golden.safetensors", {k: mx.array(v) for k, v in golden.items()}, seed=seed, margin=f"{margin:.4f}")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{name}: seed {seed}, margin {margin:.4f}, error against float64 {error:.1e}, {size // 1024} KiB")


def sampling():
    """Draws of mlx-lm's samplers: the seed decides the tokens, so each list has to come out exactly."""
    rng = np.random.default_rng(5)
    vocab, draws = 400, 60
    logits = (3 * rng.standard_normal(vocab)).astype(np.float32)
    logits[7] = logits[9] = logits.max() - np.float32(0.5)  # equal logits
    history = [int(t) for t in np.argsort(-logits)[:6]] + [7, 7, 3]
    settings = [
        dict(temperature=1.0),
        dict(temperature=0.7),
        dict(temperature=1.6, topK=12),
        dict(temperature=1.0, topP=0.8),
        dict(temperature=2.0, topP=0.95, minP=0.02),
        dict(temperature=1.3, minP=0.1),
        dict(temperature=0.9, topK=30, topP=0.9, minP=0.01),
        dict(temperature=1.0, repetitionPenalty=1.8),
        dict(temperature=1.2, repetitionPenalty=0.6, repetitionContext=2, topK=40),
    ]
    out = {"logits": mx.array(logits), "history": mx.array(history, mx.int32)}
    for i, s in enumerate(settings):
        s["seed"] = 100 + i
        sampler = make_sampler(
            temp=s["temperature"], top_p=s.get("topP", 0.0), min_p=s.get("minP", 0.0), top_k=s.get("topK", 0)
        )
        processors = make_logits_processors(
            repetition_penalty=s.get("repetitionPenalty"), repetition_context_size=s.get("repetitionContext", 20)
        )
        mx.random.seed(s["seed"])
        tokens = []
        for _ in range(draws):
            x = mx.array(logits)[None]
            for process in processors:
                x = process(mx.array(history), x)
            tokens.append(sampler(x - mx.logsumexp(x, keepdims=True)).item())
        out[f"draws{i}"] = mx.array(tokens, mx.int32)
    save(OUT / "sampling.safetensors", out, settings=json.dumps(settings))
    print(f"sampling: {len(settings)} settings, {draws} draws each")


TEXTS = [
    "Once upon a time",
    "The little fox went to the river and",
    "Lily was sad because",
    "One day, a boy named Tom",
    "There was a big red ball in the garden.",
    "The dog ran to the park",
    "Mia wanted to bake a cake",
]


def embedded():
    """
    The embedded model. `float32.*`: weights converted to float32, compared within 1e-4. `bfloat16.*`: computed in bfloat16
    as stored, where implementations differ by the rounding of every intermediate; only a bound can be compared.
    """
    from tokenizers import Tokenizer

    c = json.loads((MODEL / "config.json").read_text())
    weights = mx.load(str(MODEL / "model.safetensors"))
    weights = {k: v for k, v in weights.items() if "rotary_emb" not in k}
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    model = build(c, {k: v.astype(mx.float32) for k, v in weights.items()})
    out, texts, ids, margins = {}, [], [], []
    for text in TEXTS:
        prompt = tokenizer.encode(text).ids
        tokens, margin = greedy(model, prompt)
        if margin < 2e-3 or len(ids) == 3:  # a near tie would test the rounding, not the model
            continue
        i = len(ids)
        out[f"prompt{i}"], out[f"greedy{i}"] = mx.array(prompt, mx.int32), mx.array(tokens, mx.int32)
        texts, ids, margins = texts + [text], ids + [prompt], margins + [margin]
    for i in range(2):
        out[f"float32.logits{i}"] = mx.array(all_logits(model, ids[i]))
    model = build(c, weights)
    for i in range(2):
        out[f"bfloat16.logits{i}"] = mx.array(all_logits(model, ids[i]))
    digest = hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest()
    margins = [round(m, 5) for m in margins]
    save(OUT / "embedded.safetensors", out, model=digest, texts=json.dumps(texts), margins=json.dumps(margins))
    size = (OUT / "embedded.safetensors").stat().st_size
    print(f"embedded: prompts of {[len(p) for p in ids]} tokens, greedy margins {margins}, {size // 1024} KiB")
    for i in range(3):
        print("  ", repr(tokenizer.decode(ids[i] + out[f"greedy{i}"].tolist())[:300]))


if __name__ == "__main__":
    for package, wanted in PINNED.items():
        if version(package) != wanted:
            raise SystemExit(f"{package} {wanted} is needed, got {version(package)}")
    mx.set_default_device(mx.cpu)
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or [*VARIANTS, "sampling", "embedded"]
    for number, (name, spec) in enumerate(VARIANTS.items(), 1):
        if name in wanted:
            variant(number, name, *spec)
    if "sampling" in wanted:
        sampling()
    if "embedded" in wanted:
        embedded()
