// Modules, their parameters and gradients.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Array, array, f32, module, nested, nn, transforms } from 'lanewise/mlx-rs';

const list = (a: Array): number[] => [...a.as_slice()];
class Mlp extends module.Module {
  readonly layers = [nn.Linear.new(2, 3), nn.LinearBuilder.new(3, 1).bias(false).build()];
  readonly scale = module.Param.new(f32(2));
  readonly eps = f32(1e-5);
  readonly absent = null;
  override forward(x: Array): Array {
    return this.layers.reduce((y, l) => l.forward(y), x).multiply(this.scale);
  }
}
const paths = ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'scale'];

describe('module::Module', () => {
  it('module::Module, module::Module::forward, module::UnaryModule › calls what the class defines', () => {
    const model: module.UnaryModule = new Mlp();
    expect(model.forward(array([[1, 2]])).shape()).toEqual([1, 1]);
    expect(() => new module.Module().forward()).toThrow(
      '[Module.forward] a module must define forward, got Module without',
    );
  });
  it('module::Module::training_mode › reaches the modules below', () => {
    const model = Object.assign(new module.Module(), { drop: [nn.Dropout.new()] });
    const x = Array.ones([64]);
    model.training_mode(false);
    expect(model.drop[0]!.forward(x).equals(x)).toBe(true);
    model.training_mode(true);
    expect(model.drop[0]!.forward(x).equals(x)).toBe(false);
  });
});

describe('module::ModuleParameters', () => {
  it('module::ModuleParameters, module::ModuleParameters::parameters, module::ModuleParam, module::ModuleParamRef, module::FlattenedModuleParam, module::FlattenedModuleParamRef › are Params and modules, not other arrays', () => {
    const model: module.ModuleParameters = new Mlp();
    const parameters: module.ModuleParam = model.parameters();
    const flat: module.FlattenedModuleParam = parameters.flatten();
    const ref: [module.ModuleParamRef, module.FlattenedModuleParamRef] = [parameters, flat];
    expect([...ref[1].keys()]).toEqual(paths);
    expect(new module.ModuleParameters()).toBeInstanceOf(module.Module);
  });
  it('module::ModuleParameters::num_parameters › counts arrays', () => {
    expect(new Mlp().num_parameters()).toBe(4);
  });
  it('module::ModuleParameters::parameters_mut, module::ModuleParamMut, module::FlattenedModuleParamMut › what is assigned to them the module has', () => {
    const model = new Mlp();
    const all: [module.ModuleParamMut, module.FlattenedModuleParamMut] = [
      model.parameters_mut(),
      model.parameters_mut().flatten(),
    ];
    all[1].get('layers.1.weight')!.add_assign(1);
    const before = model.layers[1]!.weight.clone();
    model.layers[1]!.weight.index_mut([0, 0], 7);
    expect(list(model.layers[1]!.weight)[0]).toBe(7);
    expect(list(before)[0]).not.toBe(7);
    expect(list(model.layers[1]!.forward(array([1, 0, 0])))).toEqual([7]);
  });
  it('module::ModuleParameters::trainable_parameters, module::ModuleParameters::freeze_parameters, module::ModuleParameters::unfreeze_parameters › leave out what is frozen', () => {
    const model = new Mlp();
    const trainable = (): string[] => [...model.trainable_parameters().flatten().keys()];
    model.layers[0]!.freeze_parameters(true);
    expect(trainable()).toEqual(['layers.1.weight', 'scale']);
    model.freeze_parameters(false);
    expect(trainable()).toEqual([]);
    model.unfreeze_parameters(true);
    expect(trainable()).toEqual(paths);
  });
  it('module::ModuleParameters::all_frozen, module::ModuleParameters::any_frozen › null without parameters', () => {
    const model = new Mlp();
    const frozen = (): unknown[] => [model.all_frozen(), model.any_frozen()];
    expect(frozen()).toEqual([false, false]);
    model.scale.freeze();
    expect(frozen()).toEqual([false, true]);
    model.freeze_parameters(true);
    expect(frozen()).toEqual([true, true]);
    const none = nn.Relu.new();
    expect([none.all_frozen(), none.any_frozen()]).toEqual([null, null]);
  });
  it('module::ModuleParameters::update, module::ModuleParameters::update_flattened, module::update_parameters › assign by name and leave out other names', () => {
    const model = new Mlp();
    const given = f32(5);
    model.update_flattened(
      new Map([
        ['scale', given],
        ['other', f32(1)],
      ]),
    );
    given.add_assign(1);
    expect(model.scale.item()).toBe(5);
    const tree = nested.NestedHashMap.new<Array>();
    tree.insert('scale', nested.NestedValue.Value<Array>(f32(6)));
    model.update(tree);
    expect(model.scale.item()).toBe(6);
    module.update_parameters(model, [['scale', f32(7)]]);
    expect(model.scale.item()).toBe(7);
  });
  it('module::ModuleParametersExt, module::ModuleParametersExt::eval, module::ModuleParametersExt::save_safetensors, module::ModuleParametersExt::load_safetensors › through a file', async () => {
    const [from, to]: module.ModuleParametersExt[] = [new Mlp(), new Mlp()];
    const file = join(mkdtempSync(join(tmpdir(), 'mlx-rs-')), 'model.safetensors');
    from!.eval();
    await from!.save_safetensors(file);
    await to!.load_safetensors(file);
    for (const [path, a] of from!.parameters().flatten())
      expect(to!.parameters().flatten().get(path)!.equals(a)).toBe(true);
  });
});

