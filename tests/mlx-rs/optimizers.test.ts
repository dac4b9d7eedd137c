// Optimizers: values of MLX for the defaults of mlx-rs.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Array, array, error, f32, losses, module, nn, optimizers, transforms } from 'lanewise/mlx-rs';
import { expectNear, goldens, list, named, read } from './modules-goldens.js';

const { start, gradients, steps } = goldens.optimizers;
const { Param, Module } = module;
type Model = InstanceType<typeof Module> & Record<string, module.Param>;
const modelOf = (): Model =>
  Object.assign(new Module(), Object.fromEntries([...named(start)].map(([k, a]) => [k, Param.new(a)]))) as Model;
interface Kind {
  readonly new: (lr?: number) => optimizers.Optimizer & { build(): optimizers.Optimizer };
}
const kinds = optimizers as unknown as Readonly<Record<string, Kind>>;
const begun = (name: string): ReturnType<Kind['new']> =>
  name.startsWith('Adafactor') ? kinds[name]!.new() : kinds[name]!.new(0.1);
const make = (name: string): optimizers.Optimizer => begun(name);

for (const name of ['Sgd', 'RmsProp', 'AdaGrad', 'AdaDelta', 'Adam', 'AdamW', 'Adamax', 'Lion', 'Adafactor'] as const) {
  const paths = [`optimizers::${name}`, `optimizers::${name}::new`, `optimizers::${name}Builder`];
  it(`${paths.join(', ')} › steps as MLX does`, () => {
    const both = [make(name), begun(`${name}Builder`).build()];
    const models = both.map(modelOf);
    gradients.forEach((g, i) => {
      both.forEach((optimizer, j) => {
        optimizer.update(models[j]!, named(g));
        // a few roundings of float32 apart
        for (const [path, want] of Object.entries(steps[name]![i]!)) expectNear(models[j]![path]!, want, 1e-6);
      });
    });
  });
  it(`optimizers::${name} › its state in a file, and steps of single parameters, go on as without`, async () => {
    const [whole, parted] = [make(name), make(name)];
    const [a, b] = [modelOf(), modelOf()];
    whole.update(a, named(gradients[0]!));
    for (const [path, g] of named(gradients[0]!)) parted.update_single(path, g, b[path]!);
    const file = join(mkdtempSync(join(tmpdir(), 'mlx-rs-')), 'state.safetensors');
    await parted.state().save_safetensors(file);
    const restored = make(name);
    await restored.state_mut().load_safetensors(file);
    whole.update(a, named(gradients[1]!));
    restored.update(b, named(gradients[1]!));
    for (const [path, p] of a.parameters().flatten()) expect(list(b[path]!)).toEqual(list(p));
  });
}

