"""Writes tests/goldens/io/gguf: files made by gguf-py, what is in them, and the values of their blocks; and the names of a Llama's
tensors into tests/goldens/llama/gguf-names.json.

Needs: gguf 0.19.0, numpy 2.4.6. Run from the root of the repository:
python tools/goldens/gguf_files.py
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFEndian, GGUFReader, GGUFValueType, GGUFWriter

SEED = 11
OUT = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "io" / "gguf"
VERSIONS = {name: version(name) for name in ("gguf", "numpy")} | {"python": sys.version.split()[0]}

BLOCKS = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
# bytes of a block where its float16 scales begin
SCALES = {"Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,)}


def plain(writer):
    """Every type of metadata, and every type of tensor whose elements are stored one by one."""
    writer.add_uint8("a.uint8", 255)
    writer.add_int8("a.int8", -128)
    writer.add_uint16("a.uint16", 65535)
    writer.add_int16("a.int16", -32768)
    writer.add_uint32("a.uint32", 4294967295)
    writer.add_int32("a.int32", -2147483648)
    writer.add_float32("a.float32", 0.1)
    writer.add_float64("a.float64", 0.1)
    writer.add_uint64("a.uint64", 2**64 - 1)
    writer.add_int64("a.int64", -(2**63))
    writer.add_bool("a.bool", True)
    writer.add_string("a.string", "naïve 🙂 ▁text")
    kinds = {
        "uint8": [0, 255], "int8": [-1, 1], "uint16": [0, 65535], "int16": [-5, 5], "uint32": [0, 4294967295],
        "int32": [-7, 7], "float32": [0.5, -1e30], "float64": [0.1, 1e300], "uint64": [1, 2**63], "int64": [-1, 2**62],
        "bool": [True, False], "string": ["", "▁a", "b"],
    }  # fmt: skip
    for kind, values in kinds.items():
        writer.add_key_value(f"list.{kind}", values, GGUFValueType.ARRAY, GGUFValueType[kind.upper()])
    writer.add_array("list.nested", [[1, 2], [3], [4, 5, 6]])
    rng = np.random.default_rng(SEED)
    for name, dtype in [("f32", np.float32), ("f16", np.float16), ("f64", np.float64)]:
        writer.add_tensor(name, rng.standard_normal((3, 5)).astype(dtype))
    for name, dtype in [("i8", np.int8), ("i16", np.int16), ("i32", np.int32), ("i64", np.int64)]:
        info = np.iinfo(dtype)
        writer.add_tensor(name, rng.integers(info.min, info.max, (2, 2, 3), dtype, endpoint=True))
    bf16 = gguf.quants.quantize(rng.standard_normal((4, 6)).astype(np.float32), Type.BF16)
    writer.add_tensor("bf16", bf16, raw_dtype=Type.BF16)
    writer.add_tensor("vector", np.arange(7, dtype=np.float32))
    writer.add_tensor("rank4", rng.standard_normal((2, 1, 3, 2)).astype(np.float32))


def blocks(writer):
    """Two rows of two blocks of 256 elements of each type that is computed with."""
    rng = np.random.default_rng(SEED + 1)
    for name in BLOCKS:
        kind = Type[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        if name in SCALES:  # gguf-py reads these and does not make them
            data = rng.integers(0, 256, (2, 512 // elements, size), np.uint8)
            for at in SCALES[name]:
                scale = rng.uniform(-0.1, 0.1, data.shape[:2]).astype(np.float16)
                data[:, :, at : at + 2] = scale[..., None].view(np.uint8)
            data = data.reshape(2, -1)
        else:
            data = gguf.quants.quantize(rng.standard_normal((2, 512)).astype(np.float32), kind)
        writer.add_tensor(f"{name.lower()}.weight", data, raw_dtype=kind)


def write(name, fill, **options):
    path = OUT / f"{name}.gguf"
    alignment = options.pop("alignment", None)
    writer = GGUFWriter(path, "test", **options)
    if alignment is not None:
        writer.add_custom_alignment(alignment)
    fill(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def value_of(field):
    """A value of metadata as JSON can hold it: wide integers as text."""
    kind = field.types[0]

    def one(kind, value):
        if kind in (GGUFValueType.UINT64, GGUFValueType.INT64):
            return str(int(value))
        return value.item() if isinstance(value, np.generic) else value

    if kind != GGUFValueType.ARRAY:
        return {"type": kind.name.lower(), "value": one(kind, field.contents())}
    of = field.types[-1]
    return {"type": "array", "of": of.name.lower(), "value": [one(of, v) for v in field.contents()]}


def contents(path):
    reader = GGUFReader(path)
    fields = {k: f for k, f in reader.fields.items() if not k.startswith("GGUF.") and k != "list.nested"}
    tensors = [
        {
            "name": t.name,
            "type": t.tensor_type.name.lower(),
            "elements": [int(n) for n in reversed(t.shape)],
            "begin": int(t.data_offset),
            "hex": np.ascontiguousarray(t.data).tobytes().hex(),
        }
        for t in reader.tensors
    ]
    return {
        "alignment": int(reader.alignment),
        "metadata": {k: value_of(f) for k, f in fields.items()},
        "tensors": tensors,
    }


OUT.mkdir(parents=True, exist_ok=True)
files = {"plain": write("plain", plain), "blocks": write("blocks", blocks, alignment=64)}
write("big-endian", lambda w: w.add_uint32("a", 1), endianess=GGUFEndian.BIG)
values = {
    t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float32).tobytes().hex()
    for t in GGUFReader(files["blocks"]).tensors
}
result = {"versions": VERSIONS, "files": {name: contents(path) for name, path in files.items()}, "values": values}
(OUT / "contents.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")

modules = ["model.embed_tokens", "model.norm", "lm_head"]
parts = ["input_layernorm", "post_attention_layernorm", *(f"self_attn.{p}_proj" for p in "qkvo")]
parts += [f"mlp.{p}_proj" for p in ("gate", "up", "down")]
modules += [f"model.layers.{i}.{part}" for i in (0, 11) for part in parts]
names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 12)
table = {f"{m}.weight": names.get_name(f"{m}.weight", (".weight", ".bias")) for m in modules}
(OUT.parents[1] / "llama" / "gguf-names.json").write_text(json.dumps(table, indent=1) + "\n")
