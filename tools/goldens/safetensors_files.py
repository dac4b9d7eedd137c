"""Writes tests/goldens/io: safetensors files made by MLX and by the reference package, and the reference's verdict on bad ones.

Needs: mlx 0.32.4 (CPU), safetensors 0.8.0, numpy 2.4.6, ml_dtypes 0.6.0. Run from the root of the repository:
python tools/goldens/safetensors_files.py (named so because a safetensors.py here would shadow the package)
"""

import base64
import json
import struct
import sys
from importlib.metadata import version
from pathlib import Path

import ml_dtypes
import mlx.core as mx
import numpy as np
from safetensors import TensorSpec, deserialize, serialize

SEED = 7
OUT = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "io"
VERSIONS = {name: version(name) for name in ("mlx", "safetensors", "numpy", "ml_dtypes")}
VERSIONS["python"] = sys.version.split()[0]

SIZES = {
    "bool": 1, "uint8": 1, "int8": 1, "float8_e5m2": 1, "float8_e4m3fn": 1,
    "uint16": 2, "int16": 2, "float16": 2, "bfloat16": 2,
    "uint32": 4, "int32": 4, "float32": 4,
    "uint64": 8, "int64": 8, "float64": 8, "complex64": 8,
}  # fmt: skip


def reference(tensors, metadata):
    """Bytes of a file the reference package writes, tensors given as name -> (dtype, shape, bytes)."""
    keep = {name: np.frombuffer(data or b"\0", np.uint8) for name, (_, _, data) in tensors.items()}
    specs = {
        name: TensorSpec(dtype=dtype, shape=list(shape), data_ptr=keep[name].ctypes.data, data_len=len(data))
        for name, (dtype, shape, data) in tensors.items()
    }
    return bytes(serialize(specs, metadata))


def random_bytes(rng, dtype, count):
    high = 2 if dtype == "bool" else 256
    return rng.integers(0, high, count * SIZES[dtype], dtype=np.uint8).tobytes()


def write_reference(rng):
    tensors = {}
    for i, dtype in enumerate(SIZES):
        shape = [(3,), (2, 5), (), (1, 1, 7)][i % 4]
        tensors[f"layer.{i % 3}.{dtype}"] = (dtype, shape, random_bytes(rng, dtype, int(np.prod(shape))))
    tensors["empty"] = ("float32", (0, 4), b"")
    # byte order of UTF-8 and order of UTF-16 units differ on these two
    tensors["\uff5e"] = ("uint8", (2,), b"\x01\x02")
    tensors["\U0001f600"] = ("uint8", (1,), b"\x03")
    tensors["__proto__"] = ("int16", (2,), b"\x01\x00\xff\xff")
    tensors['quote " \\ \n\x01\x7f'] = ("uint8", (1,), b"\x04")
    data = reference(tensors, {"fo\"rm\u00e9t": "a\tb\u2028\x1f"})
    (OUT / "reference.safetensors").write_bytes(data)
    entries = [
        {"name": name, "dtype": dtype, "shape": list(shape), "hex": raw.hex()}
        for name, (dtype, shape, raw) in tensors.items()
    ]
    # what a writer without 8-bit floats can be held to, byte for byte
    plain = {name: t for name, t in tensors.items() if not t[0].startswith("float8")}
    (OUT / "plain.safetensors").write_bytes(reference(plain, {"format": "pt"}))
    (OUT / "bare.safetensors").write_bytes(reference({"w": tensors["layer.2.float32"]}, None))
    dump("reference.json", {"metadata": {"fo\"rm\u00e9t": "a\tb\u2028\x1f"}, "tensors": entries})


