"""Writes tests/goldens/gradients/*.safetensors: vector-Jacobian products of pinned MLX on the CPU. See README.md."""

import argparse
import math
import pathlib
import warnings
import zlib

import mlx.core as mx
import numpy as np

import cases_elementwise
from cases_common import DTYPES, NAMES, R0, R1, R2, Family, Ref, has_ref, make
from ops import FAMILIES, SEED

PER_OP = 5
LARGEST = 200
INF, NAN = math.inf, math.nan


def inexact(array):
    return NAMES[array.dtype] in ("float32", "complex64")


def cotangent(rng, array):
    values = rng.uniform(0.25, 1, array.shape) * rng.choice([-1, 1], array.shape)
    if NAMES[array.dtype] == "complex64":
        values = values + 1j * rng.uniform(-1, 1, array.shape)
    return make(values, NAMES[array.dtype])


class Gradients(Family):
    """Takes the cases of other families, and records in place of their results what flows back from random cotangents.

    The inputs of a case are those of the op, then a cotangent for each floating or complex result; the outputs are the
    cotangents of the floating and complex inputs.
    """

    def __init__(self, name, seed, source=None):
        super().__init__(name, seed)
        if source is not None:
            # the very inputs of the source family
            self.rng = np.random.default_rng([seed, zlib.crc32(source.encode())])
        self.own = np.random.default_rng([seed + 1, zlib.crc32(name.encode())])
        self.seen = {}

    def wanted(self, op, inputs, extra):
        if extra.get("raises") or extra.get("map") or extra.get("check") or not any(inexact(x) for x in inputs):
            return False
        if any(NAMES[x.dtype] in ("float16", "bfloat16", "float64") or x.size == 0 for x in inputs):
            return False
        if sum(x.size for x in inputs) > LARGEST or not all(mx.all(mx.isfinite(x)).item() for x in inputs if inexact(x)):
            return False
        kind = any(NAMES[x.dtype] == "complex64" for x in inputs)
        self.seen[op, kind] = self.seen.get((op, kind), 0) + 1
        return self.seen[op, kind] <= PER_OP

    def case(self, op, inputs, args, run, **extra):
        if self.wanted(op, inputs, extra):
            self.gradient(op, inputs, args, run)
        return {}  # families note bounds in it

    def gradient(self, op, inputs, args, run, cotangents=None):
        places = [i for i, x in enumerate(inputs) if inexact(x)]

        def function(*primals):
            every = list(inputs)
            for place, primal in zip(places, primals):
                every[place] = primal
            outputs = run(*every)
            return [y for y in (outputs if isinstance(outputs, (list, tuple)) else [outputs]) if inexact(y)]

        try:
            primals = [inputs[i] for i in places]
            outputs = function(*primals)
            mx.eval(outputs)
            if not outputs or any(y.size == 0 for y in outputs):
                return
            if cotangents is None:
                cotangents = [cotangent(self.own, y) for y in outputs]
            _, flowed = mx.vjp(function, primals, cotangents)
            mx.eval(flowed)
        except (ValueError, RuntimeError, TypeError, IndexError):
            return  # MLX has no such derivative, or no such call
        # the cotangents stand behind the inputs, so the arguments name those that are theirs
        named = args if has_ref(args) else [*[Ref(i) for i in range(len(inputs))], *args]
        super().case(op, [*inputs, *cotangents], named, lambda *_: flowed)


INTERVALS = {
    "sqrt": (0.1, 4), "rsqrt": (0.1, 4), "log": (0.1, 4), "log2": (0.1, 4), "log10": (0.1, 4), "log1p": (-0.8, 4),
    "reciprocal": (0.3, 4), "arcsin": (-0.9, 0.9), "arccos": (-0.9, 0.9), "arctanh": (-0.9, 0.9), "erfinv": (-0.9, 0.9),
    "arccosh": (1.1, 4), "tan": (-1.2, 1.2),
}
COMPLEX = ["abs", "negative", "square", "exp", "log", "sin", "cos", "sinh", "cosh", "tanh", "sqrt", "conjugate", "real", "imag"]


