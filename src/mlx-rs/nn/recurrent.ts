// Recurrent layers over sequences (batch, length, features) or (length, features).
import { nn as core } from '../../slim.js';
import { wrap, type Array, type Opt } from '../array.js';
import { builderOf, record } from '../builder.js';
import { Stream } from '../device.js';
import { layer } from '../layer.js';
import type { Param } from '../module.js';
import { tupleOf } from './inputs.js';

/** A function of an array; the stream may be ignored. */
export type NonLinearity = (x: Array, stream: Stream) => Array;
type Sizes = [input_size: number, hidden_size: number];

/** What `Rnn` and `Gru` take: a sequence, and the state before it. */
export class RnnInput extends record<{ x: Array }, { hidden: Array | null }, [x: Array]>(['x'], { hidden: null }) {}
/** Makes an `RnnInput`. */
export class RnnInputBuilder extends builderOf(RnnInput) {}
export { RnnInput as GruInput, RnnInputBuilder as GruInputBuilder };
/** What `Lstm` takes: a sequence, and the state and cell before it. */
export class LstmInput extends record<{ x: Array }, { hidden: Array | null; cell: Array | null }, [x: Array]>(['x'], {
  hidden: null,
  cell: null,
}) {}
/** Makes an `LstmInput`. */
export class LstmInputBuilder extends builderOf(LstmInput) {}

type Sequence = Array | readonly [x: Array, hidden?: Opt<Array>] | RnnInput;
const sequence = (input: Sequence): [x: Array, hidden?: Opt<Array>] => tupleOf(input, ['x', 'hidden']);

/** `h' = non_linearity(wxh x + whh h + bias)` at every step; the states of all steps. */
export class Rnn extends layer<Sizes, { wxh: Param; whh: Param; bias: Param | null }>()(
  { non_linearity: null as NonLinearity | null, bias: true },
  ([inputs, hidden], { non_linearity: f, bias }) =>
    new core.RNN(inputs, hidden, bias, f === null ? undefined : (x) => f(wrap(x), Stream.new()).tensor),
  { wxh: 'Wxh', whh: 'Whh', bias: 'bias' },
) {
  static readonly DEFAULT_NONLINEARITY: NonLinearity | null = null;
  /** The states of all steps of `x`, begun with `hidden`. */
  step(x: Array, hidden?: Opt<Array>): Array {
    return wrap(this.core.forward(x.tensor, hidden?.tensor ?? null));
  }
  override forward(input: Sequence): Array {
    return this.step(...sequence(input));
  }
}
/** Makes an `Rnn`. */
export class RnnBuilder extends builderOf(Rnn) {}

/** Gated recurrent unit: the states of all steps. */
export class Gru extends layer<Sizes, { wx: Param; wh: Param; bias: Param | null; bhn: Param | null }>()(
  { bias: true },
  ([inputs, hidden], { bias }) => new core.GRU(inputs, hidden, bias),
  { wx: 'Wx', wh: 'Wh', bias: 'b', bhn: 'bhn' },
) {
  get hidden_size(): number {
    return this.core.hiddenSize;
  }
  /** The states of all steps of `x`, begun with `hidden`. */
  step(x: Array, hidden?: Opt<Array>): Array {
    return wrap(this.core.forward(x.tensor, hidden?.tensor ?? null));
  }
  override forward(input: Sequence): Array {
    return this.step(...sequence(input));
  }
}
/** Makes a `Gru`. */
export class GruBuilder extends builderOf(Gru) {}

/** Long short-term memory: the states and the cells of all steps. */
export class Lstm extends layer<Sizes, { wx: Param; wh: Param; bias: Param | null }>()(
  { bias: true },
  ([inputs, hidden], { bias }) => new core.LSTM(inputs, hidden, bias),
  { wx: 'Wx', wh: 'Wh', bias: 'bias' },
) {
  /** The states and the cells of all steps of `x`, begun with `hidden` and `cell`. */
  step(x: Array, hidden?: Opt<Array>, cell?: Opt<Array>): [states: Array, cells: Array] {
    const [states, cells] = this.core.forward(x.tensor, hidden?.tensor ?? null, cell?.tensor ?? null);
    return [wrap(states), wrap(cells)];
  }
  override forward(
    input: Array | readonly [x: Array, hidden?: Opt<Array>, cell?: Opt<Array>] | LstmInput,
  ): [states: Array, cells: Array] {
    return this.step(...tupleOf<[x: Array, hidden?: Opt<Array>, cell?: Opt<Array>]>(input, ['x', 'hidden', 'cell']));
  }
}
/** Makes an `Lstm`. */
export class LstmBuilder extends builderOf(Lstm) {}