def write_mlx():
    # mx.save_safetensors refuses float64, so that dtype stands in the reference file alone
    mx.random.seed(SEED)
    tensors = {
        "bool": mx.array([True, False, True]),
        "uint8": mx.array([0, 1, 255], mx.uint8),
        "uint16": mx.array([[0, 65535]], mx.uint16),
        "uint32": mx.array(np.array([0, 4294967295], np.uint32)),
        "uint64": mx.array(np.array([0, 18446744073709551615], np.uint64)),
        "int8": mx.array([-128, 127], mx.int8),
        "int16": mx.array([-32768, 32767], mx.int16),
        "int32": mx.array([-2147483648, 2147483647], mx.int32),
        "int64": mx.array(np.array([-9223372036854775808, 9223372036854775807], np.int64)),
        "float16": mx.array([1.5, -0.0, 65504.0, 6e-8, float("inf")], mx.float16),
        "bfloat16": mx.random.normal((3, 5)).astype(mx.bfloat16),
        "float32": mx.random.normal((2, 3, 4)),
        "complex64": mx.array([1 + 2j, -3.5 - 0.25j]),
        "transposed": mx.arange(6, dtype=mx.float32).reshape(2, 3).T,
        "scalar": mx.array(2.5),
    }
    path = str(OUT / "mlx.safetensors")
    with mx.stream(mx.cpu):
        mx.eval(tensors)
        mx.save_safetensors(path, tensors, {"format": "mlx", "note": "caf\u00e9"})
    entries = []
    for name, value in tensors.items():
        raw = np.array(value.view(mx.uint16) if value.dtype == mx.bfloat16 else value)
        entries.append({
            "name": name,
            "dtype": str(value.dtype).removeprefix("mlx.core."),
            "shape": list(value.shape),
            "hex": np.ascontiguousarray(raw).tobytes().hex(),
        })  # fmt: skip
    dump("mlx.json", {"metadata": {"format": "mlx", "note": "caf\u00e9"}, "tensors": entries})


def write_sharded():
    folder = OUT / "sharded"
    folder.mkdir(exist_ok=True)
    mx.random.seed(SEED + 1)
    weights = {f"layers.{i}.weight": mx.random.normal((4, 3)).astype(mx.float16) for i in range(4)}
    weights["norm"] = mx.ones((3,))
    names = list(weights)
    shards = [names[:2], names[2:3], names[3:]]
    weight_map = {}
    for i, shard in enumerate(shards):
        file = f"model-{i + 1:05d}-of-{len(shards):05d}.safetensors"
        mx.save_safetensors(str(folder / file), {name: weights[name] for name in shard}, {"format": "mlx"})
        weight_map.update({name: file for name in shard})
    index = {"metadata": {"total_size": sum(w.nbytes for w in weights.values())}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=4))
    entries = [
        {
            "name": name,
            "dtype": str(value.dtype).removeprefix("mlx.core."),
            "shape": list(value.shape),
            "hex": np.array(value).tobytes().hex(),
        }
        for name, value in weights.items()
    ]
    dump("sharded.json", {"metadata": {"format": "mlx"}, "tensors": entries})


def write_f8():
    codes = np.arange(256, dtype=np.uint8)
    tables = {}
    for tag, dtype in (("F8_E4M3", ml_dtypes.float8_e4m3fn), ("F8_E5M2", ml_dtypes.float8_e5m2)):
        values = codes.view(dtype).astype(np.float32)
        half = values.astype(np.float16)
        assert np.array_equal(half.astype(np.float32), values, equal_nan=True)
        bits = half.view(np.uint16)
        tables[tag] = [None if np.isnan(v) else int(b) for v, b in zip(values, bits)]
    finite = ~np.isnan(codes.view(ml_dtypes.float8_e4m3fn).astype(np.float32))
    ours = np.array(mx.from_fp8(mx.array(codes), mx.float16)).view(np.uint16)
    assert np.array_equal(ours[finite], np.array([b or 0 for b in tables["F8_E4M3"]], np.uint16)[finite])
    dump("f8.json", tables)


def file_of(header, data=b"", length=None):
    raw = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def entry(dtype="U8", shape="[1]", offsets="[0,1]"):
    return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}'


