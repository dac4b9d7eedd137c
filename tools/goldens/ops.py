"""Writes tests/goldens/ops/*.safetensors: what pinned MLX computes on the CPU. See README.md."""

import argparse
import pathlib
import warnings

import mlx.core as mx
import numpy as np

import cases_composite
import cases_conv
import cases_eigen
import cases_elementwise
import cases_fft
import cases_index
import cases_linalg
import cases_linear
import cases_numeric
import cases_quantized
import cases_random
import cases_reduce
import cases_shape
from cases_common import Family

SEED = 20240607
FAMILIES = {
    "unary": cases_elementwise.unary,
    "binary": cases_elementwise.binary,
    "ternary": cases_elementwise.ternary,
    "promotion": cases_elementwise.promotion,
    "reduction": cases_reduce.reduction,
    "cumulative": cases_reduce.cumulative,
    "softmax": cases_reduce.softmax,
    "matmul": cases_linear.matmul,
    "fast": cases_linear.fast,
    "shape": cases_shape.shape,
    "creation": cases_shape.creation,
    "composite": cases_composite.composite,
    "indexing": cases_index.indexing,
    "update": cases_index.update,
    "sort": cases_index.sort,
    "astype": cases_index.astype,
    "random": cases_random.random,
    "conv": cases_conv.conv,
    "fft": cases_fft.fft,
    "linalg": cases_linalg.linalg,
    "eigen": cases_eigen.eigen,
    "spectra": cases_eigen.spectra,
    "quantized": cases_quantized.quantized,
    "numeric": cases_numeric.numeric,
}


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", help="only these; all by default")
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests" / "goldens" / "ops")
    options = parser.parse_args()
    mx.set_default_device(mx.cpu)
    np.seterr(all="ignore")
    warnings.simplefilter("ignore", RuntimeWarning)
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.families or FAMILIES:
        family = Family(name, SEED)
        FAMILIES[name](family)
        family.write(options.out)
        size = (options.out / f"{name}.safetensors").stat().st_size
        errors = sum("error" in case for case in family.cases)
        print(f"{name:12} {len(family.cases):5} cases ({errors} errors) {len(family.tensors):5} tensors {size / 1024:8.1f} KiB")


if __name__ == "__main__":
    main()
