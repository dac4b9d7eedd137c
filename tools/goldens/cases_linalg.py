"""Transposes of matrices."""

import mlx.core as mx

from cases_common import sample


def transposes(g):
    for dtype, shape in [("float32", (2, 3)), ("int32", (2, 3, 4)), ("complex64", (1, 2, 1)), ("bool", (0, 3)), ("float16", (2, 1, 3, 2))]:
        g.case("matrixTranspose", [sample(g.rng, dtype, shape)], [], lambda x: mx.matrix_transpose(x))
    g.case("matrixTranspose", [sample(g.rng, "float32", (3,))], [], lambda x: mx.matrix_transpose(x), raises=True)


def linalg(g):
    transposes(g)
