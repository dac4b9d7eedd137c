// What is trained, apart from how: a model and its loss on a batch.
import { array, nn, treeFlatten, type Tensor } from 'lanewise';
import type { TrainConfig } from './config.js';
import { IGNORED, type TokenBatch } from './data/tokens.js';

/** The mean loss over labels, without axes; how many labels there were; further means to report by name. */
export type Loss = readonly [loss: Tensor, tokens: Tensor | number, extra?: Readonly<Record<string, Tensor>>];
/** A model and its loss. The steps of a run are made of nothing else. */
export interface Task<M extends nn.Module = nn.Module, B = unknown> {
  readonly model: M;
  /** Recorded, differentiated and computed by the run; it must not keep tensors. */
  loss(model: M, batch: B): Loss;
  /** About how many bytes one batch takes between the forward and the backward pass. */
  activationBytes?(model: M, batch: B, config: TrainConfig): number;
  /** The modules whose inside is computed again where `gradientCheckpointing` is set; those of the model's first list if absent. */
  layers?(model: M): readonly nn.Module[];
}

/** The first list of modules in a model, parents before children; empty if there is none. */
export function layersOf(model: nn.Module): readonly nn.Module[] {
  for (const module of model.modules()) {
    for (const value of Object.values(module)) {
      if (Array.isArray(value) && value.length > 0 && value.every((x) => x instanceof nn.Module))
        return value as nn.Module[];
    }
  }
  return [];
}

/** A model that gives logits (rows, length, vocabulary) for tokens (rows, length). */
export interface LanguageModel extends nn.Module {
  forward(tokens: Tensor): Tensor;
}
/** How the loss of a language model is made. */
export interface LanguageModelOptions<M, R> {
  /** The logits where `model.forward(tokens)` is not the way, such as with `attentionMask(batch)` for packed rows. */
  readonly forward?: (model: M, tokens: Tensor, batch: TokenBatch<R>) => Tensor;
  /** A factor for each sequence of the batch, in the order of its records, on its part of the loss. */
  readonly weights?: (batch: TokenBatch<R>) => ArrayLike<number>;
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const matrices = (m: nn.Module): (readonly number[])[] =>
  treeFlatten(m.parameters()).flatMap(([, t]) => (t.ndim === 2 ? [t.shape] : []));
/** Numbers that the matrices of a module take and give for one position; the vocabulary's stands for the logits. */
const sidesOf = (m: nn.Module): number => sum(matrices(m).flat());

/** Cross-entropy of each position's label, 0 where it is `IGNORED`; float32 (rows, length). */
function crossEntropy(logits: Tensor, batch: TokenBatch): Tensor {
  const labels = array(batch.labels).reshape([...batch.shape]);
  const wanted = labels.maximum(0).expandDims(-1);
  const wide = logits.astype('float32');
  const each = wide.logsumexp(-1).sub(wide.takeAlongAxis(wanted, -1).squeeze(-1));
  return each.mul(labels.notEqual(IGNORED));
}

/**
 * Next-token prediction: the mean of `logsumexp(logits) - logits[label]` over all labels that are not ignored, in float32. With `weights`
 * the terms of a sequence are multiplied by its weight; the divisor stays the number of labels.
 */
export function languageModelTask<M extends LanguageModel, R = Record<string, unknown>>(
  model: M,
  options: LanguageModelOptions<M, R> = {},
): Task<M, TokenBatch<R>> {
  const { forward = (m: M, tokens: Tensor): Tensor => m.forward(tokens), weights } = options;
  return {
    model,
    loss(m, batch) {
      const logits = forward(m, array(batch.tokens).reshape([...batch.shape]), batch);
      const each = crossEntropy(logits, batch);
      const terms = weights === undefined ? each : each.mul(perPosition(weights(batch), batch));
      return [terms.sum().div(array(Math.max(1, batch.count))), batch.count];
    },
    activationBytes(m, batch, { precision, gradientCheckpointing }) {
      const layers = gradientCheckpointing ? layersOf(m).filter((layer) => sidesOf(layer) > 0) : [];
      const inside = layers.map(sidesOf);
      // what goes into a layer stays, and one layer at a time is open
      const entries = layers.map((layer) => Math.min(...matrices(layer).flat()));
      const closed = inside.length === 0 ? 0 : sum(inside) - Math.max(...inside) - sum(entries);
      const [rows, length] = batch.shape;
      // beside what its matrices take and give, a layer keeps about as much of what it does between them
      return 2 * rows * length * (sidesOf(m) - closed) * (precision === 'float32' ? 4 : 2);
    },
  };
}
/** The weight of its sequence for each position; 0 where a row is filled up. */
function perPosition(weights: ArrayLike<number>, batch: TokenBatch): Tensor {
  const each = Float32Array.from(batch.segments, (segment) => (segment === 0 ? 0 : weights[segment - 1]!));
  return array(each).reshape([...batch.shape]);
}

/**
 * Which position may look at which, (rows, 1, length, length) of bool: at itself and those before it, in its own sequence. For attention
 * over packed rows; filled-up positions look at each other, so that no row is empty.
 */
export function attentionMask({ segments, shape: [rows, length] }: TokenBatch): Tensor {
  const own = array(segments).reshape([rows, 1, length]);
  const at = array(Int32Array.from({ length }, (_, i) => i));
  const before = at.expandDims(1).greaterEqual(at.expandDims(0));
  return own.expandDims(-1).equal(own.expandDims(-2)).logicalAnd(before);
}
