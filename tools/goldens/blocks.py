"""Writes tests/goldens/blocks/blocks.safetensors: what ggml makes of GGUF's block formats, and what its kernels multiply.

Needs: numpy 2.4.6, safetensors 0.8.0, gguf 0.19.0 (which checks the decoded bits once more), and ggml's shared libraries, as the npm package
@node-llama-cpp/linux-x64 (3.22.1) carries them: GGML_LIBRARIES=<its bins/linux-x64>. The kernels are those of its AVX2 build. Run from the
root of the repository: python tools/goldens/blocks.py
"""

import ctypes
import json
import os
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import save_file

SEED = 5
OUT = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "blocks" / "blocks.safetensors"
LIBRARIES = Path(os.environ["GGML_LIBRARIES"])
BASE = ctypes.CDLL(str(LIBRARIES / "libggml-base.so"), mode=ctypes.RTLD_GLOBAL)
CPU = ctypes.CDLL(str(LIBRARIES / "libggml-cpu-haswell.so"))
CPU.ggml_cpu_init()
# elements and bytes of a block, and the format of the other operand
FORMATS = {
    "q4_0": (32, 18, "q8_0", 34),
    "q4_1": (32, 20, "q8_1", 36),
    "q5_0": (32, 22, "q8_0", 34),
    "q5_1": (32, 24, "q8_1", 36),
    "q8_0": (32, 34, "q8_0", 34),
    "q4_K": (256, 144, "q8_K", 292),
    "q5_K": (256, 176, "q8_K", 292),
    "q6_K": (256, 210, "q8_K", 292),
}


def pointer(a, offset=0):
    return ctypes.c_void_p(a.ctypes.data + offset)


def matrix(rng, rows):
    """Rows of many kinds: small, large, of one sign, constant, sparse, integers, heavy tails, subnormal scales."""
    x = rng.standard_normal((rows, 256)).astype(np.float32)
    x[1] *= np.float32(1e-3)
    x[2] = 0
    x[3] = 1.5
    x[4, :128] = 0
    x[5] = np.abs(x[5])
    x[6] = -np.abs(x[6])
    x[7] *= np.exp(3 * rng.standard_normal(256)).astype(np.float32)
    x[8] = np.arange(256) - 128
    x[9] *= np.float32(1e-20)
    x[10] = np.round(3 * x[10])
    x[11] *= np.float32(1e4)
    x[12] *= np.float32(1e-6)
    return x


def quantized(name, x):
    elements, size, _, _ = FORMATS[name]
    out = np.zeros((x.shape[0], x.shape[1] // elements * size), np.uint8)
    getattr(BASE, f"quantize_row_{name}_ref")(pointer(x), pointer(out), ctypes.c_int64(x.size))
    return out


def decoded(name, blocks, columns):
    out = np.zeros((blocks.shape[0], columns), np.float32)
    getattr(BASE, f"dequantize_row_{name}")(pointer(blocks), pointer(out), ctypes.c_int64(out.size))
    with np.errstate(all="ignore"):
        other = gguf.dequantize(blocks, gguf.GGMLQuantizationType[name.upper()])
    assert np.array_equal(out.view(np.uint32)[out == out], other.view(np.uint32)[out == out]), name
    return out


def product(name, w, x):
    """x @ w.T by ggml's kernels, x quantised as they want it."""
    elements, _, other, size = FORMATS[name]
    rows, k = x.shape
    y = np.zeros((rows, k // (256 if other == "q8_K" else 32) * size), np.uint8)
    for i in range(rows):
        getattr(CPU, f"quantize_row_{other}")(pointer(x, i * x.strides[0]), pointer(y, i * y.strides[0]), ctypes.c_int64(k))
    dot = getattr(CPU, f"ggml_vec_dot_{name}_{other}")
    out = np.zeros((rows, w.shape[0]), np.float32)
    zero = ctypes.c_size_t(0)
    for i in range(rows):
        for j in range(w.shape[0]):
            at = pointer(out, (i * w.shape[0] + j) * 4)
            dot(k, at, zero, pointer(w, j * w.strides[0]), zero, pointer(y, i * y.strides[0]), zero, 1)
    return out


def main():
    rng = np.random.default_rng(SEED)
    x = matrix(rng, 24)
    w = rng.standard_normal((11, 768)).astype(np.float32)
    a = rng.standard_normal((5, 768)).astype(np.float32) * np.exp(rng.standard_normal((5, 768))).astype(np.float32)
    tensors = {"x": x, "w": w, "a": a}
    for name, (elements, size, _, _) in FORMATS.items():
        key = name.lower()
        tensors[f"{key}.quantized"] = quantized(name, x)
        noise = rng.integers(0, 256, (8, 256 // elements * size), dtype=np.uint8)
        tensors[f"{key}.noise"] = noise
        tensors[f"{key}.decoded"] = decoded(name, noise, 256)
        tensors[f"{key}.product"] = product(name, quantized(name, w), a)
    build = json.loads((LIBRARIES / "_nlcBuildMetadata.json").read_text())["buildOptions"]["llamaCpp"]["release"]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    metadata = {"llama.cpp": build, "gguf": version("gguf"), "numpy": np.__version__, "script": "tools/goldens/blocks.py", "seed": str(SEED)}
    save_file(tensors, OUT, metadata)


if __name__ == "__main__":
    main()