def write_headers():
    """Files the reference accepts or refuses; ours must agree but for the cases the decision record lists."""
    one = "".join(('{"a":', entry(), "}"))
    cases = {
        "plain": file_of(one, b"x"),
        "empty header object": file_of("{}"),
        "leading space": file_of(" " + one, b"x"),
        "trailing spaces": file_of(one + "   ", b"x"),
        "trailing newline": file_of(one + "\n", b"x"),
        "trailing NUL": file_of(one + "\0", b"x"),
        "trailing text": file_of(one + "{}", b"x"),
        "byte order mark": file_of("\ufeff" + one, b"x"),
        "no bytes": b"",
        "seven bytes": b"\x02\0\0\0\0\0\0",
        "zero length header": file_of(""),
        "length past the end": file_of(one, b"", 10_000),
        "length over the cap": file_of(one, b"x", 100_000_001),
        "length of 2^63": file_of(one, b"x", 2**63),
        "length short by one": file_of(one, b"x", len(one) - 1),
        "not UTF-8": file_of(b'{"\xff":' + entry().encode() + b"}", b"x"),
        "overlong UTF-8": file_of(b'{"\xc0\xaf":' + entry().encode() + b"}", b"x"),
        "surrogate in UTF-8": file_of(b'{"\xed\xa0\x80":' + entry().encode() + b"}", b"x"),
        "lone surrogate escape": file_of('{"\\ud800":' + entry() + "}", b"x"),
        "surrogate pair escape": file_of('{"\\ud83d\\ude00":' + entry() + "}", b"x"),
        "raw control character": file_of('{"\n":' + entry() + "}", b"x"),
        "array header": file_of("[]"),
        "null header": file_of("null"),
        "string header": file_of('"a"'),
        "unclosed object": file_of('{"a":' + entry(), b"x"),
        "trailing comma": file_of('{"a":' + entry() + ",}", b"x"),
        "single quotes": file_of("{'a':" + entry() + "}", b"x"),
        "duplicate tensor": file_of('{"a":' + entry() + ',"a":' + entry() + "}", b"x"),
        "duplicate tensor by escape": file_of('{"a":' + entry() + ',"\\u0061":' + entry() + "}", b"x"),
        "duplicate field": file_of('{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x"),
        "unknown field": file_of('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"z":{"y":[1,null]}}}', b"x"),
        "entry as array": file_of('{"a":["U8",[1],[0,1]]}', b"x"),
        "entry null": file_of('{"a":null}'),
        "no dtype": file_of('{"a":{"shape":[1],"data_offsets":[0,1]}}', b"x"),
        "no shape": file_of('{"a":{"dtype":"U8","data_offsets":[0,1]}}', b"x"),
        "no offsets": file_of('{"a":{"dtype":"U8","shape":[1]}}', b"x"),
        "unknown dtype": file_of('{"a":' + entry("U7") + "}", b"x"),
        "lower case dtype": file_of('{"a":' + entry("u8") + "}", b"x"),
        "packed F4": file_of('{"a":' + entry("F4", "[2]") + "}", b"x"),
        "E8M0": file_of('{"a":' + entry("F8_E8M0") + "}", b"x"),
        "E4M3": file_of('{"a":' + entry("F8_E4M3") + "}", b"x"),
        "shape with a fraction": file_of('{"a":' + entry(shape="[1.0]") + "}", b"x"),
        "shape with an exponent": file_of('{"a":' + entry(shape="[1e0]") + "}", b"x"),
        "shape minus zero": file_of('{"a":' + entry(shape="[-0]", offsets="[0,0]") + "}"),
        "shape negative": file_of('{"a":' + entry(shape="[-1]") + "}", b"x"),
        "shape leading zero": file_of('{"a":' + entry(shape="[01]") + "}", b"x"),
        "shape of strings": file_of('{"a":' + entry(shape='["1"]') + "}", b"x"),
        "shape nested": file_of('{"a":' + entry(shape="[[1]]") + "}", b"x"),
        "shape overflows": file_of('{"a":' + entry(shape="[4294967296,4294967296]") + "}", b"x"),
        "shape overflows before a zero": file_of('{"a":' + entry(shape="[4294967296,4294967296,0]", offsets="[0,0]") + "}"),
        "shape zero before a large one": file_of('{"a":' + entry(shape="[0,4294967296,4294967296]", offsets="[0,0]") + "}"),
        "scalar": file_of('{"a":' + entry(shape="[]") + "}", b"x"),
        "offsets of one": file_of('{"a":' + entry(offsets="[0]") + "}", b"x"),
        "offsets of three": file_of('{"a":' + entry(offsets="[0,1,1]") + "}", b"x"),
        "offsets reversed": file_of('{"a":' + entry(offsets="[1,0]") + "}", b"x"),
        "offsets negative": file_of('{"a":' + entry(offsets="[-1,0]") + "}", b"x"),
        "offsets past the end": file_of('{"a":' + entry(offsets="[0,1]") + "}"),
        "offsets huge": file_of('{"a":' + entry(offsets="[18446744073709551614,18446744073709551615]") + "}", b"x"),
        "bytes do not match the shape": file_of('{"a":' + entry(shape="[2]") + "}", b"x"),
        "hole before": file_of('{"a":' + entry(offsets="[1,2]") + "}", b"xx"),
        "hole between": file_of('{"a":' + entry() + ',"b":' + entry(offsets="[2,3]") + "}", b"xxx"),
        "trailing bytes": file_of(one, b"xx"),
        "overlap": file_of('{"a":' + entry(shape="[2]", offsets="[0,2]") + ',"b":' + entry(offsets="[1,2]") + "}", b"xx"),
        "same range": file_of('{"a":' + entry() + ',"b":' + entry() + "}", b"x"),
        "empty tensor at a boundary": file_of('{"a":' + entry() + ',"b":' + entry(shape="[0]", offsets="[1,1]") + "}", b"x"),
        "empty tensor at the start": file_of('{"a":' + entry(shape="[0]", offsets="[0,0]") + ',"b":' + entry() + "}", b"x"),
        "empty tensor inside another": file_of(
            '{"a":' + entry(shape="[0]", offsets="[1,1]") + ',"b":' + entry(shape="[2]", offsets="[0,2]") + "}", b"xx"
        ),
        "out of order": file_of('{"b":' + entry(offsets="[1,2]") + ',"a":' + entry() + "}", b"xy"),
        "unaligned": file_of('{"b":' + entry() + ',"a":' + entry("F32", "[1]", "[1,5]") + "}", b"xabcd"),
        "__proto__": file_of('{"__proto__":' + entry() + "}", b"x"),
        "metadata null": file_of('{"__metadata__":null}'),
        "metadata empty": file_of('{"__metadata__":{}}'),
        "metadata number": file_of('{"__metadata__":{"a":1}}'),
        "metadata nested": file_of('{"__metadata__":{"a":{}}}'),
        "metadata array": file_of('{"__metadata__":[]}'),
        "metadata twice": file_of('{"__metadata__":{},"__metadata__":{}}'),
        "metadata key twice": file_of('{"__metadata__":{"a":"1","a":"2"}}'),
        "deep nesting": file_of('{"a":{"z":' + "[" * 100_000 + "]" * 100_000 + "}}"),
    }
    rows = []
    for name, data in cases.items():
        try:
            deserialize(data)
            verdict = None
        except Exception as error:
            verdict = str(error)[:160]
        # the deep case is rebuilt by the test
        content = None if name == "deep nesting" else base64.b64encode(data).decode()
        rows.append({"name": name, "refused": verdict, "file": content})
    dump("headers.json", {"cases": rows})


def dump(name, value):
    (OUT / name).write_text(json.dumps({"versions": VERSIONS, "seed": SEED, **value}, indent=1) + "\n")


OUT.mkdir(parents=True, exist_ok=True)
generator = np.random.default_rng(SEED)
write_reference(generator)
write_mlx()
write_sharded()
write_f8()
write_headers()