describe('module::Param', () => {
  it('module::Param, module::Param::new › an array whose value may be replaced', () => {
    const given = array([1, 2]);
    const p = module.Param.new(given);
    given.index_mut(0, 9);
    expect(list(p.value)).toEqual([1, 2]);
    p.value = array([3, 4]);
    expect(list(p.add(1))).toEqual([4, 5]);
  });
  it('module::Parameter, module::Parameter::count, module::Parameter::freeze, module::Parameter::unfreeze, module::Parameter::is_frozen › of an array and of a module', () => {
    for (const x of [module.Param.new(f32(1)), nn.Linear.new(1, 1)] as module.Parameter[]) {
      expect([x.count(), x.is_frozen()]).toEqual([x instanceof Array ? 1 : 2, false]);
      x.freeze(true);
      expect([x.is_frozen(), x.as_trainable_nested_value()?.flatten('x').size ?? 0]).toEqual([true, 0]);
      x.unfreeze(true);
      expect(x.is_frozen()).toBe(false);
    }
  });
  it('module::Parameter::as_nested_value, module::Parameter::as_nested_value_mut, module::Parameter::as_trainable_nested_value › name arrays below a prefix', () => {
    const layer = nn.Linear.new(1, 1);
    layer.weight.freeze();
    expect([...layer.as_nested_value().flatten('l').keys()]).toEqual(['l.weight', 'l.bias']);
    expect([...layer.as_nested_value_mut().flatten('l').keys()]).toEqual(['l.weight', 'l.bias']);
    expect([...layer.as_trainable_nested_value().flatten('l').keys()]).toEqual(['l.bias']);
    expect(layer.weight.as_nested_value_mut().flatten('w').get('w')).toBe(layer.weight);
  });
});

describe('nested', () => {
  it('nested::NestedHashMap, nested::NestedHashMap::new, nested::NestedHashMap::insert, nested::NestedHashMap::flatten, nested::NestedValue, nested::NestedValue::flatten › joins names by dots', () => {
    const map = nested.NestedHashMap.new<number>();
    const { NestedValue } = nested;
    map.insert('first', NestedValue.Value(1));
    const inner = new Map([
      ['a', NestedValue.Value(2)],
      ['b', NestedValue.Value(3)],
    ]);
    map.insert('second', NestedValue.Map(inner));
    expect([...map.flatten()]).toEqual([
      ['first', 1],
      ['second.a', 2],
      ['second.b', 3],
    ]);
    expect([...NestedValue.Map(inner).flatten('p')]).toEqual([
      ['p.a', 2],
      ['p.b', 3],
    ]);
  });
});

describe('utils::Updatable', () => {
  it('utils::Updatable, utils::Updatable::updatable_states_len, utils::Updatable::updatable_states, utils::Updatable::updatable_states_mut › arrays of a module, by name; compiled code changes them', () => {
    const model = new Mlp();
    expect(model.updatable_states_len()).toBe(4);
    expect(model.updatable_states()[3]).toBe(model.scale);
    expect(model.updatable_states_mut().every((a, i) => a === model.updatable_states()[i])).toBe(true);
    const twice = transforms.compile.compile_with_state((m: Mlp, x: Array) => {
      m.scale.value = m.scale.multiply(2);
      return m.forward(x);
    });
    const x = array([[1, 2]]);
    const plain = model.forward(x).item();
    for (const k of [2, 4, 8]) {
      expect(twice(model, x).item()).toBeCloseTo(k * plain, 4);
      expect(model.scale.item()).toBe(2 * k);
    }
  });
});

describe('nn::value_and_grad', () => {
  const loss = (m: Mlp, [x, y]: readonly [Array, Array]): Array => m.forward(x).subtract(y).square().sum();
  it('nn::value_and_grad, nn::IntoModuleValueAndGrad › gradients of trainable parameters by path, as finite differences', () => {
    const model = new Mlp();
    model.layers[0]!.bias!.freeze();
    const data = [array([[1, -2]]), array([[0.5]])] as const;
    const f: nn.IntoModuleValueAndGrad<Mlp, readonly [Array, Array], Array> = loss;
    const [value, grads] = nn.value_and_grad(f)(model, data);
    expect(value.item()).toBe(loss(model, data).item());
    expect([...grads.keys()]).toEqual(paths.filter((p) => p !== 'layers.0.bias'));
    const h = 1e-2;
    for (const [path, g] of grads) {
      const p = model.parameters().flatten().get(path)!;
      const at = p.clone();
      const side = (d: number): number => {
        const moved = at.reshape([-1]);
        moved.index_mut(0, list(moved)[0]! + d);
        p.assign(moved.reshape(at.shape()));
        return loss(model, data).item();
      };
      const numeric = (side(h) - side(-h)) / (2 * h);
      p.assign(at);
      // float32 losses of order 10 over a step of 2e-2
      expect(Math.abs(list(g)[0]! - numeric)).toBeLessThan(2e-3 * (1 + Math.abs(numeric)));
    }
  });
  it('nn::value_and_grad › of a list differentiates the first; the model has its parameters back, also when f throws', () => {
    const model = new Mlp();
    const before = model.scale.tensor;
    const [values] = nn.value_and_grad((m: Mlp, x: Array) => [m.forward(x).sum(), x])(model, array([[1, 2]]));
    expect(values.length).toBe(2);
    const broken = nn.value_and_grad((_: Mlp, __: null): Array => {
      throw new Error('no');
    });
    expect(() => broken(model, null)).toThrow('no');
    expect(model.scale.tensor).toBe(before);
  });
});
