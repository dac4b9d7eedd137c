"""Shape ops, whose results are moves and therefore exact, and creation."""

import math

import mlx.core as mx
import numpy as np

from cases_common import ALL, DEFAULT, DTYPES, R0, R1, R2, make, sample

ROTATION = ["float32", "int64", "bool", "bfloat16", "complex64", "uint8", "float64", "int16"]


def shape(g):
    turn = 0

    def fresh(dims, dtype=None):
        nonlocal turn
        turn += 1
        dtype = dtype or (ROTATION[turn % len(ROTATION)] if turn % 2 else "float32")
        count = math.prod(dims)
        if dtype == "bool":
            return sample(g.rng, dtype, dims)
        values = np.arange(1, count + 1).reshape(dims)
        return make(values + 1j * values[::-1] if dtype == "complex64" else values, dtype)

    def add(op, dims, args, run, raises=None, dtype=None):
        g.case(op, [fresh(dims, dtype)], args, run, raises=raises)

    for dims, to in [((2, 3, 4), (6, 4)), ((2, 3, 4), (4, 6)), ((2, 3, 4), (-1,)), ((2, 3, 4), (2, -1, 2)), ((6,), (2, 3)), ((), (1, 1)), ((1,), ()), ((0, 3), (3, 0)), ((0, 3), (0, -1, 3)), ((24,), (2, 1, 12, 1))]:
        bad = 0 in dims and -1 in to
        add("reshape", dims, [list(to)], lambda x, t=to: mx.reshape(x, t), raises="maybe" if bad else None)
    for to in [(5, 5), (-1, 5), (-1, -1, 4), (-2, 12)]:
        add("reshape", (2, 3, 4), [list(to)], lambda x, t=to: mx.reshape(x, t), raises=True)
    for dims, args in [((2, 3, 4), []), ((2, 3, 4), [1]), ((2, 3, 4), [0, 1]), ((2, 3, 4), [-2, -1]), ((2, 3, 4), [1, 1]), ((), []), ((0, 3), []), ((5,), [])]:
        add("flatten", dims, args, lambda x, a=args: mx.flatten(x, *a))
    for dims, args in [((1, 3, 1), []), ((1, 3, 1), [0]), ((1, 3, 1), [-1]), ((1, 3, 1), [[0, 2]]), ((1, 1), []), ((2, 3), [])]:
        add("squeeze", dims, args, lambda x, a=args: mx.squeeze(x, *[tuple(v) if isinstance(v, list) else v for v in a]))
    add("squeeze", (1, 3, 1), [1], lambda x: mx.squeeze(x, 1), raises=True)
    add("squeeze", (1, 3, 1), [3], lambda x: mx.squeeze(x, 3), raises=True)
    for dims, axis in [((3, 4), 0), ((3, 4), 1), ((3, 4), -1), ((3, 4), [0, 2]), ((3, 4), [0, -1]), ((), 0), ((), [0, 1]), ((0,), 1)]:
        add("expandDims", dims, [axis], lambda x, a=axis: mx.expand_dims(x, a))
    add("expandDims", (3, 4), [4], lambda x: mx.expand_dims(x, 4), raises=True)
    add("expandDims", (3, 4), [[0, 0]], lambda x: mx.expand_dims(x, [0, 0]), raises=True)
    for dims, args in [((2, 3, 4), []), ((2, 3, 4), [[1, 0, 2]]), ((2, 3, 4), [[2, 0, 1]]), ((2, 3, 4), [[-1, 0, 1]]), ((5,), []), ((), []), ((0, 3), []), ((2, 3, 4, 5), [[0, 2, 1, 3]]), ((33, 17), []), ((1, 5), [])]:
        add("transpose", dims, args, lambda x, a=args: mx.transpose(x, *a))
    for dtype in ALL:
        add("transpose", (5, 7), [], mx.transpose, dtype=dtype)
    for axes in [[0, 1], [0, 0, 1], [0, 1, 3]]:
        add("transpose", (2, 3, 4), [axes], lambda x, a=axes: mx.transpose(x, a), raises=True)
    for args in [(0, 1), (0, -1), (2, 1), (1, 1)]:
        add("swapaxes", (2, 3, 4), list(args), lambda x, a=args: mx.swapaxes(x, *a))
        add("moveaxis", (2, 3, 4), list(args), lambda x, a=args: mx.moveaxis(x, *a))
    add("moveaxis", (2, 3, 4, 5), [0, 2], lambda x: mx.moveaxis(x, 0, 2))
    add("moveaxis", (2, 3, 4, 5), [-1, 1], lambda x: mx.moveaxis(x, -1, 1))
    add("swapaxes", (2, 3, 4), [0, 3], lambda x: mx.swapaxes(x, 0, 3), raises=True)
    add("moveaxis", (2, 3, 4), [3, 0], lambda x: mx.moveaxis(x, 3, 0), raises=True)
    for dims, to in [((3,), (2, 3)), ((3, 1), (3, 4)), ((1, 3, 1), (2, 3, 4)), ((), (2, 2)), ((1,), (0,)), ((2, 3), (2, 3)), ((0, 1), (0, 4))]:
        add("broadcastTo", dims, [list(to)], lambda x, t=to: mx.broadcast_to(x, t))
    for dims, to in [((3,), (4,)), ((2, 3), (3,)), ((3, 2), (2, 3))]:
        add("broadcastTo", dims, [list(to)], lambda x, t=to: mx.broadcast_to(x, t), raises=True)
    for op in (1, 2, 3):
        for dims in [(), (3,), (2, 3), (2, 3, 4), (0,)]:
            add(f"atleast{op}d", dims, [], getattr(mx, f"atleast_{op}d"))
    for dims, axis, to in [((2, 6), 1, [2, 3]), ((2, 6), -1, [-1, 2]), ((6, 2), 0, [3, 2]), ((6,), 0, [6])]:
        add("unflatten", dims, [axis, to], lambda x, a=axis, t=to: mx.unflatten(x, a, t))
    add("unflatten", (2, 6), [1, [4, 2]], lambda x: mx.unflatten(x, 1, [4, 2]), raises=True)
    for dims, to, strides, offset in [((12,), [3, 4], [4, 1], 0), ((12,), [4, 3], [1, 4], 0), ((3, 4), [2, 2], [5, 2], 1), ((12,), [3, 3], [0, 1], 2), ((12,), [4], [-1], 11), ((4, 4), [4], [5], 0)]:
        add("asStrided", dims, [to, strides, offset], lambda x, t=to, s=strides, o=offset: mx.as_strided(x, t, s, o))
    for axis in [DEFAULT, 0, 1, -1, [0, 2]]:
        plain = None if axis is DEFAULT else axis
        add("flip", (2, 3, 4), [] if axis is DEFAULT else [axis], lambda x, a=plain: mx.flip(x, a))
    for shift, axis in [(1, None), (2, 0), (-1, 1), (5, 1), (1, [0, 1]), ([1, 2], [0, 1]), (0, 0), (-7, None)]:
        real_axis, real_shift = [tuple(v) if isinstance(v, list) else v for v in (axis, shift)]
        add("roll", (3, 4), [shift, axis], lambda x, s=real_shift, a=real_axis: mx.roll(x, s, a))
    joins(g, fresh)
    pieces(g, fresh, add)
    diagonals(add)


