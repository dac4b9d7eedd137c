import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { array, io, nn, subtract, treeFlatten, type Tensor } from 'lanewise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coreMlScripts } from '../../src/export/coreml.js';
import { exportHf, type ExportOptions } from '../../src/export/hf.js';
import { hfWeights } from '../../src/export/weights.js';
import { linearToLoraLayers } from '../../src/lora/adapter.js';
import { loadAdapter } from '../../src/lora/load.js';
import { saveAdapter } from '../../src/lora/save.js';
import { goldens, Llama, llama, logits, packed, peftLogits } from '../lora/llama.js';

let scratch: string;
let config: Record<string, unknown>;
let want: Record<string, Tensor>;
let ids: Tensor;
let made = 0;
const fresh = (): string => join(scratch, `out-${made++}`);
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lanewise-export-'));
  config = JSON.parse(await readFile(`${goldens}model/config.json`, 'utf8')) as Record<string, unknown>;
  want = { ...(await logits()), ...(await peftLogits()) };
  ids = want['ids']!;
});
afterAll(() => rm(scratch, { recursive: true, force: true }));
const apart = (a: Tensor, b: Tensor): number =>
  (subtract(a, b).abs().max().item() as number) / (b.abs().max().item() as number);
const json = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
/** The logits of a folder, read into a new model. */
async function reread(folder: string): Promise<Tensor> {
  const model = new Llama();
  model.loadWeights(await io.loadSharded(folder));
  return model.setDtype('float32').forward(ids) as Tensor;
}

