import { array, nn, random, subtract, treeFlatten, type Tensor } from 'lanewise';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterOf, detachAdapter, linearToLoraLayers, type LoraAdapter } from '../../src/lora/adapter.js';
import { decodeAdapter, encodeAdapter, type AdapterFormat } from '../../src/lora/formats.js';
import { loadAdapter, readAdapter } from '../../src/lora/load.js';
import { goldens, Llama, llama, logits, packed, peftLogits } from './llama.js';

let want: Record<string, Tensor>;
let ids: Tensor;
beforeAll(async () => {
  want = { ...(await logits()), ...(await peftLogits()) };
  ids = want['ids']!;
});
const apart = (a: Tensor, b: Tensor): number => {
  expect(a.shape).toEqual(b.shape);
  return (subtract(a, b).abs().max().item() as number) / (b.abs().max().item() as number);
};
// float32 through three layers; MLX and torch themselves are 1e-6 apart on this model
const CLOSE = 5e-6;
const bytes = (model: nn.Module): string =>
  JSON.stringify(treeFlatten(model.parameters()).map(([path, t]) => [path, [...t.view('uint8').toTypedArray()]]));
/** An adapter whose parameters are all drawn. */
function drawn(adapter: LoraAdapter, seed: number): LoraAdapter {
  let key = random.key(seed);
  for (const layer of adapter.layers.values()) {
    const next = random.split(key);
    key = next.at(0);
    layer.lora_b = random.normal([...layer.lora_b.shape], 'float32', null, 0.2, next.at(1));
  }
  return adapter;
}

/** Eight steps on one sequence: the adapter alone has gradients, and the loss falls. */
function learns(model: Llama): void {
  const adapter = linearToLoraLayers(model, { rank: 4, targetModules: ['q_proj', 'down_proj'] });
  const labels = array([[5, 6, 7, 8, 9, 10, 11, 12, 13, 14]], 'int32').expandDims(-1);
  const step = nn.valueAndGrad(model, () => {
    const y = model.forward(ids.at(0).expandDims(0));
    return y.logsumexp(-1).sub(y.takeAlongAxis(labels, -1).squeeze(-1)).mean();
  });
  const values: number[] = [];
  for (let i = 0; i < 8; i++) {
    const [value, grads] = step();
    values.push(value.item() as number);
    const flat = new Map(treeFlatten(grads));
    expect(flat.size).toBe(12);
    for (const [path, layer] of adapter.layers) {
      layer.lora_a = layer.lora_a.sub(flat.get(`${path}.lora_a`)!.mul(0.2));
      layer.lora_b = layer.lora_b.sub(flat.get(`${path}.lora_b`)!.mul(0.2));
    }
  }
  expect(values.at(-1)!).toBeLessThan(values[0]! * 0.8);
}