def joins(g, fresh):
    for dtype in ALL:
        x, y = fresh((2, 3), dtype), fresh((2, 2), dtype)
        g.case("concatenate", [x, y], [[R0, R1], 1], lambda x, y: mx.concatenate([x, y], 1))
    for dims, axis in [([(2, 3), (4, 3)], 0), ([(2, 3), (2, 1), (2, 2)], -1), ([(2, 0), (2, 3)], 1), ([(3,), (2,), (1,)], 0), ([(2, 3)], 0), ([(2, 3, 4), (2, 5, 4)], 1)]:
        xs = [fresh(d, "float32") for d in dims]
        refs = [R0, R1, R2][: len(xs)]
        g.case("concatenate", xs, [refs, axis], lambda *xs, a=axis: mx.concatenate(list(xs), a))
    xs = [fresh((2, 3), "float32"), fresh((2, 3), "float32")]
    g.case("concatenate", xs, [[R0, R1]], lambda *xs: mx.concatenate(list(xs)))
    for a, b in [("int32", "float32"), ("uint8", "int8"), ("float16", "bfloat16"), ("bool", "int32")]:
        g.case("concatenate", [fresh((2,), a), fresh((3,), b)], [[R0, R1], 0], lambda *xs: mx.concatenate(list(xs), 0))
    for a, b, axis in [((2, 3), (3, 2), 0), ((2, 3), (2, 3), 2), ((2, 3), (3,), 0), ((), (), 0)]:
        g.case("concatenate", [fresh(a, "float32"), fresh(b, "float32")], [[R0, R1], axis], lambda *xs, a=axis: mx.concatenate(list(xs), a), raises=True)
    for dims, axis in [((2, 3), 0), ((2, 3), 1), ((2, 3), 2), ((2, 3), -1), ((), 0), ((0,), 0), ((3,), -2)]:
        g.case("stack", [fresh(dims), fresh(dims, "float32")], [[R0, R1], axis], lambda *xs, a=axis: mx.stack(list(xs), a))
    g.case("stack", xs, [[R0, R1]], lambda *xs: mx.stack(list(xs)))
    g.case("stack", [fresh((2,), "float32"), fresh((3,), "float32")], [[R0, R1], 0], lambda *xs: mx.stack(list(xs), 0), raises=True)


