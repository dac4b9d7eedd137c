"""Writes tests/goldens/io/numpy.json: array files and archives made by NumPy, MLX and Python's zipfile, and what they hold.

Needs numpy and mlx as in requirements.txt. Run from the root of the repository: python tools/goldens/numpy_files.py
"""

import base64
import io
import json
import tempfile
import zipfile
from pathlib import Path

import mlx.core as mx
import numpy as np

OUT = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "io" / "numpy.json"
DTYPES = ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64"]
RNG = np.random.default_rng(11)


def values(dtype, shape):
    """Any bytes of the dtype; bool 0 or 1."""
    if dtype == "bool":
        return RNG.integers(0, 2, shape).astype(bool)
    size = int(np.prod(shape))
    return np.frombuffer(RNG.bytes(size * np.dtype(dtype).itemsize), dtype).reshape(shape).copy()


def saved(array, version=None):
    """The bytes np.save writes, or those of a given format version."""
    out = io.BytesIO()
    if version is None:
        np.save(out, array)
    else:
        np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def text(data):
    return base64.b64encode(data).decode()


def entry(name, data, array, **extra):
    """A file and the little-endian row-major bytes of what it holds."""
    plain = np.ascontiguousarray(array).reshape(array.shape)
    little = plain.astype(plain.dtype.newbyteorder("<"))
    return {"name": name, "file": text(data), "dtype": plain.dtype.name, "shape": list(plain.shape), "hex": little.tobytes().hex(), **extra}


def arrays():
    for dtype in DTYPES:
        for shape in [(3, 5), (), (0, 4), (7,)]:
            a = values(dtype, shape)
            yield entry(f"{dtype} {shape}", saved(a), a, ours=True)
        a = values(dtype, (2, 3, 4))
        yield entry(f"{dtype} column-major", saved(np.asfortranarray(a)), a)
        yield entry(f"{dtype} view", saved(a[:, ::-1, 1:3]), a[:, ::-1, 1:3])
        if dtype not in ("bool", "uint8", "int8"):
            big = a.astype(a.dtype.newbyteorder(">"))
            yield entry(f"{dtype} big-endian", saved(big), a)
            yield entry(f"{dtype} big-endian column-major", saved(np.asfortranarray(big)), a)
    for version in [(1, 0), (2, 0), (3, 0)]:
        a = values("int16", (4, 3))
        yield entry(f"format {version}", saved(a, version), a)
    with tempfile.TemporaryDirectory() as folder:
        a = RNG.normal(size=(2, 3)).astype(np.float32)
        path = f"{folder}/x.npy"
        mx.save(path, mx.array(a))
        yield entry("written by MLX", Path(path).read_bytes(), a)
        b = mx.array(a).astype(mx.bfloat16)
        mx.save(path, b)
        yield entry("bfloat16 by MLX", Path(path).read_bytes(), np.array(b.view(mx.uint16))) | {"dtype": "bfloat16"}


def refused():
    for name, array in [
        ("complex128", np.zeros(2, np.complex128)),
        ("structured", np.zeros(2, [("a", "<i4"), ("b", "<f8")])),
        ("text", np.array(["ab", "c"])),
        ("bytes", np.array([b"ab", b"c"])),
        ("dates", np.zeros(2, "datetime64[s]")),
        ("long double", np.zeros(2, np.longdouble)),
    ]:
        yield {"name": name, "file": text(saved(array))}
    yield {"name": "objects", "file": text((lambda o: (np.save(o, np.array([{}, 1], object)), o.getvalue())[1])(io.BytesIO()))}


def archives():
    tensors = {"w": values("float32", (3, 4)), "b": values("int64", (5,)), "ünï": values("bool", (2, 2)), "s": values("complex64", ())}
    listed = {k: entry(k, b"", v) | {"file": ""} for k, v in tensors.items()}
    for name, write in [("savez", np.savez), ("savez_compressed", np.savez_compressed)]:
        out = io.BytesIO()
        write(out, **tensors)
        yield {"name": name, "file": text(out.getvalue()), "tensors": list(listed.values())}
    with tempfile.TemporaryDirectory() as folder:
        plain = {k: mx.array(v) for k, v in tensors.items() if k != "b"}
        for name, write in [("MLX savez", mx.savez), ("MLX savez_compressed", mx.savez_compressed)]:
            write(f"{folder}/x.npz", **plain)
            yield {"name": name, "file": text(Path(f"{folder}/x.npz").read_bytes()), "tensors": [listed[k] for k in plain]}
    # what this library writes, made by Python's zipfile
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, array in tensors.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), saved(array))
        for info in archive.infolist():
            info.create_system = 0
            info.external_attr = 0
    assert np.load(io.BytesIO(out.getvalue()))["w"].tobytes() == tensors["w"].tobytes()
    yield {"name": "zipfile", "file": text(out.getvalue()), "tensors": list(listed.values()), "ours": True}


def main():
    content = {"numpy": np.__version__, "arrays": list(arrays()), "refused": list(refused()), "archives": list(archives())}
    OUT.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{OUT.name}: {OUT.stat().st_size / 1024:.1f} KiB")


if __name__ == "__main__":
    main()
