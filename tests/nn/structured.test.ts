// Layers against mlx.nn: first weights bit for bit, results and gradients within the rounding of their sums.
import { afterAll, describe, expect, it } from 'vitest';
import { grad, nn, random, type DType, type Tensor } from '../../src/index.js';
import { openGoldens, type Arg } from '../support/golden.js';
import { decode } from '../support/invoke.js';
import { toTensor } from '../support/layouts.js';
import { flat, Judge, madeLayer, type AnyLayer, type Keys } from '../support/nn-golden.js';

interface Stored {
  readonly layer: string;
  readonly args: readonly Arg[];
  readonly seed: number;
  readonly call: readonly Arg[];
  readonly dtype?: DType;
  readonly draws?: boolean;
  readonly parameters: Keys;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly cotangents?: readonly string[];
  readonly gradients?: Keys;
  readonly inputGradients?: Keys;
}
const families = ['convolution', 'pooling', 'upsample', 'recurrent', 'positions', 'attention', 'transformer'] as const;
/**
 * Errors as a part of the largest element of a tensor, or of 1: sums run in another order than MLX's, through up to 15
 * layers; half types round every step of a sequence.
 */
const BOUNDS: Readonly<Partial<Record<DType, number>>> = { float32: 3e-6, float16: 4e-3 };
const title = (c: Stored): string =>
  `${JSON.stringify(c.args).slice(1, -1)}${c.dtype ? ` ${c.dtype}` : ''}, ${c.inputs.length} inputs, call ${JSON.stringify(c.call)}`;

describe.each(families)('nn %s', (family) => {
  const { host, cases } = openGoldens(`nn/${family}.safetensors`);
  const judge = new Judge(BOUNDS, host);
  const made = (c: Stored): AnyLayer<Tensor | Tensor[]> =>
    madeLayer(
      c.layer,
      c.args.map((a) => decode(a, [])),
      c.seed,
      c.dtype,
    );
  const run = (layer: AnyLayer<Tensor | Tensor[]>, c: Stored, inputs: Tensor[]): Tensor[] => {
    if (c.draws) random.seed(c.seed);
    const out = layer.forward(...c.call.map((a) => decode(a, inputs)));
    return Array.isArray(out) ? out : [out];
  };
  const loss = (outputs: Tensor[], c: Stored): Tensor =>
    outputs
      .map((y, k) =>
        y
          .astype('float32')
          .multiply(toTensor(host(c.cotangents![k]!)))
          .sum(),
      )
      .reduce((a, b) => a.add(b));

  const stored = cases as readonly Stored[];
  for (const name of new Set(stored.map((c) => c.layer))) {
    const list = stored.filter((c) => c.layer === name);
    it(`nn.${name} › begins with the weights of mlx.nn`, () => {
      for (const c of list) {
        const actual = flat(made(c).trainableParameters());
        expect(Object.keys(actual).sort(), title(c)).toEqual(Object.keys(c.parameters).sort());
        for (const [path, key] of Object.entries(c.parameters))
          expect(actual[path]!.toTypedArray(), `${title(c)} ${path}`).toEqual(host(key).values);
      }
    });
    it(`nn.${name} › gives the results of mlx.nn`, () => {
      for (const c of list) {
        const outputs = run(
          made(c),
          c,
          c.inputs.map((key) => toTensor(host(key))),
        );
        expect(outputs.length).toBe(c.outputs.length);
        outputs.forEach((y, k) => judge.tensor(title(c), family, y, c.outputs[k]!));
      }
    });
    const differentiable = list.filter((c) => c.gradients !== undefined);
    it(`nn.${name} › has the gradients of mlx.nn`, () => {
      for (const c of differentiable) {
        const layer = made(c);
        const inputs = c.inputs.map((key) => toTensor(host(key)));
        const [, gradients] = nn.valueAndGrad(layer, () => loss(run(layer, c, inputs), c))();
        judge.tree(`${title(c)} gradient`, family, gradients, c.gradients!);
        const places = Object.keys(c.inputGradients!).map(Number);
        const moving = places.map((i) => inputs[i]!);
        const byInput = grad((chosen: Tensor[]) => {
          const all = [...inputs];
          places.forEach((i, k) => (all[i] = chosen[k]!));
          return loss(run(layer, c, all), c);
        })(moving);
        byInput.forEach((g, k) =>
          judge.tensor(`${title(c)} gradient of input ${places[k]}`, family, g, c.inputGradients![places[k]!]!),
        );
      }
    });
  }
  afterAll(() => console.log(judge.report()));
});