def elementwise(g):
    for name, (function, _) in cases_elementwise.UNARY.items():
        x = make(g.rng.uniform(*INTERVALS.get(name, (-2, 2)), 24), "float32")
        g.case(name, [x], [], function)
        if name in COMPLEX:
            z = make(g.rng.uniform(0.2, 1, 12) + 1j * g.rng.uniform(-1, 1, 12), "complex64")
            g.case(name, [z], [], function)
    for name, (function, _) in cases_elementwise.BINARY.items():
        for left, right in (((12,), (12,)), ((3, 1), (1, 4)), ((), (5,)), ((2, 3), (3,))):
            low = 0.3 if name in ("power", "arctan2") else -2
            x = make(g.rng.uniform(low, 3, left), "float32")
            y = make(g.rng.uniform(0.5, 2, right), "float32")
            g.case(name, [x, y], [], function)
        if name in ("add", "subtract", "multiply", "divide", "power"):
            pair = [make(g.rng.uniform(0.5, 1, 6) + 1j * g.rng.uniform(-1, 1, 6), "complex64") for _ in range(2)]
            g.case(name, pair, [], function)
    condition = make([[1, 0, 1]], "bool")
    x, y = make(g.rng.normal(size=(2, 1)), "float32"), make(g.rng.normal(size=(3,)), "float32")
    g.case("where", [condition, x, y], [], mx.where)
    x = make(g.rng.uniform(-2, 2, (3, 4)), "float32")
    g.case("clip", [x, make(-1.0, "float32"), make([0.5, 1.0, 0.2, 1.5], "float32")], [], mx.clip)
    g.case("clip", [x], [R0, -1, None], lambda x: mx.clip(x, -1, None))
    for decimals in (0, 1):
        g.case("round", [x], [decimals], lambda x, d=decimals: mx.round(x, d))
    for dtype in ("float16", "int32", "complex64"):
        g.case("astype", [x], [DTYPES[dtype]], lambda x, t=DTYPES[dtype]: x.astype(t))


def random(g):
    key = mx.random.key(7)
    low, high = make([0.5, -1.0], "float32"), make([2.0, 3.0], "float32")
    g.case("random.uniform", [low, high, key], [R0, R1, [3, 2], mx.float32, R2], lambda a, b, k: mx.random.uniform(a, b, [3, 2], key=k))
    g.case("random.normal", [low, high, key], [[3, 2], mx.float32, R0, R1, R2], lambda a, b, k: mx.random.normal([3, 2], loc=a, scale=b, key=k))
    g.case("random.truncatedNormal", [low, high, key], [R0, R1, [3, 2], mx.float32, R2], lambda a, b, k: mx.random.truncated_normal(a, b, [3, 2], key=k))