describe('exportHf', () => {
  it('exportHf › the merged model, as the adapter computes it; the model keeps the adapter', async () => {
    for (const name of ['mlx-lora', 'mlx-dora', 'peft-lora']) {
      const model = await llama();
      const adapter = await loadAdapter(model, goldens + name);
      const folder = fresh();
      await exportHf(model, folder, { config, dtype: 'float32' });
      // float32 sums in another order
      expect(apart(await reread(folder), want[name]!), name).toBeLessThan(5e-6);
      expect(adapter.attached && !adapter.merged).toBe(true);
    }
  });
  it('exportHf › names and shapes are those of the checkpoint the model came from', async () => {
    const model = await llama();
    linearToLoraLayers(model);
    const folder = fresh();
    await exportHf(model, pathToFileURL(folder), { config });
    const [before, after] = [
      await io.loadSafetensors(`${goldens}model/model.safetensors`),
      await io.loadSafetensors(join(folder, 'model.safetensors')),
    ];
    const shapes = (tensors: Record<string, Tensor>): unknown =>
      Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, x.shape]));
    expect(shapes(after)).toEqual(shapes(before));
  });
  it('exportHf › half types: each weight rounded once', async () => {
    const model = await llama();
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const folder = fresh();
      await exportHf(model, folder, { config, dtype });
      const got = await io.loadSharded(folder);
      for (const [path, x] of treeFlatten(model.parameters())) {
        expect(got[path]!.dtype).toBe(dtype);
        expect(got[path]!.tolist()).toEqual(x.astype(dtype).tolist());
      }
      expect(await json(join(folder, 'config.json'))).toEqual({ ...config, torch_dtype: dtype });
      // half a unit in the last place, 2^-12 and 2^-9, through three layers
      expect(apart(await reread(folder), want['base']!)).toBeLessThan(dtype === 'float16' ? 5e-3 : 4e-2);
    }
  });
  it('exportHf › shards with their index', async () => {
    const model = await llama();
    const folder = fresh();
    await exportHf(model, folder, { config, shardBytes: 20_000 });
    const index = await json(join(folder, 'model.safetensors.index.json'));
    const files = [...new Set(Object.values(index['weight_map'] as Record<string, string>))];
    expect(files.length).toBeGreaterThan(2);
    expect(files[0]).toBe(`model-00001-of-0000${files.length}.safetensors`);
    expect(Object.keys(index['weight_map'] as object)).toEqual(treeFlatten(model.parameters()).map(([p]) => p));
    const total = treeFlatten(model.parameters()).reduce((sum, [, x]) => sum + 2 * x.size, 0);
    expect((index['metadata'] as { total_size: number }).total_size).toBe(total);
    expect(apart(await reread(folder), want['base']!)).toBeLessThan(5e-3);
    const { metadata } = await io.loadSafetensorsWithMetadata(join(folder, files[0]!));
    expect(metadata['format']).toBe('pt');
  });
  it('exportHf › a packed base is unpacked, with and without adapter', async () => {
    const model = packed(await llama());
    const quantized = { ...config, quantization: { group_size: 32, bits: 4 }, quantization_config: {} };
    for (const name of ['quantized', 'quantized-lora']) {
      if (name === 'quantized-lora') await loadAdapter(model, `${goldens}mlx-lora`);
      const folder = fresh();
      await exportHf(model, folder, { config: quantized, dtype: 'float32' });
      expect(apart(await reread(folder), want[name]!), name).toBeLessThan(5e-6);
      expect(await json(join(folder, 'config.json'))).toEqual({ ...config, torch_dtype: 'float32' });
    }
  });
  it('exportHf › tokenizer files, copied or given', async () => {
    const model = await llama();
    const source = join(scratch, 'tokenizer.json');
    await writeFile(source, '{"a": "\u00fc"}');
    const folder = fresh();
    await exportHf(model, folder, { config, tokenizerFiles: [source] });
    expect(await readFile(join(folder, 'tokenizer.json'), 'utf8')).toBe('{"a": "\u00fc"}');
    const given = { 'tokenizer.model': new Uint8Array([1, 2]), 'tokenizer_config.json': '{}' };
    await exportHf(model, folder, { config, tokenizerFiles: given, overwrite: true });
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'convert_to_coreml.py',
      'model.safetensors',
      'model.safetensors.index.json',
      'tokenizer.model',
      'tokenizer_config.json',
      'verify_coreml.py',
    ]);
    expect([...(await readFile(join(folder, 'tokenizer.model')))]).toEqual([1, 2]);
  });
  it('exportHf › a failure leaves what was there, and nothing beside it', async () => {
    const model = await llama();
    const folder = fresh();
    await exportHf(model, folder, { config, coreml: null });
    const before = await readFile(join(folder, 'config.json'), 'utf8');
    const names = await readdir(scratch);
    await expect(exportHf(model, folder, { config })).rejects.toThrow(
      '[export] the folder must not exist unless overwrite is set',
    );
    const missing = exportHf(model, folder, { config, overwrite: true, tokenizerFiles: [join(scratch, 'none.json')] });
    await expect(missing).rejects.toThrow('ENOENT');
    const unwritable = { '\0': 'x' };
    await expect(exportHf(model, folder, { config, overwrite: true, tokenizerFiles: unwritable })).rejects.toThrow();
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe(before);
    expect(await readdir(scratch)).toEqual(names);
  });
  it.each<[string, Partial<ExportOptions>, string]>([
    [
      'vocab_size',
      { config: { vocab_size: 50 } },
      '[export] vocab_size of the config must be that of model.embed_tokens.weight, got 50 for 48',
    ],
    [
      'hidden_size',
      { config: { hidden_size: 16 } },
      '[export] hidden_size of the config must be that of model.embed_tokens.weight, got 16 for 32',
    ],
    [
      'layers',
      { config: { num_hidden_layers: 2 } },
      '[export] num_hidden_layers of the config must be that of the model, got 2 for 3',
    ],
    [
      'tied',
      { config: { tie_word_embeddings: true } },
      '[export] tie_word_embeddings of the config must be false for a model with lm_head.weight, got true',
    ],
    ['type', { config: { model_type: undefined } }, '[export] model_type of the config must be text, got undefined'],
    [
      'positions',
      { config: { max_position_embeddings: 0 } },
      '[export] max_position_embeddings of the config must be an integer of at least 1, got 0',
    ],
    [
      'file',
      { tokenizerFiles: { 'config.json': '{}' } },
      "[export] a tokenizer file must have a name of its own in the folder, got 'config.json'",
    ],
    [
      'path',
      { tokenizerFiles: { '../x': '' } },
      "[export] a tokenizer file must have a name of its own in the folder, got '../x'",
    ],
    ['name', { coreml: { name: 'a b' } }, "[export] the name must be of letters, digits, '.', '_' and '-', got 'a b'"],
    ['lengths', { coreml: { lengths: [65] } }, '[export] lengths must be integers from 2 to 64, got 65'],
    ['no lengths', { coreml: { lengths: [] } }, '[export] lengths must be integers from 2 to 64, got none'],
    ['one name', { rename: () => 'w' }, "[export] names must differ, got 'w' twice"],
  ])('exportHf › refuses %s', async (_, options, message) => {
    const all = { ...options, config: { ...config, ...options.config } };
    await expect(exportHf(await llama(), fresh(), all)).rejects.toThrow(expect.objectContaining({ message }));
  });
});

