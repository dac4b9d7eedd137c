"""Values of the complex functions for tests/kernels/elementwise-complex.test.ts: NumPy in double precision on float32 inputs.

usage: python kernels_complex.py tests/goldens/kernels/complex64.json
"""

import json
import sys

import mpmath as mp
import numpy as np

parts = [0.0, -0.0, 1.0, -1.0, 0.3, -2.5, 1e-20, 30.0, -1e15]
extra = [complex(1.5, 1e-3), complex(0.6, 0.8), complex(-0.999, 0.01), complex(-3, 4), complex(7, -60), complex(1e-30, -1e-30)]
inputs = np.array([complex(a, b) for a in parts for b in parts] + extra, dtype=np.complex64)
z = inputs.astype(np.complex128)


def log1p(z):
    """By hand: NumPy's loses the real part of small imaginary numbers."""
    with mp.workdps(60):
        re = [mp.log((1 + mp.mpf(c.real)) ** 2 + mp.mpf(c.imag) ** 2) / 2 if c != -1 else -mp.inf for c in z]
    return np.array([float(x) for x in re]) + 0j, np.arctan2(z.imag, 1 + z.real)


def pairs(v):
    """(re, im) of what a function gave: complex numbers, floats in turn, or two arrays."""
    if isinstance(v, tuple):
        return zip(v[0].real, v[1])
    return v.view(v.real.dtype).reshape(-1, 2)


functions = {
    "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "log2": lambda z: np.log(z).view(np.float64) / np.log(2.0),
    "log10": lambda z: np.log(z).view(np.float64) / np.log(10.0), "log1p": log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan,
    "arcsinh": np.arcsinh, "arccosh": np.arccosh, "arctanh": np.arctanh,
}


def text(x):
    return "-0" if x == 0 and np.signbit(x) else repr(float(f"{x:.9g}"))


with np.errstate(all="ignore"):
    rows = {"input": inputs} | {name: f(z) for name, f in functions.items()}
out = {"numpy": np.__version__} | {k: [[text(a), text(b)] for a, b in pairs(v)] for k, v in rows.items()}
with open(sys.argv[1], "w") as f:
    f.write(json.dumps(out, separators=(",", ":")) + "\n")
