// mlx_rs::transforms::compile
import * as lw from '../slim.js';
import { Array, wrap, type Opt } from './array.js';
import type { Updatable } from './utils.js';

export type { Updatable };

/** `&Array`, a tuple of them, or a slice. */
type Args = Array | readonly Array[];
type State = Updatable | readonly State[] | Array;

let enabled = true;
// what was compiled before this changes is traced again
let generation = 0;
/** Lets compiled functions be traced and replayed, the default. */
export function enable_compile(): void {
  enabled = true;
}
/** Lets compiled functions run as they were written. */
export function disable_compile(): void {
  enabled = false;
}
/** Forgets what was traced. */
export function clear_cache(): void {
  generation++;
}

const listOf = (args: Args): readonly Array[] => (args instanceof Array ? [args] : args);
const handlesOf = (state: State): readonly Array[] => {
  if (state instanceof Array) return [state];
  return 'updatable_states' in state ? state.updatable_states() : state.flatMap(handlesOf);
};
/**
 * `f(state, args)`, traced once for each set of shapes and dtypes and replayed afterwards. The arrays that the state holds are inputs and
 * results too: what `f` gives them, they have after each call. `shapeless` changes nothing but time: other shapes are traced once each.
 */
export function compile_with_state<S extends State, A extends Args, R extends Args>(
  f: (state: S, args: A) => R,
  _shapeless?: Opt<boolean>,
): (state: S, args: A) => R {
  let made = -1;
  let replay: (inputs: lw.Tensor[], held: lw.Tensor[]) => [lw.Tensor[], lw.Tensor[]];
  let now: { state: S; args: A; single: boolean };
  // traced with the handles of this call, which get their own values back
  const traced = (inputs: lw.Tensor[], held: lw.Tensor[]): [lw.Tensor[], lw.Tensor[]] => {
    const before = handlesOf(now.state);
    const kept = before.map((a) => a.tensor);
    // handles of their own: an optimizer lets them stand for new values
    before.forEach((a, i) => (a.tensor = held[i]!.reshape(held[i]!.shape)));
    try {
      const out = f(now.state, (now.args instanceof Array ? wrap(inputs[0]!) : inputs.map(wrap)) as A);
      now.single = out instanceof Array;
      return [listOf(out).map((a) => a.tensor), handlesOf(now.state).map((a) => a.tensor)];
    } finally {
      before.forEach((a, i) => (a.tensor = kept[i]!));
    }
  };
  let single = false;
  return (state, args) => {
    if (!enabled) return f(state, args);
    if (made !== generation) {
      replay = lw.compile(traced);
      made = generation;
    }
    now = { state, args, single };
    const [results, held] = replay(
      listOf(args).map((a) => a.tensor),
      handlesOf(state).map((a) => a.tensor),
    );
    single = now.single;
    handlesOf(state).forEach((a, i) => (a.tensor = held[i]!));
    return (single ? wrap(results[0]!) : results.map(wrap)) as R;
  };
}
/** `f(args)`, traced once for each set of shapes and dtypes and replayed afterwards. */
export function compile<A extends Args, R extends Args>(f: (args: A) => R, shapeless?: Opt<boolean>): (args: A) => R {
  const compiled = compile_with_state((_: readonly State[], args: A) => f(args), shapeless);
  return (args) => compiled([], args);
}
