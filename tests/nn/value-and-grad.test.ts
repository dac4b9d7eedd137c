// nn.valueAndGrad: whose gradients it takes, and in which state it leaves the model.
import { describe, expect, it } from 'vitest';
import { array, grad, memory, ones, random, tidy, treeFlatten, treeMap, type Tensor } from 'lanewise';
import * as nn from 'lanewise/nn';

const paths = (tree: unknown): string[] => treeFlatten(tree).map(([path]) => path);
const x = (): Tensor => array([[1, 2, 3, 4]]);

describe('nn.valueAndGrad › gradients', () => {
  it('are those of the closed form', () => {
    const layer = new nn.Linear(4, 2);
    const [value, grads] = nn.valueAndGrad(layer, (input: Tensor) => layer.forward(input).sum())(x());
    expect(value.item()).toBeCloseTo(Number(layer.forward(x()).sum().item()), 6);
    expect((grads['weight'] as Tensor).tolist()).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect((grads['bias'] as Tensor).tolist()).toEqual([1, 1]);
  });
  it('are of trainable parameters alone', () => {
    const model = new nn.Sequential(new nn.Linear(4, 4), nn.relu, new nn.Linear(4, 1));
    model.layers[0] = new nn.Linear(4, 4).freeze();
    const [, grads] = nn.valueAndGrad(model, (input: Tensor) => model.forward(input).sum())(x());
    expect(paths(grads)).toEqual(['layers.2.weight', 'layers.2.bias']);
  });
  it('come with what follows the loss', () => {
    const layer = new nn.Linear(4, 2);
    const [[loss, logits, note]] = nn.valueAndGrad(layer, (input: Tensor) => {
      const y = layer.forward(input);
      return [y.sum(), y, 'kept'] as const;
    })(x());
    expect([loss.ndim, logits.shape, note]).toEqual([0, [1, 2], 'kept']);
  });
  it('pass through another gradient', () => {
    const layer = new nn.Linear(1, 1, false);
    layer.update({ weight: array([[3]]) });
    // d/ds of the gradient 2 s w x^2 by w
    const slope = grad((s: Tensor) => {
      const [, grads] = nn.valueAndGrad(layer, () =>
        layer
          .forward(array([[2]]))
          .square()
          .mul(s)
          .sum(),
      )();
      return (grads['weight'] as Tensor).sum();
    })(array(5));
    expect(slope.item()).toBe(24);
  });
});

describe('nn.valueAndGrad › the model', () => {
  it('has its own tensors back', () => {
    const model = new nn.Sequential(new nn.Linear(4, 3), new nn.BatchNorm(3));
    const before = treeFlatten(model.parameters()).map(([, p]) => p);
    const step = nn.valueAndGrad(model, (input: Tensor) => model.forward(input).sum());
    step(random.normal([5, 4]));
    const failing = nn.valueAndGrad(model, () => {
      throw new RangeError('in the middle');
    });
    expect(() => failing()).toThrow('in the middle');
    const after = treeFlatten(model.parameters()).map(([, p]) => p);
    expect(after.every((p, i) => p === before[i])).toBe(true);
  });
  it('has running statistics that hang on no pass', () => {
    const model = new nn.Sequential(new nn.Linear(4, 3), new nn.BatchNorm(3));
    const step = nn.valueAndGrad(model, (input: Tensor) => model.forward(input).sum());
    const [value, grads] = step(random.normal([5, 4]));
    const all = [value, ...treeFlatten([grads, model.parameters()]).map(([, p]) => p)];
    expect(all.every((t) => t.node.store !== null && t.node.a === null)).toBe(true);
  });
  it('learns in a loop in tidy', () => {
    random.seed(2);
    const model = new nn.Sequential(new nn.Linear(2, 8), nn.tanh, new nn.BatchNorm(8), new nn.Linear(8, 1));
    const inputs = array([[0, 0], [0, 1], [1, 0], [1, 1]]); // prettier-ignore
    const targets = array([[0], [1], [1], [0]]);
    const step = nn.valueAndGrad(model, () => nn.losses.mseLoss(model.forward(inputs), targets));
    let last = Infinity;
    for (let i = 0; i < 60; i++) {
      const [loss, next] = tidy(() => {
        const [value, grads] = step();
        return [
          value,
          treeMap((p: Tensor, g: Tensor) => p.sub(g.mul(0.2)), model.trainableParameters(), grads),
        ] as const;
      });
      model.update(next);
      last = Number(loss.item());
    }
    expect(last).toBeLessThan(0.01);
    expect(model.eval().forward(ones([1, 2])).shape).toEqual([1, 1]);
  });
});

describe('nn.checkpoint', () => {
  it('changes neither values nor gradients, of forward and of a function', () => {
    random.seed(3);
    const model = new nn.Sequential(new nn.Linear(4, 8), nn.tanh, new nn.Dropout(0.2), new nn.Linear(8, 1));
    const x = random.normal([5, 4]);
    const gradients = (forward: (x: Tensor) => Tensor): unknown => {
      random.seed(4);
      const [value, grads] = nn.valueAndGrad(model, () => forward(x).square().sum())();
      return [value.item(), treeFlatten(grads).map(([path, g]) => [path, g.tolist()])];
    };
    const plain = gradients((t) => model.forward(t));
    expect(gradients(nn.checkpoint(model))).toEqual(plain);
    expect(gradients(nn.checkpoint(model, (t: Tensor) => model.forward(t)))).toEqual(plain);
  });
  it('holds less at its peak', () => {
    const layers = Array.from({ length: 8 }, () => [new nn.Linear(64, 64), nn.tanh, new nn.Linear(64, 64), nn.tanh]);
    const model = new nn.Sequential(...layers.map((list) => new nn.Sequential(...list)));
    const blocks = (model.layers as nn.Sequential[]).map((block) => nn.checkpoint(block));
    const x = random.normal([512, 64]).eval();
    const peak = (forward: () => Tensor): number =>
      tidy(() => {
        memory.resetPeak();
        const before = memory.active();
        nn.valueAndGrad(model, () => forward().sum())();
        return memory.peak() - before;
      });
    const [plain, again] = [() => model.forward(x), () => blocks.reduce((y, block) => block(y), x)].map(peak);
    expect(again).toBeLessThan(0.6 * plain!);
  });
});