describe('files of mlx-lm and PEFT', () => {
  it('loadAdapter › logits of mlx-lm with its adapters', async () => {
    const model = await llama();
    expect(apart(model.forward(ids), want['base']!)).toBeLessThan(CLOSE);
    for (const name of ['mlx-lora', 'mlx-dora']) {
      const adapter = await loadAdapter(model, goldens + name);
      expect(apart(model.forward(ids), want[name]!), name).toBeLessThan(CLOSE);
      expect(apart(model.forward(ids), want['base']!), name).toBeGreaterThan(0.05);
      expect(adapter.dora).toBe(name === 'mlx-dora');
    }
  });
  it('loadAdapter › logits of PEFT with its adapters: patterns, rank-stabilised scale, embedding, DoRA', async () => {
    const model = await llama();
    for (const name of ['peft-lora', 'peft-dora']) {
      const adapter = await loadAdapter(model, new URL(`file://${goldens}${name}/`));
      expect(apart(model.forward(ids), want[name]!), name).toBeLessThan(CLOSE);
      expect(adapter.layers.size).toBe(name === 'peft-lora' ? 7 : 4);
    }
    const scales = [...(await loadAdapter(model, `${goldens}peft-lora/`)).layers].map(([path, l]) => [path, l.scale]);
    expect(Object.fromEntries(scales)).toMatchObject({
      'model.embed_tokens': 3,
      'model.layers.2.mlp.down_proj': 5 / Math.sqrt(2),
    });
  });
  it('loadAdapter › on a packed base: logits of mlx-lm', async () => {
    const model = packed(await llama());
    expect(apart(model.forward(ids), want['quantized']!)).toBeLessThan(CLOSE);
    await loadAdapter(model, `${goldens}mlx-lora`);
    expect(apart(model.forward(ids), want['quantized-lora']!)).toBeLessThan(CLOSE);
  });
  it('encodeAdapter › mlx-lm: what was read is written again', async () => {
    const model = await llama();
    for (const name of ['mlx-lora', 'mlx-dora']) {
      const read = await readAdapter(goldens + name);
      const written = encodeAdapter(decodeAdapter(model, read), 'mlx-lm', { baseModel: 'model' });
      const sorted = (c: Record<string, unknown>): unknown => ({
        ...c,
        lora_parameters: {
          ...(c['lora_parameters'] as object),
          keys: [...(c['lora_parameters'] as { keys: string[] }).keys].sort(),
        },
      });
      const all = name === 'mlx-dora' ? { num_layers: 3 } : {};
      expect(sorted(written.config)).toEqual({ ...(sorted(read.config) as object), ...all });
      expect(Object.keys(written.weights).sort()).toEqual(Object.keys(read.weights).sort());
      for (const [key, t] of Object.entries(written.weights)) expect(t.tolist()).toEqual(read.weights[key]!.tolist());
    }
  });
  it('encodeAdapter › PEFT: what was read is written again', async () => {
    const model = await llama();
    for (const name of ['peft-lora', 'peft-dora']) {
      const read = await readAdapter(goldens + name);
      const { config, weights } = encodeAdapter(decodeAdapter(model, read), 'peft', { baseModel: 'model' });
      expect(Object.keys(weights).sort()).toEqual(Object.keys(read.weights).sort());
      for (const [key, t] of Object.entries(weights)) expect(t.tolist()).toEqual(read.weights[key]!.tolist());
      // the scale says the same without rank stabilisation
      const again = decodeAdapter(model, { config, weights });
      expect(apart(model.forward(ids), want[name]!), name).toBeLessThan(CLOSE);
      expect(again.layers.size).toBe((config['target_modules'] as string[]).length);
    }
  });
  it('encodeAdapter › a renamed model', async () => {
    const model = await llama();
    const rename = (path: string): string => `x.${path.replace('self_attn', 'attention')}`;
    const adapter = drawn(linearToLoraLayers(model, { targetModules: ['q_proj'] }), 3);
    const y = model.forward(ids);
    for (const format of ['peft', 'mlx-lm'] as const) {
      const content = encodeAdapter(adapter, format, { rename });
      const start = format === 'peft' ? 'base_model.model.' : '';
      expect(Object.keys(content.weights)[0]).toMatch(`${start}x.model.layers.0.attention.q_proj.lora_`);
      decodeAdapter(model, content, { rename });
      expect(model.forward(ids).tolist(), format).toEqual(y.tolist());
    }
  });
});