describe('optimizers::Optimizer', () => {
  it('optimizers::Optimizer, optimizers::Optimizer::update › leaves out other names; clones of a parameter keep their value', () => {
    const model = modelOf();
    const before = model['w']!.clone();
    const kept = list(before);
    optimizers.Sgd.new(1).update(
      model,
      new Map([
        ['w', Array.ones([2, 3])],
        ['other', f32(1)],
      ]),
    );
    expect(list(before)).toEqual(kept);
    expect(list(model['w']!)).toEqual(kept.map((v) => Math.fround(v - 1)));
  });
  it('optimizers::Optimizer::update_single › changes one array', () => {
    const p = f32(1);
    optimizers.SgdBuilder.new(0.5).weight_decay(1).build().update_single('p', f32(1), p);
    expect(p.item()).toBe(0);
  });
  it('optimizers::Optimizer::state, optimizers::Optimizer::state_mut, optimizers::State, optimizers::OptimizerState › what is kept, by path', () => {
    const optimizer = optimizers.SgdBuilder.new(0.5).momentum(0.5).build();
    const p = f32(1);
    optimizer.update_single('p', f32(1), p);
    const state: optimizers.State = optimizer.state();
    expect([...state].map(([k, v]) => [k, v.item()])).toEqual([['p', 1]]);
    optimizer.state_mut().set('p', f32(4));
    optimizer.update_single('p', f32(1), p);
    // v = 0.5 * 4 + 1, p = 0.5 - 0.5 * v
    expect([p.item(), state.get('p')!.item()]).toEqual([-1, 3]);
    expect(state).toBeInstanceOf(optimizers.OptimizerState);
  });
  it('optimizers::OptimizerState::flatten, optimizers::OptimizerState::flatten_mut, optimizers::OptimizerState::unflatten, optimizers::OptimizerState::save_safetensors, optimizers::OptimizerState::load_safetensors › paths of pairs end in .0 and .1', async () => {
    const optimizer = optimizers.Adam.new(0.1);
    optimizer.update_single('a.b', f32(2), f32(1));
    const flat = optimizer.state().flatten();
    expect([...flat.keys()]).toEqual(['a.b.0', 'a.b.1']);
    optimizer.state_mut().flatten_mut().get('a.b.0')!.add_assign(1);
    expect(flat.get('a.b.0')!.item()).toBeCloseTo(1.2, 6);
    const again = optimizer.state().unflatten(flat);
    expect(again.get('a.b')![1]).toBe(flat.get('a.b.1'));
    const file = join(mkdtempSync(join(tmpdir(), 'mlx-rs-')), 'state.safetensors');
    await again.save_safetensors(file);
    await optimizer.state().load_safetensors(file);
    expect([...optimizer.state().keys()]).toEqual(['a.b']);
  });
  it('error::UnflattenError, error::OptimizerStateLoadError › paths that are those of no state', async () => {
    const state = optimizers.Adam.new(0.1).state();
    expect(() => state.unflatten([['w.0', f32(1)]])).toThrow(error.UnflattenError);
    expect(() => state.unflatten([['w', f32(1)]])).toThrow(
      "[optimizers.unflatten] a path must end in a suffix, got 'w'",
    );
    expect(() => state.unflatten([['w.2', f32(1)]])).toThrow(
      "[optimizers.unflatten] the arrays of a parameter must be those of the state, got 2 for 'w'",
    );
    const file = join(mkdtempSync(join(tmpdir(), 'mlx-rs-')), 'state.safetensors');
    await Array.save_safetensors(new Map([['w.2', f32(1)]]), null, file);
    await expect(state.load_safetensors(file)).rejects.toThrow(error.OptimizerStateLoadError);
  });
  it('optimizers::AdafactorState, optimizers::AdafactorEps, optimizers::AdafactorLr, optimizers::AdafactorBeta1, optimizers::AdafactorBuilderLr, optimizers::AdafactorBuilderBeta1 › moments of rows and columns, and the steps of each parameter', () => {
    const eps: optimizers.AdafactorEps = [1e-30, 1e-3];
    const lr: optimizers.AdafactorBuilderLr & optimizers.AdafactorLr = 0.1;
    const beta1: optimizers.AdafactorBuilderBeta1 & optimizers.AdafactorBeta1 = 0.9;
    const optimizer = optimizers.AdafactorBuilder.new().lr(lr).relative_step(false).eps(eps).beta1(beta1).build();
    const p = Array.ones([2, 3]);
    optimizer.update_single('p', Array.ones([2, 3]), p);
    const state: optimizers.AdafactorState = optimizer.state().get('p')!;
    expect([state.step.item(), state.exp_avg_sq, state.exp_avg!.shape()]).toEqual([1, null, [2, 3]]);
    expect([...optimizer.state().flatten().keys()].sort()).toEqual([
      'p.exp_avg',
      'p.exp_avg_sq_col',
      'p.exp_avg_sq_row',
      'p.step',
    ]);
    expect(optimizer.lr).toBe(Math.fround(0.1));
  });
  it('optimizers::Betas › decay rates of two moments; the learning rate may change between steps', () => {
    const betas: optimizers.Betas = [0.5, 0.5];
    const optimizer = optimizers.AdamBuilder.new(0.1).betas(betas).build();
    expect(optimizer.betas).toEqual(betas);
    optimizer.lr = 0;
    const p = f32(3);
    optimizer.update_single('p', f32(1), p);
    expect([p.item(), optimizer.lr]).toEqual([3, 0]);
  });
  it('optimizers::clip_grad_norm, optimizers::MaybeClippedGrads › scales what is longer', () => {
    const grads = new Map([
      ['a', array([3])],
      ['b', array([4])],
    ]);
    const [clipped, norm]: [optimizers.MaybeClippedGrads, number] = optimizers.clip_grad_norm(grads, 1);
    expect(norm).toBe(5);
    expect([...clipped].map(([k, g]) => [k, g.item()])).toEqual([
      ['a', expect.closeTo(0.6, 6)],
      ['b', expect.closeTo(0.8, 6)],
    ]);
    expect(optimizers.clip_grad_norm(grads, 6)[0].get('a')).toBe(grads.get('a'));
  });
  it('error::RmsPropBuildError, error::AdaDeltaBuildError, error::AdafactorBuildError › options out of range', () => {
    expect(() => optimizers.RmsPropBuilder.new(0.1).alpha(-1).build()).toThrow(error.RmsPropBuildError);
    expect(() => optimizers.RmsPropBuilder.new(0.1).epsilon(-1).build()).toThrow(error.RmsPropBuildError);
    expect(() => optimizers.AdaDeltaBuilder.new(0.1).rho(-1).build()).toThrow(error.AdaDeltaBuildError);
    expect(() => optimizers.AdaDeltaBuilder.new(0.1).eps(-1).build()).toThrow(error.AdaDeltaBuildError);
    expect(() => optimizers.AdafactorBuilder.new().relative_step(false).build()).toThrow(error.AdafactorBuildError);
  });
});