def pieces(g, fresh, add):
    for dims, parts, axis in [((6,), 3, 0), ((6,), [2, 3], 0), ((4, 6), 2, 1), ((4, 6), [1, 1, 5], -1), ((4, 6), 4, 0), ((4, 6), [0, 2], 0), ((4, 6), [2], 1), ((2, 3, 4), 1, 2)]:
        add("split", dims, [parts, axis], lambda x, p=parts, a=axis: mx.split(x, p, a))
    add("split", (6,), [4, 0], lambda x: mx.split(x, 4, 0), raises=True)
    add("split", (6,), [2, 1], lambda x: mx.split(x, 2, 1), raises=True)
    for dims, reps in [((3,), 2), ((2, 3), [2, 1]), ((2, 3), [1, 2]), ((2, 3), [2, 2, 2]), ((2, 3, 4), [2]), ((), [3]), ((2,), [0]), ((2, 3), 1)]:
        add("tile", dims, [reps], lambda x, r=reps: mx.tile(x, r))
    for dims, count, axis in [((3,), 2, 0), ((2, 3), 2, 0), ((2, 3), 3, 1), ((2, 3), 2, -1), ((2, 3), 0, 0), ((2, 3), 1, 1)]:
        add("repeat", dims, [count, axis], lambda x, r=count, a=axis: mx.repeat(x, r, a))
    add("repeat", (2, 3), [2], lambda x: mx.repeat(x, 2))
    for dims, width in [((3,), 1), ((3,), [1, 2]), ((2, 3), 2), ((2, 3), [1, 2]), ((2, 3), [[1, 2], [0, 3]]), ((2, 3), [[0, 0], [1, 0]]), ((), []), ((0, 2), 1)]:
        pairs = [tuple(p) if isinstance(p, list) else p for p in width] if isinstance(width, list) else width
        pairs = tuple(pairs) if isinstance(pairs, list) and pairs and not isinstance(pairs[0], tuple) else pairs
        if dims == ():
            continue
        add("pad", dims, [width], lambda x, p=pairs: mx.pad(x, p))
        add("pad", dims, [width, "constant", 7], lambda x, p=pairs: mx.pad(x, p, "constant", 7), dtype="float32")
        if 0 not in dims:
            add("pad", dims, [width, "edge"], lambda x, p=pairs: mx.pad(x, p, "edge"))
    add("pad", (2, 3), [[[1, 1], [1, 1], [1, 1]]], lambda x: mx.pad(x, [(1, 1)] * 3), raises=True)
    add("pad", (2, 3), [-1], lambda x: mx.pad(x, -1), raises=True)


def diagonals(add):
    for dims in [(3, 4), (4, 3), (2, 3, 3), (1, 1), (0, 3)]:
        for k in (0, 1, -1, 5, -5):
            add("tril", dims, [k], lambda x, k=k: mx.tril(x, k))
            add("triu", dims, [k], lambda x, k=k: mx.triu(x, k))
    for dims in [(3,), (3, 4), (4, 3)]:
        for k in (0, 1, -2):
            add("diag", dims, [k], lambda x, k=k: mx.diag(x, k))
    for dims, args in [((3, 4), []), ((3, 4), [1]), ((3, 4), [-1]), ((2, 3, 4), [0, 1, 2]), ((2, 3, 4), [0, 0, 2]), ((2, 3, 4), [1, 2, 0]), ((3, 4), [0, -1, 0]), ((3, 4), [4])]:
        add("diagonal", dims, args, lambda x, a=args: mx.diagonal(x, *a))
    add("diagonal", (3,), [], mx.diagonal, raises=True)