describe('LoraAdapter', () => {
  it('merge › logits of mlx-lm fused; unmerge and detach give the model back bit for bit', async () => {
    const model = await llama();
    const before = bytes(model);
    for (const name of ['mlx-lora', 'mlx-dora']) {
      const adapter = await loadAdapter(model, goldens + name);
      const y = model.forward(ids).tolist();
      const names = Object.keys(Object.fromEntries(treeFlatten(model.parameters())));
      adapter.merge();
      expect(adapter.merged).toBe(true);
      expect(
        treeFlatten(model.parameters())
          .map(([path]) => path)
          .join(),
      ).not.toContain('lora');
      expect(apart(model.forward(ids), want[name === 'mlx-lora' ? 'fused-lora' : 'fused-dora']!)).toBeLessThan(CLOSE);
      adapter.unmerge();
      expect(Object.keys(Object.fromEntries(treeFlatten(model.parameters())))).toEqual(names);
      expect(model.forward(ids).tolist()).toEqual(y);
      adapter.detach();
      expect(bytes(model)).toBe(before);
    }
  });
  it('merge › a packed base is packed again, or left unpacked', async () => {
    const model = packed(await llama());
    const before = bytes(model);
    const adapter = await loadAdapter(model, `${goldens}mlx-lora`);
    const y = model.forward(ids);
    adapter.merge({ dequantize: true });
    expect(apart(model.forward(ids), y)).toBeLessThan(CLOSE);
    expect(model.model.layers[2]!.self_attn.q_proj).toBeInstanceOf(nn.Linear);
    adapter.merge();
    expect(model.model.layers[2]!.self_attn.q_proj).toBeInstanceOf(nn.QuantizedLinear);
    expect(apart(model.forward(ids), y)).toBeLessThan(0.5);
    adapter.detach();
    expect(bytes(model)).toBe(before);
  });
  it("attach › adapters of different layers take each other's place", async () => {
    const model = await llama();
    const adapters: Record<string, LoraAdapter> = {};
    for (const name of ['mlx-lora', 'peft-lora', 'mlx-dora', 'peft-dora'])
      adapters[name] = await loadAdapter(model, goldens + name);
    for (const name of ['peft-lora', 'mlx-dora', 'mlx-lora', 'peft-dora', 'mlx-lora']) {
      adapters[name]!.attach();
      expect(adapterOf(model)).toBe(adapters[name]);
      expect(Object.values(adapters).filter((a) => a.attached)).toEqual([adapters[name]]);
      expect(apart(model.forward(ids), want[name]!), name).toBeLessThan(CLOSE);
    }
    adapters['mlx-dora']!.merge();
    adapters['peft-lora']!.attach();
    expect(apart(model.forward(ids), want['peft-lora']!)).toBeLessThan(CLOSE);
    expect(detachAdapter(model)).toBe(adapters['peft-lora']);
    expect(detachAdapter(model)).toBeNull();
    expect(apart(model.forward(ids), want['base']!)).toBeLessThan(CLOSE);
  });
  it('attach › the adapter trains or not as its model does', async () => {
    const model = (await llama()).eval();
    const adapter = linearToLoraLayers(model, { dropout: 0.5 });
    expect([...adapter.layers.values()].every((l) => !l.training && !l.dropout.training)).toBe(true);
    adapter.detach();
    model.train();
    adapter.attach();
    expect([...adapter.layers.values()].every((l) => l.training && l.dropout.training)).toBe(true);
  });
});