def specials(g):
    """Where MLX follows a convention: ties, kinks, poles and infinities. The cotangents are 1, 2, 3, ..."""

    def at(op, inputs, args, run):
        values = [make(v, "complex64" if np.iscomplexobj(v) else "float32") if not isinstance(v, mx.array) else v for v in inputs]
        outputs = run(*values)
        outputs = [y for y in (outputs if isinstance(outputs, (list, tuple)) else [outputs]) if inexact(y)]
        g.gradient(op, values, args, run, [make(np.arange(1, y.size + 1).reshape(y.shape), NAMES[y.dtype]) for y in outputs])

    at("abs", [[-1.0, 0.0, -0.0, INF, NAN]], [], mx.abs)
    at("abs", [np.array([3 + 4j, 0])], [], mx.abs)
    at("sign", [[-1.0, 0.0, 2.0]], [], mx.sign)
    at("sign", [np.array([3 + 4j])], [], mx.sign)
    at("sqrt", [[0.0, 4.0, INF]], [], mx.sqrt)
    at("rsqrt", [[0.0, 4.0]], [], mx.rsqrt)
    at("log", [[0.0, 1.0, INF]], [], mx.log)
    at("reciprocal", [[0.0, 2.0]], [], mx.reciprocal)
    at("square", [[0.0, INF]], [], mx.square)
    at("exp", [[-INF, 100.0, 0.0]], [], mx.exp)
    at("arcsin", [[1.0, -1.0]], [], mx.arcsin)
    at("arccosh", [[1.0]], [], mx.arccosh)
    at("erfinv", [[1.0, 0.0]], [], mx.erfinv)
    at("sigmoid", [[-INF, INF, 0.0, 100.0]], [], mx.sigmoid)
    at("tanh", [[-INF, INF, 0.0]], [], mx.tanh)
    at("maximum", [[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]], [], mx.maximum)
    at("minimum", [[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]], [], mx.minimum)
    at("power", [[0.0, 0.0, 2.0, -2.0], [1.0, 2.0, 0.0, 2.0]], [], mx.power)
    at("power", [[0.0], [0.0]], [], mx.power)
    at("divide", [[1.0, 0.0], [0.0, 2.0]], [], mx.divide)
    at("remainder", [[5.0, -5.0, 4.0], [3.0, 3.0, 2.0]], [], mx.remainder)
    at("divmod", [[5.0, -5.0], [3.0, 3.0]], [], mx.divmod)
    at("floorDivide", [[5.0, -5.0], [3.0, 3.0]], [], mx.floor_divide)
    at("arctan2", [[0.0, 1.0], [2.0, 0.0]], [], mx.arctan2)
    at("logaddexp", [[0.0, INF, -INF], [0.0, 1.0, 2.0]], [], mx.logaddexp)
    at("logaddexp", [[-INF], [-INF]], [], mx.logaddexp)
    at("clip", [[-1.0, 0.0, 0.5, 1.0, 2.0], 0.0, 1.0], [], mx.clip)
    at("where", [make([0, 1], "bool"), [1.0, 2.0], [3.0, INF]], [], mx.where)
    at("nanToNum", [[NAN, 1.0, INF]], [], mx.nan_to_num)
    for name, f in (("max", mx.max), ("min", mx.min)):
        at(name, [[[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]], [1], lambda x, f=f: f(x, axis=1))
        at(name, [[1.0, 3.0, 3.0, 1.0]], [], f)
    at("prod", [[2.0, 0.0, 3.0]], [], mx.prod)
    at("prod", [[[0.0, 0.0, 3.0], [1.0, 2.0, 0.0]]], [1], lambda x: mx.prod(x, axis=1))
    at("cumprod", [[2.0, 0.0, 3.0, 0.0, 4.0]], [0], lambda x: mx.cumprod(x, 0))
    at("cummax", [[1.0, 3.0, 3.0, 2.0, 4.0]], [0], lambda x: mx.cummax(x, 0))
    at("cummin", [[2.0, 3.0, 1.0, 1.0, 1.5]], [0], lambda x: mx.cummin(x, 0))
    at("logcumsumexp", [[1.0, -INF, 2.0]], [0], lambda x: mx.logcumsumexp(x, 0))
    at("logsumexp", [[-INF, 1.0]], [], mx.logsumexp)
    at("logsumexp", [[-INF, -INF]], [], mx.logsumexp)
    at("softmax", [[[-INF, 1.0, 1.0], [0.0, 0.0, 100.0]]], [-1], lambda x: mx.softmax(x, -1))
    at("sort", [[2.0, 2.0, 1.0, 2.0]], [], mx.sort)
    at("median", [[1.0, 2.0, 2.0, 5.0]], [], mx.median)
    at("std", [[1.0, 1.0]], [], mx.std)
    at("variance", [[1.0, 1.0]], [], mx.var)
    at("linalg.norm", [[0.0, 0.0]], [], mx.linalg.norm)
    at("linalg.norm", [[0.0, -1.0]], [1], lambda x: mx.linalg.norm(x, 1))
    at("linalg.norm", [[1.0, -1.0]], [INF], lambda x: mx.linalg.norm(x, INF))
    at("take", [[1.0, 2.0, 3.0], make([1, 1, -1], "int32")], [], mx.take)
    double = make([0, 0, 1], "int32")
    for name, method in (("at.add", "add"), ("at.multiply", "multiply"), ("at.maximum", "maximum"), ("at.minimum", "minimum")):
        at(name, [[1.0, 2.0, 3.0], double, [3.0, 1.0, 2.0]], [R0, [R1], R2], lambda x, i, v, m=method: getattr(x.at[i], m)(v))
        at(name, [[1.0, 2.0, 3.0], double, [1.0, 1.0, 2.0]], [R0, [R1], R2], lambda x, i, v, m=method: getattr(x.at[i], m)(v))
        at(name, [[1.0, 2.0, 3.0], [3.0, 2.0]], [R0, [slice(0, 2)], R1], lambda x, v, m=method: getattr(x.at[0:2], m)(v))
    at("putAlongAxis", [[1.0, 2.0, 3.0], make([0, 0, 1], "int32"), [3.0, 1.0, 2.0]], [0], lambda x, i, v: mx.put_along_axis(x, i, v, 0))


    # frequencies learn too
    for traditional, offset, dims in ((False, 3, (2, 3, 6)), (True, 0, (2, 3, 6)), (False, mx.array([1, 4]), (2, 2, 3, 4))):
        x, freqs = make(g.own.normal(size=dims), "float32"), make([1.0, 3.0], "float32")
        inputs = [x, freqs, *([offset] if isinstance(offset, mx.array) else [])]
        args = [R0, 4, traditional, None, 0.5, R2 if len(inputs) == 3 else offset, R1]
        run = lambda x, f, o=offset, t=traditional: mx.fast.rope(x, 4, traditional=t, base=None, scale=0.5, offset=o, freqs=f)
        at("fast.rope", inputs, args, run)


SOURCES = ["reduction", "cumulative", "softmax", "matmul", "fast", "shape", "composite", "indexing", "update", "sort"]
SOURCES += ["conv", "fft", "linalg", "quantized", "numeric"]


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests" / "goldens" / "gradients")
    out = parser.parse_args().out
    mx.set_default_device(mx.cpu)
    np.seterr(all="ignore")
    warnings.simplefilter("ignore", RuntimeWarning)
    out.mkdir(parents=True, exist_ok=True)
    own = {"elementwise": elementwise, "random": random, "specials": specials}
    for name in [*own, *SOURCES]:
        family = Gradients(name, SEED, None if name in own else name)
        (own.get(name) or FAMILIES[name])(family)
        family.script = "tools/goldens/gradients.py"
        family.write(out)
        size = (out / f"{name}.safetensors").stat().st_size
        print(f"{name:12} {len(family.cases):5} cases {len({c['op'] for c in family.cases}):3} ops {size / 1024:8.1f} KiB")


if __name__ == "__main__":
    main()
