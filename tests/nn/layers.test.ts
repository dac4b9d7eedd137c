// Simple layers against mlx.nn: weights bit for bit, results, gradients and running statistics within the rounding of their sums.
import { afterAll, describe, expect, it } from 'vitest';
import { grad, nn, random, type DType, type Tensor } from '../../src/index.js';
import { openGoldens, type Arg } from '../support/golden.js';
import { decode } from '../support/invoke.js';
import { toTensor } from '../support/layouts.js';
import { flat, Judge, madeLayer, type AnyLayer, type Keys } from '../support/nn-golden.js';

interface LayerCase {
  readonly layer: string;
  readonly args: readonly Arg[];
  readonly seed: number;
  readonly dtype?: DType;
  readonly draws?: boolean;
  /** every parameter after construction */
  readonly state: Keys;
  /** the trainable ones */
  readonly parameters: Keys;
  readonly inputs: readonly string[];
  readonly outputs: readonly [string];
  readonly cotangents?: readonly [string];
  readonly gradients?: Keys;
  readonly inputGradients?: Keys;
  /** every parameter after one call in training */
  readonly after: Keys;
  /** the result in evaluation, after that call */
  readonly evaluated: string;
}
interface FunctionCase {
  readonly function: string;
  readonly args: readonly Arg[];
  readonly inputs: readonly string[];
  readonly output: string;
  readonly cotangent?: string;
  readonly gradients?: Keys;
}
type Case = LayerCase | FunctionCase;

/**
 * Sums of up to 64 elements in another order than MLX's, and exp, erf and tanh of other polynomials. The half types round every step
 * that MLX fuses differently: some units of their last place. Of a group of two elements the gradient is a difference of equal parts.
 */
const BOUNDS: Readonly<Partial<Record<DType, number>>> = { float32: 4e-6, float16: 2e-3, bfloat16: 1.6e-2 };
/** Normal numbers pass through erfinv, whose last bits differ between machines in MLX too; uniform ones are equal. */
const NORMAL: Readonly<Partial<Record<DType, number>>> = { float32: 4e-7, bfloat16: 2 ** -8 };
const normal = new Set(['Embedding', 'QuantizedEmbedding']);
const judges: Judge[] = [];
const weighted = (y: Tensor, w: Tensor): Tensor => y.astype('float32').mul(w).sum();

describe.each(['linear', 'normalization', 'dropout', 'activations', 'losses', 'packed'])('nn %s', (family) => {
  const { host, cases } = openGoldens(`nn/${family}.safetensors`);
  const judge = new Judge(BOUNDS, host);
  const drawn = new Judge(NORMAL, host);
  judges.push(judge);
  const tensor = (key: string): Tensor => toTensor(host(key));
  const title = (c: Case): string =>
    `${'layer' in c ? c.layer : c.function} ${JSON.stringify(c.args)} ${c.inputs.map((k) => host(k).shape.join('x'))}`;
  /** Gradients of `f` by the inputs that the case has gradients for. */
  const byInputs = (f: (inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], want: Keys): Record<string, Tensor> => {
    const places = Object.keys(want).map(Number);
    const found = grad((chosen: Tensor[]) => {
      const all = [...inputs];
      places.forEach((place, k) => (all[place] = chosen[k]!));
      return f(all);
    })(places.map((place) => inputs[place]!));
    return Object.fromEntries(found.map((g, k) => [String(places[k]), g]));
  };

  const layers = (cases as readonly Case[]).filter((c) => 'layer' in c);
  for (const name of new Set(layers.map((c) => c.layer))) {
    const list = layers.filter((c) => c.layer === name);
    const made = (c: LayerCase): AnyLayer =>
      madeLayer(
        name,
        c.args.map((a) => decode(a, [])),
        c.seed,
        c.dtype,
      );
    const call = (layer: AnyLayer, c: LayerCase, inputs: readonly Tensor[]): Tensor => {
      if (c.draws) random.seed(c.seed);
      return layer.forward(...inputs);
    };
    it(`nn.${name} › begins with the weights of mlx.nn, frozen alike`, () => {
      for (const c of list) {
        const layer = made(c);
        const actual = flat(layer.parameters());
        expect(Object.keys(actual).sort(), title(c)).toEqual(Object.keys(c.state).sort());
        expect(Object.keys(flat(layer.trainableParameters())).sort(), title(c)).toEqual(
          Object.keys(c.parameters).sort(),
        );
        if (normal.has(name)) drawn.tree(title(c), family, actual, c.state);
        else
          for (const [path, key] of Object.entries(c.state))
            expect(actual[path]!.toTypedArray(), `${title(c)} ${path}`).toEqual(host(key).values);
      }
    });
    it(`nn.${name} › gives the results of mlx.nn, in training and in evaluation`, () => {
      for (const c of list) {
        const layer = made(c);
        const inputs = c.inputs.map(tensor);
        judge.tensor(title(c), family, call(layer, c, inputs), c.outputs[0]);
        judge.tree(`${title(c)} after the call`, family, layer.parameters(), c.after);
        judge.tensor(`${title(c)} in evaluation`, family, layer.eval().forward(...inputs), c.evaluated);
      }
    });
    const differentiable = list.filter((c) => c.gradients !== undefined);
    if (differentiable.length > 0)
      it(`nn.${name} › has the gradients of mlx.nn`, () => {
        for (const c of differentiable) {
          const layer = made(c);
          const inputs = c.inputs.map(tensor);
          const loss = (xs: readonly Tensor[]): Tensor => weighted(call(layer, c, xs), tensor(c.cotangents![0]));
          const [, gradients] = nn.valueAndGrad(layer, loss)(inputs);
          judge.tree(`${title(c)} gradient`, family, gradients, c.gradients!);
          const found = byInputs(loss, inputs, c.inputGradients!);
          judge.tree(`${title(c)} gradient of input`, family, found, c.inputGradients!);
        }
      });
  }

  const functions = (cases as readonly Case[]).filter((c) => 'function' in c);
  for (const name of new Set(functions.map((c) => c.function))) {
    const fn = name.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], nn) as (
      ...args: unknown[]
    ) => Tensor;
    const call = (c: FunctionCase, inputs: readonly Tensor[]): Tensor => fn(...c.args.map((a) => decode(a, inputs)));
    it(`nn.${name} › gives the results and gradients of mlx.nn`, () => {
      for (const c of functions.filter((x) => x.function === name)) {
        const inputs = c.inputs.map(tensor);
        judge.tensor(title(c), family, call(c, inputs), c.output);
        if (c.gradients === undefined) continue;
        const found = byInputs((xs) => weighted(call(c, xs), tensor(c.cotangent!)), inputs, c.gradients);
        judge.tree(`${title(c)} gradient of input`, family, found, c.gradients);
      }
    });
  }
});

afterAll(() => {
  console.log(judges.map((judge) => judge.report()).join('\n'));
});