describe('linearToLoraLayers', () => {
  const paths = (options: Parameters<typeof linearToLoraLayers>[1]): string[] => [
    ...linearToLoraLayers(new Llama(), options).layers.keys(),
  ];
  it('linearToLoraLayers › targets and blocks', () => {
    expect(paths({})).toHaveLength(21);
    expect(paths({ targetModules: ['q_proj', 'mlp.up_proj'], lastNLayers: 1 })).toEqual([
      'model.layers.2.self_attn.q_proj',
      'model.layers.2.mlp.up_proj',
    ]);
    expect(paths({ targetModules: ['lm_head', 'embed_tokens', 'v_proj'], lastNLayers: 2 })).toEqual([
      'model.embed_tokens',
      'model.layers.1.self_attn.v_proj',
      'model.layers.2.self_attn.v_proj',
      'lm_head',
    ]);
    expect(paths({ lastNLayers: 99 })).toHaveLength(21);
    expect(paths({ targetModules: ['model.layers.0.mlp.up_proj'] })).toHaveLength(1);
  });
  it('linearToLoraLayers › a model without blocks', () => {
    class Two extends nn.Module {
      a = new nn.Linear(2, 3);
      b = new nn.Linear(3, 1);
    }
    expect([...linearToLoraLayers(new Two()).layers.keys()]).toEqual(['a', 'b']);
  });
  it('linearToLoraLayers › scale is alpha over rank, twice the rank over it, or what is given', () => {
    const scale = (options: Parameters<typeof linearToLoraLayers>[1]): number =>
      linearToLoraLayers(new Llama(), options).layers.values().next().value!.scale;
    expect([scale({}), scale({ rank: 128, alpha: 256 }), scale({ rank: 4, alpha: 2 })]).toEqual([2, 2, 0.5]);
    expect(scale({ rank: 4, alpha: 2, scale: 7 })).toBe(7);
  });
  it('linearToLoraLayers › the model is frozen, the adapter is what trains', () => {
    const model = new Llama();
    const adapter = linearToLoraLayers(model, { rank: 2, targetModules: ['q_proj'], dora: true });
    expect(
      treeFlatten(model.trainableParameters()).map(([path]) => path.replace(/^model\.layers\.\d\.self_attn\./, '')),
    ).toEqual(Array.from({ length: 3 }, () => ['q_proj.lora_a', 'q_proj.lora_b', 'q_proj.m']).flat());
    const own = treeFlatten(model.parameters()).length;
    adapter.detach();
    expect(treeFlatten(model.parameters())).toHaveLength(own - 9);
    expect(treeFlatten(model.trainableParameters())).toHaveLength(0);
  });
  it('nn.valueAndGrad › gradients of the adapter alone, and the step lowers the loss', async () => {
    learns(await llama());
  });
  it('nn.valueAndGrad › through a packed base (QLoRA)', async () => {
    learns(packed(await llama()));
  });
  it('linearToLoraLayers › a second adapter goes around the same layers', async () => {
    const model = await llama();
    const before = bytes(model);
    const first = drawn(linearToLoraLayers(model, { rank: 2 }), 1);
    const second = drawn(linearToLoraLayers(model, { rank: 3, targetModules: ['q_proj'] }), 2);
    expect([first.attached, second.attached]).toEqual([false, true]);
    expect([...second.layers.keys()]).toHaveLength(3);
    expect(() => linearToLoraLayers(model, { rank: 0 })).toThrow('rank must be');
    expect(second.attached).toBe(true);
    second.merge();
    expect(() => linearToLoraLayers(model, { rank: 0 })).toThrow('rank must be');
    expect(second.merged).toBe(true);
    second.detach();
    expect(bytes(model)).toBe(before);
  });
});

