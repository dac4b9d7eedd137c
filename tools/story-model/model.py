"""The Llama forward pass, loss and AdamW step in JAX, on weights named as Hugging Face names them."""

import jax
import jax.numpy as jnp
import numpy as np

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 192,
    "num_hidden_layers": 4,
    "intermediate_size": 512,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "vocab_size": 1536,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": True,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "torch_dtype": "bfloat16",
}


COPY = 0.3


def layer_names(index: int) -> str:
    return f"model.layers.{index}."


def init(config: dict, seed: int) -> dict[str, np.ndarray]:
    """Random weights, with attention that starts as a copier: every output projection is COPY times its value projection transposed.

    A head then adds the tokens it looks at to the prediction from the first step on, and training only has to find where
    to look. Embeddings are wide enough (0.06) that names stay apart while they are still used alike.
    """
    rng = np.random.default_rng(seed)
    hidden, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    q = config["num_attention_heads"] * config["head_dim"]
    kv = config["num_key_value_heads"] * config["head_dim"]

    def normal(rows: int, cols: int, std: float) -> np.ndarray:
        return (rng.standard_normal((rows, cols)) * std).astype(np.float32)

    params = {"model.embed_tokens.weight": normal(config["vocab_size"], hidden, 0.06)}
    for index in range(layers):
        p = layer_names(index)
        params[p + "self_attn.q_proj.weight"] = normal(q, hidden, 0.3 * hidden**-0.5)
        params[p + "self_attn.k_proj.weight"] = normal(kv, hidden, hidden**-0.5)
        params[p + "self_attn.v_proj.weight"] = normal(kv, hidden, hidden**-0.5)
        value = params[p + "self_attn.v_proj.weight"].reshape(config["num_key_value_heads"], config["head_dim"], hidden)
        per_head = np.repeat(value, config["num_attention_heads"] // config["num_key_value_heads"], axis=0)
        params[p + "self_attn.o_proj.weight"] = np.ascontiguousarray(COPY * per_head.reshape(q, hidden).T)
        params[p + "mlp.gate_proj.weight"] = normal(inner, hidden, hidden**-0.5)
        params[p + "mlp.up_proj.weight"] = normal(inner, hidden, hidden**-0.5)
        params[p + "mlp.down_proj.weight"] = normal(hidden, inner, 0.02 / np.sqrt(2 * layers))
        params[p + "input_layernorm.weight"] = np.ones(hidden, np.float32)
        params[p + "post_attention_layernorm.weight"] = np.ones(hidden, np.float32)
    params["model.norm.weight"] = np.ones(hidden, np.float32)
    return params


def rms_norm(x, weight, eps):
    return x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + eps) * weight


def rope(x, cos, sin):
    """Rotates halves (the Hugging Face layout, not interleaved pairs)."""
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return jnp.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)


def forward(params, tokens, config):
    heads, kv_heads, dim = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
    batch, length = tokens.shape
    freqs = config["rope_theta"] ** (-jnp.arange(0, dim, 2) / dim)
    angles = jnp.arange(length)[:, None] * freqs[None, :]
    cos, sin = jnp.cos(angles)[None, :, None, :], jnp.sin(angles)[None, :, None, :]
    mask = jnp.tril(jnp.ones((length, length), bool))
    x = params["model.embed_tokens.weight"][tokens]
    for index in range(config["num_hidden_layers"]):
        p = layer_names(index)
        h = rms_norm(x, params[p + "input_layernorm.weight"], config["rms_norm_eps"])
        q = rope((h @ params[p + "self_attn.q_proj.weight"].T).reshape(batch, length, heads, dim), cos, sin)
        k = rope((h @ params[p + "self_attn.k_proj.weight"].T).reshape(batch, length, kv_heads, dim), cos, sin)
        v = (h @ params[p + "self_attn.v_proj.weight"].T).reshape(batch, length, kv_heads, dim)
        q = q.reshape(batch, length, kv_heads, heads // kv_heads, dim)
        scores = jnp.einsum("blkgd,bskd->bkgls", q, k) * dim**-0.5
        weights = jax.nn.softmax(jnp.where(mask, scores, -1e9), axis=-1)
        mixed = jnp.einsum("bkgls,bskd->blkgd", weights, v).reshape(batch, length, heads * dim)
        x = x + mixed @ params[p + "self_attn.o_proj.weight"].T
        h = rms_norm(x, params[p + "post_attention_layernorm.weight"], config["rms_norm_eps"])
        gate = jax.nn.silu(h @ params[p + "mlp.gate_proj.weight"].T)
        x = x + (gate * (h @ params[p + "mlp.up_proj.weight"].T)) @ params[p + "mlp.down_proj.weight"].T
    x = rms_norm(x, params["model.norm.weight"], config["rms_norm_eps"])
    return x @ params["model.embed_tokens.weight"].T


def loss_fn(params, rows, weights, config):
    """Mean cross entropy in nats of rows[:, 1:] given rows[:, :-1], weighted by `weights`, which has the shape of rows[:, 1:]."""
    logits = forward(params, rows[:, :-1], config)
    chosen = jnp.take_along_axis(logits, rows[:, 1:, None], axis=-1)[..., 0]
    return jnp.sum((jax.nn.logsumexp(logits, axis=-1) - chosen) * weights) / jnp.sum(weights)


def adamw_step(params, first, second, rows, weights, rate, step, config, b1=0.9, b2=0.98, eps=1e-8, decay=0.05, clip=1.0):
    """One AdamW step with global norm clipping; vectors (the norms) are not decayed."""
    loss, grads = jax.value_and_grad(loss_fn)(params, rows, weights, config)
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in grads.values()))
    scale = jnp.minimum(1.0, clip / (norm + 1e-6))
    out, m_out, v_out = {}, {}, {}
    for name, weight in params.items():
        g = grads[name] * scale
        m = b1 * first[name] + (1 - b1) * g
        v = b2 * second[name] + (1 - b2) * g * g
        update = (m / (1 - b1**step)) / (jnp.sqrt(v / (1 - b2**step)) + eps)
        if weight.ndim == 2:
            update = update + decay * weight
        out[name], m_out[name], v_out[name] = weight - rate * update, m, v
    return out, m_out, v_out, loss
