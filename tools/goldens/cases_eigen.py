"""Eigenvalues and singular values: what has one answer (`eigen`), and what a test judges by residuals and order (`spectra`)."""

import math

import mlx.core as mx
import numpy as np

from cases_common import DEFAULT, R0, R1, R2, make, sample, wide


def hilbert(n):
    return np.array([[1 / (i + j + 1) for j in range(n)] for i in range(n)])


def wilkinson():
    return np.diag(np.abs(np.arange(-10.0, 11))) + np.diag(np.ones(20), 1) + np.diag(np.ones(20), -1)


def frank(n):
    return np.array([[n - max(i, j) if j >= i - 1 else 0 for j in range(n)] for i in range(n)], dtype=float)


def companion(roots):
    p = np.poly(roots)
    return np.vstack([-p[1:] / p[0], np.eye(len(roots) - 1, len(roots))])


def jordan(n, value):
    return value * np.eye(n) + np.eye(n, k=1)


def symmetric_matrices(rng):
    """Symmetric, by name."""
    r = rng.normal(size=(12, 12))
    q, _ = np.linalg.qr(rng.normal(size=(9, 9)))
    scale = np.diag(10.0 ** -np.arange(8))
    return {
        "one": np.array([[-3.0]]),
        "two": np.array([[0.0, 1.0], [1.0, 0.0]]),
        "random": r + r.T,
        "graded": scale @ (np.ones((8, 8)) + np.eye(8)) @ scale,
        "hilbert": hilbert(8),
        "wilkinson": wilkinson(),
        "clustered": q @ np.diag([1, 1 + 1e-6, 1 + 2e-6, 2, 2, 2, 3, -1, -1]) @ q.T,
        "zero": np.zeros((4, 4)),
        "identity": np.eye(5),
        "rank one": np.outer(np.arange(1.0, 7), np.arange(1.0, 7)),
        "huge": 1e30 * (r + r.T)[:5, :5],
        "tiny": 1e-30 * (r + r.T)[:5, :5],
    }