describe('training', () => {
  class Mlp extends Module {
    readonly up = nn.Linear.new(2, 8);
    readonly norm = nn.LayerNorm.new(8);
    readonly down = nn.Linear.new(8, 1);
    override forward(x: Array): Array {
      return this.down.forward(nn.relu(this.norm.forward(this.up.forward(x))));
    }
  }
  const { weights, x, y, losses: wanted, norms } = goldens.training;
  const data = [read(x), read(y)] as const;
  const fresh = (): Mlp => {
    const model = new Mlp();
    model.update_flattened(named(weights));
    return model;
  };
  const mse = losses.MseLoss.new();
  const loss_fn = (model: Mlp, [input, target]: readonly [Array, Array]): Array =>
    mse.apply(model.forward(input), target);

  it('nn::value_and_grad › thirty steps of AdamW reach the losses that MLX reaches', () => {
    const model = fresh();
    const optimizer = optimizers.AdamW.new(0.02);
    const step = nn.value_and_grad(loss_fn);
    wanted.values.forEach((want, i) => {
      const [loss, grads] = step(model, data);
      const [clipped, norm] = optimizers.clip_grad_norm(grads, 0.5);
      optimizer.update(model, clipped);
      transforms.eval_params(model.parameters());
      // roundings of float32 that thirty steps carry on
      expect(Math.abs(loss.item() - want)).toBeLessThan(1e-4 * want);
      expect(Math.abs(norm - norms.values[i]!)).toBeLessThan(1e-3 * norms.values[i]!);
    });
  });
  it('transforms::compile::compile_with_state › a compiled step changes model and optimizer as a plain one', () => {
    const [plain, compiled] = [fresh(), fresh()];
    const [one, two] = [optimizers.Adam.new(0.02), optimizers.Adam.new(0.02)];
    const step = ([model, optimizer]: readonly [Mlp, optimizers.Adam], args: readonly Array[]): Array => {
      const [loss, grads] = nn.value_and_grad(loss_fn)(model, args as readonly [Array, Array]);
      optimizer.update(model, grads);
      return loss;
    };
    const replayed = transforms.compile.compile_with_state(step);
    for (let i = 0; i < 5; i++) {
      const [a, b] = [step([plain, one], data), replayed([compiled, two], data)];
      expect(b.item()).toBeCloseTo(a.item(), 6);
    }
    for (const [path, p] of plain.parameters().flatten()) {
      const other = compiled.parameters().flatten().get(path)!;
      list(p).forEach((v, i) => expect(list(other)[i]).toBeCloseTo(v, 5));
    }
    expect(two.updatable_states_len()).toBe(12);
  });
});
