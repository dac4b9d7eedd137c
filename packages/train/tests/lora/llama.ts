// A Llama of a few thousand weights under Hugging Face's names.
import { fileURLToPath } from 'node:url';
import { fast, io, nn, ones, type Tensor } from 'lanewise';

export const goldens = fileURLToPath(new URL('../../../../tests/goldens/lora/', import.meta.url));
const [HEADS, KV, WIDTH, HIDDEN, INNER, WORDS, LAYERS] = [4, 2, 8, 32, 64, 48, 3];

class Norm extends nn.Module {
  weight = ones([HIDDEN]);
  forward(x: Tensor): Tensor {
    return fast.rmsNorm(x, this.weight, 1e-5);
  }
}
class Attention extends nn.Module {
  q_proj: nn.Linear = new nn.Linear(HIDDEN, HEADS * WIDTH, false);
  k_proj: nn.Linear = new nn.Linear(HIDDEN, KV * WIDTH, false);
  v_proj: nn.Linear = new nn.Linear(HIDDEN, KV * WIDTH, false);
  o_proj: nn.Linear = new nn.Linear(HEADS * WIDTH, HIDDEN, false);
  forward(x: Tensor): Tensor {
    const [rows, length] = x.shape as [number, number, number];
    const split = (y: Tensor, heads: number): Tensor => y.reshape([rows, length, heads, WIDTH]).transpose([0, 2, 1, 3]);
    const turn = (y: Tensor): Tensor => fast.rope(y, WIDTH, false, 10000, 1, 0);
    const [q, k, v] = [
      turn(split(this.q_proj.forward(x), HEADS)),
      turn(split(this.k_proj.forward(x), KV)),
      split(this.v_proj.forward(x), KV),
    ];
    const y = fast.scaledDotProductAttention(q, k, v, WIDTH ** -0.5, 'causal');
    return this.o_proj.forward(y.transpose([0, 2, 1, 3]).reshape([rows, length, HEADS * WIDTH]));
  }
}
class Mlp extends nn.Module {
  gate_proj: nn.Linear = new nn.Linear(HIDDEN, INNER, false);
  up_proj: nn.Linear = new nn.Linear(HIDDEN, INNER, false);
  down_proj: nn.Linear = new nn.Linear(INNER, HIDDEN, false);
  forward(x: Tensor): Tensor {
    return this.down_proj.forward(nn.silu(this.gate_proj.forward(x)).mul(this.up_proj.forward(x)));
  }
}
class Block extends nn.Module {
  self_attn = new Attention();
  mlp = new Mlp();
  input_layernorm = new Norm();
  post_attention_layernorm = new Norm();
  forward(x: Tensor): Tensor {
    const h = x.add(this.self_attn.forward(this.input_layernorm.forward(x)));
    return h.add(this.mlp.forward(this.post_attention_layernorm.forward(h)));
  }
}
class Trunk extends nn.Module {
  embed_tokens: nn.Embedding = new nn.Embedding(WORDS, HIDDEN);
  layers = Array.from({ length: LAYERS }, () => new Block());
  norm = new Norm();
  forward(ids: Tensor): Tensor {
    return this.norm.forward(this.layers.reduce((h, layer) => layer.forward(h), this.embed_tokens.forward(ids)));
  }
}
export class Llama extends nn.Module {
  model = new Trunk();
  lm_head: nn.Linear = new nn.Linear(HIDDEN, WORDS, false);
  forward(ids: Tensor): Tensor {
    return this.lm_head.forward(this.model.forward(ids));
  }
}
/** The model of the goldens. */
export async function llama(): Promise<Llama> {
  const model = new Llama();
  await model.loadWeights(`${goldens}model/model.safetensors`);
  return model;
}
/** Packs every linear layer and the embedding, as `nn.quantize` of MLX does. */
export function packed(model: Llama): Llama {
  const options = { groupSize: 32, bits: 4 };
  for (const [path, m] of model.namedModules()) {
    const one =
      m instanceof nn.Linear
        ? nn.QuantizedLinear.fromLinear(m, options)
        : m instanceof nn.Embedding
          ? nn.QuantizedEmbedding.fromEmbedding(m, options)
          : null;
    if (one === null) continue;
    const names = path.split('.');
    const owner = names.slice(0, -1).reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], model);
    (owner as Record<string, unknown>)[names.at(-1)!] = one;
  }
  return model;
}
export const logits = (): Promise<Record<string, Tensor>> => io.loadSafetensors(`${goldens}logits.safetensors`);
export const peftLogits = (): Promise<Record<string, Tensor>> =>
  io.loadSafetensors(`${goldens}peft-logits.safetensors`);