def creation(g):
    def add(op, args, run, raises=None):
        g.case(op, [], args, run, raises=raises)

    for args in [[5], [0], [2, 9], [9, 2], [0, 10, 3], [10, 0, -3], [0.5, 4.0], [0.0, 1.0, 0.1], [1, 0, 0.3], [-2.5, 2.5, 0.7], [0, 1, 1], [3.0, 3.0]]:
        # An integer literal means int32 here only when a dtype says so: JavaScript has one number type.
        for dtype in ("float32", "float16", "bfloat16", "float64") if len(args) > 1 else ("float32",):
            padded = args if len(args) > 1 else [0, args[0]]
            step = padded[2] if len(padded) > 2 else 1
            run = lambda p=padded, s=step, d=dtype: mx.arange(p[0], p[1], s, dtype=DTYPES[d])
            # MLX adds the step again and again on the CPU; the closed form is the better oracle.
            count = run().size
            truth = padded[0] + np.arange(count) * float(step)
            g.case("arange", [], [padded[0], padded[1], step, DTYPES[dtype]], run, truth=truth, scale=max(map(abs, padded[:2])))
    for args in [[0, 5, 1], [2, 9, 3], [9, 2, -2], [0, 100, 7]]:
        for dtype in ("int32", "int64", "uint8", "int8", "int16", "uint16", "uint32", "uint64"):
            add("arange", [*args, DTYPES[dtype]], lambda a=args, d=dtype: mx.arange(*a, dtype=DTYPES[d]))
    for args in [[0, 1, 5], [0, 10, 11], [-1, 1, 50], [5, 5, 3], [0, 1, 1], [0, 1, 0], [10, 0, 7], [0.1, 0.9, 33]]:
        g.case("linspace", [], args, lambda a=args: mx.linspace(*a), truth=np.linspace(*args), scale=max(map(abs, args[:2])))
    for dtype in ALL:
        for dims in [[2, 3], [0], [], [1, 1, 4]]:
            add("zeros", [dims, DTYPES[dtype]], lambda s=dims, d=dtype: mx.zeros(s, DTYPES[d]))
            add("ones", [dims, DTYPES[dtype]], lambda s=dims, d=dtype: mx.ones(s, DTYPES[d]))
        value = True if dtype == "bool" else 3
        add("full", [[2, 2], value, DTYPES[dtype]], lambda d=dtype, v=value: mx.full([2, 2], v, DTYPES[d]))
        add("eye", [3, 3, 0, DTYPES[dtype]], lambda d=dtype: mx.eye(3, 3, 0, DTYPES[d]))
        add("tri", [3, 4, 0, DTYPES[dtype]], lambda d=dtype: mx.tri(3, 4, 0, DTYPES[d]))
        add("identity", [3, DTYPES[dtype]], lambda d=dtype: mx.identity(3, DTYPES[d]))
    add("zeros", [[2, 3]], lambda: mx.zeros([2, 3]))
    add("ones", [[2, 3]], lambda: mx.ones([2, 3]))
    add("full", [[2, 3], 2.5], lambda: mx.full([2, 3], 2.5))
    add("full", [[2], math.nan], lambda: mx.full([2], math.nan))
    g.case("full", [make([1, 2, 3], "float32")], [[2, 3], R0], lambda v: mx.full([2, 3], v))
    g.case("full", [make([[1], [2]], "int32")], [[2, 3], R0], lambda v: mx.full([2, 3], v))
    add("eye", [3], lambda: mx.eye(3))
    add("identity", [4], lambda: mx.identity(4))
    for n, m, k in [(3, 4, 0), (3, 4, 1), (4, 3, -1), (3, 3, 5), (2, 2, -5), (1, 5, 2)]:
        add("eye", [n, m, k], lambda n=n, m=m, k=k: mx.eye(n, m, k))
        add("tri", [n, m, k, DTYPES["float32"]], lambda n=n, m=m, k=k: mx.tri(n, m, k, mx.float32))
    add("zeros", [[2, -1]], lambda: mx.zeros([2, -1]), raises="maybe")
    for name, value in (("zerosLike", mx.zeros_like), ("onesLike", mx.ones_like)):
        for dtype in ("float32", "int64", "bool", "complex64", "bfloat16"):
            g.case(name, [sample(g.rng, dtype, (2, 3))], [], value)