def general_matrices(rng):
    """Square, by name."""
    turn = np.array([[math.cos(0.7), -math.sin(0.7), 0], [math.sin(0.7), math.cos(0.7), 0], [0, 0, 1]])
    block = np.triu(rng.normal(size=(6, 6)), 2)
    for k, (re, imag) in enumerate([(1, 2), (-2, 1), (3, 0.5)]):
        block[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = [[re, -imag], [imag, re]]
    return {
        "one": np.array([[4.0]]),
        "random": rng.normal(size=(10, 10)),
        "odd": rng.normal(size=(7, 7)),
        "rotation": turn,
        "quarter": np.array([[0.0, -1.0], [1.0, 0.0]]),
        "cycle": np.roll(np.eye(5), 1, axis=0),
        "frank": frank(6),
        "companion": companion([1, 2, 3, 4.5, -2]),
        "pairs": block,
        "triangle": np.triu(rng.normal(size=(6, 6)) + np.diag(np.arange(6) * 3)),
        "lower": np.tril(rng.normal(size=(6, 6)) + np.diag(np.arange(6) * 3)),
        "badly scaled": np.array([[1, 1e5, 1e7], [1e-5, 2, 1e3], [1e-7, 1e-3, 3]]),
        "zero": np.zeros((3, 3)),
        "identity": np.eye(4),
        "diagonal": np.diag([3.0, -1, 2]),
        "huge": 1e30 * rng.normal(size=(5, 5)),
        "tiny": 1e-30 * rng.normal(size=(5, 5)),
    }


def oblongs(rng):
    """Of any shape, by name."""
    r = rng.normal(size=(7, 5))
    return {
        "tall": r,
        "wide": r.T,
        "column": rng.normal(size=(4, 1)),
        "row": rng.normal(size=(1, 6)),
        "one": np.array([[-2.0]]),
        "square": rng.normal(size=(9, 9)),
        "rank two": rng.normal(size=(8, 2)) @ rng.normal(size=(2, 6)),
        "repeated": np.linalg.qr(rng.normal(size=(6, 6)))[0] * 3,
        "zero": np.zeros((3, 5)),
        "frank": frank(8),
        "graded": np.diag(10.0 ** -np.arange(6)) @ rng.normal(size=(6, 6)),
        "bidiagonal": np.eye(7) + np.eye(7, k=1),
        "huge": 1e30 * r,
        "tiny": 1e-30 * r,
        "long": rng.normal(size=(40, 3)),
    }


def complexed(rng, a):
    return a + 1j * rng.normal(size=a.shape) * np.abs(a)


def hermitian(a):
    return (a + np.conj(np.swapaxes(a, -1, -2))) / 2


def largest(values):
    return float(np.max(np.abs(values))) if np.size(values) else 0.0


def from_triangle(a, uplo):
    part = np.tril(a, -1) if uplo == "L" else np.triu(a, 1)
    n = a.shape[-1]
    return part + np.conj(np.swapaxes(part, -1, -2)) + np.eye(n) * a.real


def eigvalsh(x, uplo):
    return np.linalg.eigvalsh(from_triangle(wide(x), uplo))


def pseudo(x):
    a = wide(x)
    eps = 2.0**-52 if x.dtype == mx.float64 else 2.0**-23
    return np.linalg.pinv(a, rcond=10 * max(a.shape[-2:]) * eps)


def eigen(g):
    L = mx.linalg
    shapes = [(2, 3, 4, 4), (3, 1, 1), (0, 3, 3), (2, 0, 0), (0, 0)]
    for dtype in ("float32", "float64", "complex64"):
        cx = dtype == "complex64"
        inputs = [hermitian(complexed(g.rng, a)) if cx else a for a in symmetric_matrices(g.rng).values()]
        for a in [*inputs, *[wide(sample(g.rng, dtype, s)) for s in shapes]]:
            x = make(a, dtype)
            for uplo in ("L", "U"):
                value = eigvalsh(x, uplo) if a.size else np.zeros(a.shape[:-1])
                run = lambda x, u=uplo: L.eigvalsh(x, u)
                g.case("linalg.eigvalsh", [x], [uplo], run, truth=value, scale=largest(value))
        x = make(inputs[2], dtype)
        g.case("linalg.eigvalsh", [x], [], L.eigvalsh, truth=eigvalsh(x, "L"), scale=10)
        inputs = [complexed(g.rng, a) if cx else a for a in oblongs(g.rng).values()]
        more = [(2, 3, 4, 2), (3, 2, 3), (0, 3, 2), (2, 0, 3), (3, 0), (0, 3), (0, 0)]
        for a in [*inputs, *[wide(sample(g.rng, dtype, s)) for s in more]]:
            x = make(a, dtype)
            value = np.linalg.svd(wide(x), compute_uv=False)
            g.case("linalg.svd", [x], [False], lambda x: L.svd(x, False), truth=value, scale=largest(value))
            if cx:
                continue
            value = pseudo(x) if a.size else np.zeros((*a.shape[:-2], a.shape[-1], a.shape[-2]))
            condition = np.max(np.linalg.norm(wide(x), 2, (-2, -1)) * np.linalg.norm(value, 2, (-2, -1))) if a.size else 1
            g.case("linalg.pinv", [x], [], L.pinv, truth=value, scale=largest(value) * (condition if dtype == "float64" else 1))
        # one eigenvalue, or known places
        for a in [np.array([[-2.5]]), np.zeros((3, 3)), np.zeros((2, 1, 1)), np.zeros((0, 3, 3)), np.zeros((2, 0, 0)), np.eye(3) * 2]:
            g.case("linalg.eigvals", [make(a, dtype)], [], L.eigvals)
            if a.shape[-1] <= 1:
                g.case("linalg.eig", [make(a, dtype)], [], L.eig)
        for shape in [(3, 0), (0, 3), (0, 0), (2, 0, 3)]:
            g.case("linalg.svd", [make(np.zeros(shape), dtype)], [], L.svd)
        g.case("linalg.eigh", [make(np.zeros((2, 0, 0)), dtype)], [], L.eigh)
    for name in ("svd", "pinv", "eigh", "eigvalsh", "eig", "eigvals"):
        f = getattr(L, name)
        bad = [make(np.ones(3), "float32"), make(1.0, "float32"), *[make(np.eye(2), d) for d in ("int32", "float16", "bfloat16", "bool")]]
        bad += [] if name in ("svd", "pinv") else [make(np.ones((2, 3)), "float32")]
        bad += [make(np.eye(2), "complex64")] if name == "pinv" else []
        for x in bad:
            g.case(f"linalg.{name}", [x], [], f, raises=True)
    normals(g)


def normals(g):
    key = mx.random.key(7)
    f = mx.random.multivariate_normal

    def case(mean, cov, args, raises=None):
        given = dict(zip(["shape", "dtype"], args))
        given = {k: v for k, v in given.items() if v is not DEFAULT}
        run = lambda m, c, given=given: f(m, c, key=key, **given)
        extra = {} if raises else {"scale": 4 * math.sqrt(largest(wide(cov))) + largest(wide(mean))}
        full = [*args, *[DEFAULT] * (2 - len(args))]
        g.case("random.multivariateNormal", [mean, cov, key], [R0, R1, *full, R2], lambda m, c, k, r=run: r(m, c), raises=raises, **extra)

    spd = lambda *s: make((lambda r: r @ np.swapaxes(r, -1, -2) + 0.1 * np.eye(s[-1]))(g.rng.normal(size=s)), "float32")
    case(make([1, -2], "float32"), spd(2, 2), [])
    case(make([1, -2], "float32"), spd(2, 2), [[5]])
    case(make([1, -2, 0.5], "float32"), spd(3, 3), [[4, 3]])
    case(sample(g.rng, "float32", (4, 3)), spd(3, 3), [])
    case(make([0, 1, 2], "float32"), spd(4, 3, 3), [[2, 4]])
    case(sample(g.rng, "float32", (4, 1, 3)), spd(5, 3, 3), [])
    case(make([1, 2], "int32"), make(np.array([[4, 1], [1, 3]]), "int32"), [[3]])
    case(make([1, 2], "float64"), make(np.array([[4, 1], [1, 3]]), "float64"), [[3]])
    case(make([1, 2], "float16"), make(np.eye(2), "float16"), [[3], mx.float32])
    case(make([5], "float32"), make([[2]], "float32"), [[6]])
    case(make([1, 2, 3], "float32"), make(np.ones((3, 3)), "float32"), [[2]])
    case(make([1, 2, 3], "float32"), make(np.diag([4, 0, 1]), "float32"), [[2]])
    case(make([1, 2], "float32"), spd(2, 2), [[0]])
    for mean, cov, args in [
        (make(1.0, "float32"), make([[1]], "float32"), []),
        (make([1], "float32"), make([1], "float32"), []),
        (make([1, 2], "float32"), make(np.ones((2, 3)), "float32"), []),
        (make([1, 2, 3], "float32"), make(np.eye(2), "float32"), []),
        (make([1, 2], "float32"), make(np.eye(2), "float32"), [[3], mx.float16]),
        (sample(g.rng, "float32", (4, 2)), make(np.eye(2), "float32"), [[3]]),
    ]:
        case(mean, cov, args, raises=True)


def spectra(g):
    L = mx.linalg
    for dtype in ("float32", "float64", "complex64"):
        cx = dtype == "complex64"
        for name, a in [*symmetric_matrices(g.rng).items(), ("batch", g.rng.normal(size=(2, 3, 4, 4)))]:
            a = hermitian(complexed(g.rng, a)) if cx else a
            for uplo in ("L", "U"):
                g.case("linalg.eigh", [make(a, dtype)], [uplo], lambda x, u=uplo: L.eigh(x, u), matrix=name)
        for name, a in [*oblongs(g.rng).items(), ("batch", g.rng.normal(size=(2, 3, 4, 2)))]:
            g.case("linalg.svd", [make(complexed(g.rng, a) if cx else a, dtype)], [], L.svd, matrix=name)
        for name, a in [*general_matrices(g.rng).items(), ("batch", g.rng.normal(size=(2, 3, 4, 4)))]:
            g.case("linalg.eig", [make(complexed(g.rng, a) if cx else a, dtype)], [], L.eig, matrix=name)