describe('errors', () => {
  const of = (f: () => unknown): string => {
    try {
      f();
    } catch (e) {
      return (e as Error).message;
    }
    return 'no error';
  };
  const adapterFor = (): LoraAdapter =>
    linearToLoraLayers(new Llama(), { rank: 2, targetModules: ['q_proj'], lastNLayers: 1 });
  it.each([
    [{ lastNLayers: 0 }, '[lora] lastNLayers must be an integer of at least 1, or -1 for all, got 0'],
    [
      { targetModules: ['q_proj', 'query'] },
      "[lora] targetModules must name linear layers or embeddings of the model (embed_tokens, q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, lm_head), got 'query'",
    ],
    [
      { targetModules: [] },
      '[lora] targetModules must name linear layers or embeddings of the model (embed_tokens, q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, lm_head), got none',
    ],
    [
      { targetModules: ['model.layers.0.mlp.up_proj'], lastNLayers: 1 },
      '[lora] the last 1 blocks must hold a layer to adapt, got none',
    ],
  ])('linearToLoraLayers › refuses %j', (options, message) => {
    expect(of(() => linearToLoraLayers(new Llama(), options))).toBe(message);
  });
  it('unmerge › needs a merge', () => {
    expect(of(() => adapterFor().unmerge())).toBe('[unmerge] the adapter must be merged, got one that is not');
  });
  it('encodeAdapter › what a format cannot hold', () => {
    const mixed = adapterFor();
    const embedding = linearToLoraLayers(new Llama(), { targetModules: ['embed_tokens'], dora: true });
    expect(of(() => encodeAdapter(embedding, 'peft'))).toBe(
      "[adapter] a DoRA embedding cannot be saved for PEFT, whose lengths are those of columns, got 'model.embed_tokens'",
    );
    expect(of(() => encodeAdapter(mixed, 'gguf' as AdapterFormat))).toBe(
      "[adapter] the format must be 'peft' or 'mlx-lm', got 'gguf'",
    );
    const two = linearToLoraLayers(new Llama(), { rank: 2, targetModules: ['lm_head', 'embed_tokens'] });
    two.layers.get('lm_head')!.scale = 3;
    expect(of(() => encodeAdapter(two, 'mlx-lm'))).toBe(
      "[adapter] mlx-lm holds one rank and scale, got 2 and 2, and 2 and 3 for 'lm_head'",
    );
  });
  it('decodeAdapter › tensors that do not fit, all named; the adapter before stays', () => {
    const model = new Llama();
    const before = linearToLoraLayers(model, { targetModules: ['v_proj'] });
    const { config, weights } = encodeAdapter(adapterFor(), 'peft');
    const at = 'base_model.model.model.layers.2.self_attn.q_proj';
    const a = weights[`${at}.lora_A.weight`]!;
    const without = { ...weights };
    delete without[`${at}.lora_B.weight`];
    const rule = '[adapter] the adapter must fit the model, got ';
    const fails = (w: Record<string, Tensor>, c: object = {}): string =>
      of(() => decodeAdapter(model, { config: { ...config, ...c }, weights: w }));
    expect(fails(without)).toBe(`${rule}model.layers.2.self_attn.q_proj lacks lora_b`);
    expect(fails({ ...weights, 'lm_head.weight': a })).toBe(`${rule}lm_head.weight is no parameter of an adapter`);
    expect(fails({ ...weights, 'base_model.model.other.lora_A.weight': a })).toBe(
      `${rule}other is no linear layer or embedding of the model`,
    );
    expect(fails({ ...weights, [`${at}.lora_A.weight`]: a.reshape([1, 64]) })).toBe(
      `${rule}model.layers.2.self_attn.q_proj.lora_a is (64,1) for (32,2)`,
    );
    expect(fails(weights, { r: 4 })).toBe(
      `${rule}model.layers.2.self_attn.q_proj.lora_a is (32,2) for (32,4); model.layers.2.self_attn.q_proj.lora_b is (2,32) for (4,32)`,
    );
    expect(fails(weights, { use_dora: true })).toBe(`${rule}model.layers.2.self_attn.q_proj lacks m`);
    expect(fails({ ...weights, [`${at}.lora_magnitude_vector`]: a.reshape([-1]) })).toBe(
      `${rule}model.layers.2.self_attn.q_proj has lengths of rows, which only DoRA has`,
    );
    expect(fails({})).toBe(`${rule}it holds no layers`);
    expect(adapterOf(model)).toBe(before);
  });
  it.each([
    [{}, '[adapter] adapter_config.json must have peft_type (PEFT) or lora_parameters (mlx-lm)'],
    [{ peft_type: 'LOHA' }, '[adapter] peft_type of the config is not supported, got "LOHA"'],
    [{ peft_type: 'LORA', bias: 'all' }, '[adapter] bias of the config is not supported, got "all"'],
    [
      { peft_type: 'LORA', modules_to_save: ['lm_head'] },
      '[adapter] modules_to_save of the config is not supported, got ["lm_head"]',
    ],
    [{ peft_type: 'LORA' }, '[adapter] r of the config must be a number of at least 1, got undefined'],
    [
      { peft_type: 'LORA', r: 2, rank_pattern: { '(': 2 } },
      "[adapter] rank_pattern must hold regular expressions, got '('",
    ],
    [{ peft_type: 'LORA', r: 2, alpha_pattern: { a: '2' } }, '[adapter] alpha_pattern must hold numbers, got "2"'],
    [{ fine_tune_type: 'full' }, "[adapter] fine_tune_type of the config must be 'lora' or 'dora', got \"full\""],
    [{ lora_parameters: { rank: 2, alpha: 16 } }, '[adapter] scale of the config must be a number, got undefined'],
  ])('decodeAdapter › refuses the config %j', (config, message) => {
    expect(of(() => decodeAdapter(new Llama(), { config, weights: {} }))).toBe(message);
  });
});
