// What changed its name or its arguments between mlx-rs 0.21 and 0.25, in both directions. A call is a name and its arguments
// without the receiver of a method; `first` says how many arguments of the free function stand for the receiver.

/** An argument as a rename sees it. */
export interface Argument {
  readonly code: string;
  /** `None` */
  readonly none: boolean;
  /** the elements of a literal list, `&[0, 1]` */
  readonly items: readonly string[] | null;
}
export interface Call {
  readonly name: string;
  readonly args: readonly Argument[];
}
/** The spelling to print. */
export type Version = '0.21' | '0.25';

const none: Argument = { code: 'null', none: true, items: null };
const plain = (code: string): Argument => ({ code, none: false, items: null });
const axisList = (axis: Argument): Argument => ({ code: `[${axis.code}]`, none: false, items: [axis.code] });
/** A literal list of one axis as that axis. */
const single = (axes: Argument): Argument | null => (axes.items?.length === 1 ? plain(axes.items[0]!) : null);
const orFalse = (x: Argument | undefined): Argument => (x === undefined || x.none ? plain('false') : x);

type Rewrite = (call: Call, first: 0 | 1) => Call | null;
const head = (c: Call, n: number): Argument[] => c.args.slice(0, n);

/** `f(axes?, ...rest)` of 0.21 as `g(...rest)`, `g_axis(axis, ...rest)` or `g_axes(axes, ...rest)`; `count` is how many arguments it had. */
const splitAxes =
  (to: string, count: number): Rewrite =>
  (c, first) => {
    if (c.args.length !== count + first) return null;
    const axes = c.args[first]!;
    const rest = c.args.slice(first + 1);
    if (axes.none) return { name: to, args: [...head(c, first), ...rest] };
    const one = single(axes);
    return { name: one === null ? `${to}_axes` : `${to}_axis`, args: [...head(c, first), one ?? axes, ...rest] };
  };
/** The way back: `all` brings `None`, `axis` a list of one. */
const joinAxes =
  (to: string, form: 'all' | 'axis' | 'axes'): Rewrite =>
  (c, first) => {
    const rest = c.args.slice(first);
    const axes = form === 'all' ? none : form === 'axis' ? axisList(rest[0]!) : rest[0]!;
    return { name: to, args: [...head(c, first), axes, ...(form === 'all' ? rest : rest.slice(1))] };
  };
/** Another name for the same arguments, where their number (without the receiver) is `count`. */
const renamed =
  (to: string, count?: number): Rewrite =>
  (c, first) =>
    count === undefined || c.args.length === count + first ? { name: to, args: c.args } : null;

const reductions = ['all', 'any', 'sum', 'prod', 'mean', 'max', 'min'];
const flattening = ['sort', 'argsort'];
const kths = ['partition', 'argpartition'];
const extremes = ['argmax', 'argmin'];