describe('hfWeights', () => {
  it('hfWeights › adapted and packed layers under the names of plain ones, biases too', () => {
    class Two extends nn.Module {
      a: nn.Linear | nn.QuantizedLinear = nn.QuantizedLinear.fromLinear(new nn.Linear(32, 4), { groupSize: 32 });
      b = [new nn.Linear(4, 2), new nn.Linear(2, 2, false)];
    }
    const model = new Two();
    const names = ['a.weight', 'a.bias', 'b.0.weight', 'b.0.bias', 'b.1.weight'];
    expect([...hfWeights(model).keys()]).toEqual(names);
    linearToLoraLayers(model, { rank: 2 });
    expect([...hfWeights(model).keys()]).toEqual(names);
    expect(hfWeights(model).get('a.weight')!.shape).toEqual([4, 32]);
  });
  it('hfWeights › a weight that the dtype cannot hold is refused', () => {
    const model = new nn.Linear(2, 2, false);
    model.weight = array([
      [1e5, 1],
      [1, 1],
    ]);
    expect(() => hfWeights(model, { dtype: 'float16' })).toThrow(
      "[export] weights must be finite in float16, got 'weight' with others",
    );
    expect(hfWeights(model, { dtype: 'bfloat16' }).size).toBe(1);
  });
});

describe('saveAdapter', () => {
  it('saveAdapter › both formats load again; a folder is not replaced unasked', async () => {
    const model = await llama();
    const adapter = await loadAdapter(model, `${goldens}mlx-dora`);
    for (const format of ['peft', 'mlx-lm'] as const) {
      const folder = fresh();
      await saveAdapter(adapter, folder, { format });
      expect((await readdir(folder)).sort()).toEqual(
        format === 'peft'
          ? ['adapter_config.json', 'adapter_model.safetensors']
          : ['adapter_config.json', 'adapters.safetensors'],
      );
      await loadAdapter(model, folder);
      expect(apart(model.forward(ids), want['mlx-dora']!)).toBeLessThan(5e-6);
      await expect(saveAdapter(adapter, folder, { format })).rejects.toThrow(
        `[adapter] the folder must not exist unless overwrite is set, got ${folder}`,
      );
      await saveAdapter(adapter, folder, { format, overwrite: true });
    }
  });
});

describe('scripts for Core ML', () => {
  it('coreMlScripts › what the guide of the seeds lacks', () => {
    const { 'convert_to_coreml.py': convert, 'verify_coreml.py': verify } = coreMlScripts(config, { name: 'tiny' });
    expect(convert).toContain('import numpy');
    expect(convert).toContain('return_dict=False');
    expect(convert.indexOf('package.short_description')).toBeLessThan(convert.indexOf('package.save('));
    expect(convert).toContain('cto.linear_quantize_weights');
    expect(convert).not.toContain('neural_network');
    expect(convert).toContain(
      'ct.RangeDim(lower_bound=1, upper_bound=length, default=length) if args.flexible else length',
    );
    expect(convert).toContain('NAME = "tiny"\nDESCRIPTION = "llama model: tokens to logits"');
    expect(convert).toContain('VOCABULARY = 48\nLENGTHS = [64]\nLONGEST = 64\n');
    expect(verify).toContain('VOCABULARY = 48\n');
  });
  it('coreMlScripts › lengths that the model has positions for', () => {
    const lengths = (n: number): string =>
      /LENGTHS = (.*)/.exec(coreMlScripts({ ...config, max_position_embeddings: n })['convert_to_coreml.py'])![1]!;
    expect([lengths(32), lengths(300), lengths(4096)]).toEqual(['[32]', '[64, 128, 256]', '[64, 128, 256, 512]']);
  });
  const python = ((): boolean => {
    try {
      execFileSync('python3', ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  it.skipIf(!python)('coreMlScripts › run to where they need coremltools, whatever the texts hold', async () => {
    const folder = fresh();
    const author = 'A "quoted" \\ name, \u00fc\n{braces} """';
    await exportHf(await llama(), folder, { config, coreml: { name: 'tiny', author } });
    const run = (script: string, ...args: string[]): string => {
      try {
        // without site packages, so that there is no coremltools
        return execFileSync('python3', ['-S', '-I', join(folder, script), ...args], {
          encoding: 'utf8',
          stdio: 'pipe',
        });
      } catch (error) {
        return (error as { stderr: string }).stderr;
      }
    };
    expect(run('convert_to_coreml.py', '--help')).toContain('--flexible');
    expect(run('verify_coreml.py', '--help')).toContain('--structure');
    expect(run('convert_to_coreml.py')).toMatch(
      /^convert_to_coreml.py needs coremltools, numpy, torch and transformers: /,
    );
    expect(run('verify_coreml.py')).toMatch(/^verify_coreml.py needs coremltools and numpy: /);
    expect(run('convert_to_coreml.py', '--lengths', '65')).toContain(
      'lengths must be 2 to 64, the positions of the model, got 65',
    );
    const read = `import ast,sys;print([ast.literal_eval(n.value) for n in ast.parse(open(sys.argv[1],encoding='utf8').read()).body if isinstance(n,ast.Assign) and n.targets[0].id=='AUTHOR'][0]==sys.argv[2])`;
    const same = execFileSync('python3', ['-c', read, join(folder, 'convert_to_coreml.py'), author], {
      encoding: 'utf8',
    });
    expect(same.trim()).toBe('True');
  });
});
