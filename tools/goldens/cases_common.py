"""What every family shares: the case recorder, the safetensors writer, dtypes and input vectors."""

import json
import math
import struct
import zlib

import mlx.core as mx
import numpy as np

DTYPES = {
    "bool": mx.bool_,
    "uint8": mx.uint8,
    "uint16": mx.uint16,
    "uint32": mx.uint32,
    "uint64": mx.uint64,
    "int8": mx.int8,
    "int16": mx.int16,
    "int32": mx.int32,
    "int64": mx.int64,
    "float16": mx.float16,
    "float32": mx.float32,
    "float64": mx.float64,
    "bfloat16": mx.bfloat16,
    "complex64": mx.complex64,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
SIGNED = ["int8", "int16", "int32", "int64"]
INTS = UNSIGNED + SIGNED
FLOATS = ["float16", "float32", "float64", "bfloat16"]
REAL = ["bool", *INTS, *FLOATS]
ALL = list(DTYPES)
TAGS = {
    "bool": "BOOL",
    "uint8": "U8",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
    "int8": "I8",
    "int16": "I16",
    "int32": "I32",
    "int64": "I64",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    "bfloat16": "BF16",
    "complex64": "C64",
}
BITS = {"uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64, "int8": 8, "int16": 16, "int32": 32, "int64": 64}


class Default:
    """An argument that is left out, so that the callee's default applies."""


class Ref:
    """The place of input `index` among the arguments."""

    def __init__(self, index):
        self.index = index


DEFAULT = Default()
R0, R1, R2, R3 = Ref(0), Ref(1), Ref(2), Ref(3)


def raw(array):
    """The row-major bytes of an MLX array, little endian."""
    if array.dtype == mx.bfloat16:
        array = array.view(mx.uint16)
    return np.ascontiguousarray(np.array(array)).tobytes()


def wide(array):
    """An MLX array as numpy float64 (complex128 for complex64), the precision of the `truth` columns."""
    if array.dtype == mx.bfloat16:
        array = array.astype(mx.float32)
    values = np.array(array)
    return values.astype(np.complex128 if np.iscomplexobj(values) else np.float64)


def make(values, dtype):
    """An MLX array of the named dtype; values go through numpy at full precision."""
    if np.size(values) == 0:
        # Reducing an empty array that came from numpy can hang in MLX 0.32.4; one made by MLX does not.
        return mx.zeros(np.shape(values), DTYPES[dtype])
    if dtype == "bfloat16":
        return mx.array(np.asarray(values, dtype=np.float32)).astype(mx.bfloat16)
    numpy_type = "bool" if dtype == "bool" else dtype
    with np.errstate(all="ignore"):
        return mx.array(np.asarray(values).astype(numpy_type), dtype=DTYPES[dtype])


def encode(value):
    """A call argument as JSON; the harness decodes the same forms."""
    if isinstance(value, Ref):
        return {"$": value.index}
    if isinstance(value, Default):
        return {"default": True}
    if isinstance(value, mx.Dtype):
        return NAMES[value]
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return "..."
    if isinstance(value, (list, tuple)):
        return [encode(v) for v in value]
    if isinstance(value, dict):
        return {"object": {key: encode(v) for key, v in value.items()}}
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, (np.integer, np.floating)):
        return value.item()
    return value


def has_ref(value):
    if isinstance(value, Ref):
        return True
    return isinstance(value, (list, tuple)) and any(has_ref(v) for v in value)


class Family:
    """Records the cases of one family and writes them as one safetensors file."""

    script = "tools/goldens/ops.py"

    def __init__(self, name, seed):
        self.name = name
        self.seed = seed
        self.rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        self.tensors = {}
        self.keys = {}
        self.cases = []

    def store(self, tag, shape, data):
        identity = (tag, tuple(shape), data)
        if identity not in self.keys:
            self.keys[identity] = f"t{len(self.keys)}"
            self.tensors[self.keys[identity]] = identity
        return self.keys[identity]

    def put(self, array):
        return self.store(TAGS[NAMES[array.dtype]], array.shape, raw(array))

    def put_truth(self, values, dtype):
        """Exact enough to judge `dtype`: float32 for the half types, float64 otherwise."""
        values = np.asarray(values)
        if np.iscomplexobj(values):
            values = np.stack([values.real, values.imag], axis=-1)
        half = dtype in ("float16", "bfloat16")
        with np.errstate(all="ignore"):
            return self.store("F32" if half else "F64", values.shape, values.astype("<f4" if half else "<f8").tobytes())

    def case(self, op, inputs, args, run, *, truth=None, scale=None, raises=None, **extra):
        """Run `run(*inputs)` on MLX and record what it returns.

        `truth` is a callable on float64 inputs or ready values; `scale` the magnitude that rounding
        errors of a sum are measured against; `raises=None` forbids an error, `True` demands one and
        `"maybe"` records whichever happens.
        """
        name = " ".join([op, *[f"{NAMES[x.dtype]}({','.join(map(str, x.shape))})" for x in inputs]])
        record = {"op": op, "inputs": [self.put(x) for x in inputs]}
        record["args"] = encode(args if has_ref(args) else [*[Ref(i) for i in range(len(inputs))], *args])
        try:
            outputs = run(*inputs)
            outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
            mx.eval(outputs)
        except (ValueError, RuntimeError, TypeError, IndexError) as error:
            if raises is None:
                raise RuntimeError(f"{name}: {error}") from error
            outputs = None
        if raises is True and outputs is not None:
            raise RuntimeError(f"{name}: expected MLX to raise")
        if outputs is None:
            record["error"] = True
        else:
            record["outputs"] = [self.put(x) for x in outputs]
            floating = all(NAMES[x.dtype] in FLOATS + ["complex64"] for x in outputs)
            # Large float32 results are judged by MLX alone: its own rounding is small there, and the files stay small.
            small = sum(x.size for x in outputs) <= 2000 or any(NAMES[x.dtype] != "float32" for x in outputs)
            if truth is not None and floating and small:
                with np.errstate(all="ignore"):
                    values = truth(*[wide(x) for x in inputs]) if callable(truth) else truth
                values = values if isinstance(values, list) else [values]
                for value, output in zip(values, outputs, strict=True):
                    if np.shape(value) != tuple(output.shape):
                        raise RuntimeError(f"{name}: truth {np.shape(value)}, output {tuple(output.shape)}")
                record["truth"] = [self.put_truth(v, NAMES[x.dtype]) for v, x in zip(values, outputs)]
            if scale is not None and floating:
                record["scale"] = float(f"{float(scale):.3g}")
        record.update(extra)
        self.cases.append(record)
        return record

    def write(self, folder):
        header = {
            "__metadata__": {
                "mlx": mx.__version__,
                "script": self.script,
                "seed": str(self.seed),
                "cases": json.dumps(self.cases, separators=(",", ":"), allow_nan=False),
            }
        }
        offset = 0
        chunks = []
        # Widest elements first, so that every tensor stays aligned to its element.
        order = {"F64": 0, "I64": 0, "U64": 0, "C64": 0, "F32": 1, "I32": 1, "U32": 1, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
        for key, (tag, shape, data) in sorted(self.tensors.items(), key=lambda item: order.get(item[1][0], 3)):
            header[key] = {"dtype": tag, "shape": list(shape), "data_offsets": [offset, offset + len(data)]}
            offset += len(data)
            chunks.append(data)
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        (folder / f"{self.name}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def limits(dtype):
    bits = BITS[dtype]
    return (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def float_specials(dtype):
    """NaN, infinities, signed zeros, subnormals, the extremes and the halves that rounding decides."""
    tiny, sub, big = {
        "float16": (2.0**-14, 2.0**-24, 65504.0),
        "bfloat16": (2.0**-126, 2.0**-133, (2 - 2.0**-7) * 2.0**127),
        "float32": (2.0**-126, 2.0**-149, (2 - 2.0**-23) * 2.0**127),
        "float64": (2.0**-1022, 2.0**-1074, 1.7976931348623157e308),
    }[dtype]
    positive = [0.0, sub, tiny / 2, tiny, 0.5, 1.0, 1.5, 2.5, 3.5, math.inf, big, 0.49999997, 2.0, 3.0, 0.75, 1.25]
    positive += [math.pi / 2, math.pi, 10.0, 16.0, 88.0, 89.0, 104.0, 127.0, 1024.0, 2047.5, 0.999, 1.001, 1e-4, 100.0]
    if dtype in ("float32", "float64"):
        positive += [8388607.5, 8388609.0, 16777217.0, 1e5, 2.0**31, 2.0**40]
    return [math.nan, *[s for p in positive for s in (p, -p)]]


def float_vector(rng, dtype, size=300):
    """Specials, then values spread over [-1, 1], the ordinary range and many exponents."""
    specials = float_specials(dtype)
    rest = size - len(specials)
    span = {"float16": 4, "bfloat16": 20, "float32": 20, "float64": 100}[dtype]
    parts = [
        rng.uniform(-1, 1, rest // 3),
        rng.normal(size=rest // 3) * 4,
        10.0 ** rng.uniform(-span, span, rest - 2 * (rest // 3)) * rng.choice([1, 1, -1], rest - 2 * (rest // 3)),
    ]
    tail = np.concatenate(parts)
    # An odd stride through the tail mixes the ranges, so that short prefixes see all of them.
    return np.concatenate([specials, tail[np.argsort(rng.random(rest))]])


def int_vector(rng, dtype, size=300):
    low, high = limits(dtype)
    specials = [0, 1, 2, 3, 7, high, high - 1, low, low + 1, high // 2, high // 2 + 1]
    specials += [] if low == 0 else [-1, -2, -3, -7]
    rest = size - len(specials)
    wide_part = rng.integers(low, high, rest // 2, dtype=dtype, endpoint=True)
    near = rng.integers(max(low, -100), 100, rest - rest // 2)
    return np.concatenate([np.array(specials, dtype=dtype), wide_part, near.astype(dtype)])


def complex_vector(rng, size=280, reach=3.0):
    specials = [0, 1, -1, 1j, -1j, 1 + 1j, -1 - 1j, 2, -2, 0.5j, 0.25, -0.75, 3 - 4j]
    rest = size - len(specials)
    values = rng.normal(size=rest) * reach / 2 + 1j * rng.normal(size=rest) * reach / 2
    return np.concatenate([specials, values])


def vector(rng, dtype, size=300):
    """One test vector of a dtype, specials first."""
    if dtype == "bool":
        return make(rng.integers(0, 2, size), dtype)
    if dtype == "complex64":
        return make(complex_vector(rng), dtype)
    if dtype in INTS:
        return make(int_vector(rng, dtype, size), dtype)
    return make(float_vector(rng, dtype, size), dtype)


def sample(rng, dtype, shape, reach=2.0):
    """Ordinary finite values of a dtype: small integers, or normal floats."""
    if dtype == "bool":
        return make(rng.integers(0, 2, shape), dtype)
    if dtype in INTS:
        return make(rng.integers(0 if dtype in UNSIGNED else -9, 10, shape), dtype)
    if dtype == "complex64":
        return make(rng.normal(size=shape) + 1j * rng.normal(size=shape), dtype)
    return make(rng.normal(size=shape) * reach, dtype)