/** 0.21 names and what they became. Keys are `name` for functions and methods alike. */
const forward: Readonly<Record<string, Rewrite>> = {
  from_float: renamed('from_f32'),
  ...Object.fromEntries(reductions.map((n) => [n, splitAxes(n, 2)])),
  std: splitAxes('std', 3),
  variance: splitAxes('var', 3),
  log_sum_exp: splitAxes('logsumexp', 2),
  log_add_exp: renamed('logaddexp'),
  softmax: (c, first) => {
    if (c.args.length !== 2 + first) return null;
    const [axes, precise] = c.args.slice(first) as [Argument, Argument];
    if (axes.none) return { name: 'softmax', args: [...head(c, first), precise] };
    const one = single(axes);
    return {
      name: one === null ? 'softmax_axes' : 'softmax_axis',
      args: [...head(c, first), one ?? axes, orFalse(precise)],
    };
  },
  softmax_all: renamed('softmax'),
  transpose: (c, first) =>
    c.args.length === 1 + first ? { name: 'transpose_axes', args: c.args } : renamed('transpose')(c, first),
  transpose_all: renamed('transpose'),
  squeeze: (c, first) => {
    if (c.args.length !== 1 + first) return null;
    return c.args[first]!.none ? { name: 'squeeze', args: head(c, first) } : { name: 'squeeze_axes', args: c.args };
  },
  expand_dims: (c, first) => {
    const axes = c.args[first];
    if (axes?.items === undefined || axes.items === null) return null;
    const one = single(axes);
    if (one === null) return { name: 'expand_dims_axes', args: c.args };
    return { name: 'expand_dims', args: [...head(c, first), one] };
  },
  concatenate: (c) => {
    if (c.args.length !== 2) return null;
    const axis = c.args[1]!;
    return { name: 'concatenate_axis', args: [c.args[0]!, axis.none ? plain('0') : axis] };
  },
  stack: (c) => (c.args.length === 2 ? { name: 'stack_axis', args: c.args } : null),
  stack_all: renamed('stack'),
  repeat: (c) => (c.args.length === 3 ? { name: 'repeat_axis', args: c.args } : null),
  repeat_all: renamed('repeat'),
  split: (c, first) =>
    c.args[first]?.items ? { name: first === 1 ? 'split_sections' : 'split_axis', args: c.args } : null,
  split_equal: renamed('split'),
  ...Object.fromEntries(flattening.map((n) => [n, renamed(`${n}_axis`, 1)])),
  ...Object.fromEntries(kths.map((n) => [n, renamed(`${n}_axis`, 2)])),
  ...Object.fromEntries([...flattening, ...kths, 'take', ...extremes, 'topk'].map((n) => [`${n}_all`, renamed(n)])),
  take: renamed('take_axis', 2),
  ...Object.fromEntries(extremes.map((n) => [n, renamed(`${n}_axis`, 2)])),
  topk: (c, first) => {
    if (c.args.length !== 2 + first) return null;
    return c.args[1 + first]!.none ? { name: 'topk', args: head(c, 1 + first) } : { name: 'topk_axis', args: c.args };
  },
  ...Object.fromEntries(
    ['conv_transpose1d', 'conv_transpose2d', 'conv_transpose3d'].map((n): [string, Rewrite] => [
      n,
      (c) => (c.args.length === 6 ? { name: n, args: [...c.args.slice(0, 5), none, c.args[5]!] } : null),
    ]),
  ),
  grad: (c) => withArgnums(c, 'grad'),
  value_and_grad: (c) => withArgnums(c, 'value_and_grad'),
};
function withArgnums(c: Call, name: string): Call | null {
  if (c.args.length !== 2) return null;
  return c.args[1]!.none ? { name, args: [c.args[0]!] } : { name: `${name}_with_argnums`, args: c.args };
}

/** 0.25 names and what they were. */
const backward: Readonly<Record<string, Rewrite>> = {
  from_f32: renamed('from_float'),
  ...Object.fromEntries(
    [...reductions.map((n) => [n, n]), ['std', 'std'], ['var', 'variance'], ['logsumexp', 'log_sum_exp']].flatMap(
      ([now, was]) => [
        [now!, joinAxes(was!, 'all')],
        [`${now}_axis`, joinAxes(was!, 'axis')],
        [`${now}_axes`, joinAxes(was!, 'axes')],
      ],
    ),
  ),
  logaddexp: renamed('log_add_exp'),
  softmax: renamed('softmax_all'),
  softmax_axis: joinAxes('softmax', 'axis'),
  softmax_axes: renamed('softmax'),
  transpose: renamed('transpose_all'),
  transpose_axes: renamed('transpose'),
  squeeze: (c, first) => (c.args.length === first ? { name: 'squeeze', args: [...c.args, none] } : null),
  squeeze_axes: renamed('squeeze'),
  expand_dims: (c, first) => ({ name: 'expand_dims', args: [...head(c, first), axisList(c.args[first]!)] }),
  expand_dims_axes: renamed('expand_dims'),
  concatenate_axis: renamed('concatenate'),
  stack: renamed('stack_all'),
  stack_axis: renamed('stack'),
  repeat: renamed('repeat_all'),
  repeat_axis: renamed('repeat'),
  split: renamed('split_equal'),
  split_sections: renamed('split'),
  split_axis: renamed('split'),
  ...Object.fromEntries(
    [...flattening, ...kths, 'take', ...extremes].flatMap((n) => [
      [n, renamed(`${n}_all`)],
      [`${n}_axis`, renamed(n)],
    ]),
  ),
  topk: renamed('topk_all'),
  topk_axis: renamed('topk'),
  grad_with_argnums: renamed('grad'),
  value_and_grad_with_argnums: renamed('value_and_grad'),
};

/** The call in the spelling of `version`; the same call where nothing changed. `first` is 1 for a free function, 0 for a method. */
export function respell(call: Call, first: 0 | 1, version: Version): Call {
  const now = (Object.hasOwn(forward, call.name) ? forward[call.name]!(call, first) : null) ?? call;
  if (version === '0.25') return now;
  return (Object.hasOwn(backward, now.name) ? backward[now.name]!(now, first) : null) ?? now;
}
