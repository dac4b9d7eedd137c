"""Fourier transforms. Results are judged against the largest magnitude of each, which `scale` gives."""

import math

import mlx.core as mx
import numpy as np

from cases_common import ALL, DEFAULT, R0, R1, make, sample, wide

NORMS = ["backward", "ortho", "forward"]


def record(g, op, x, args, run, **extra):
    """One case, its error measured in rounding units of the result's largest magnitude."""
    size = np.abs(wide(run(x)))
    scale = float(np.max(size[np.isfinite(size)], initial=0))
    g.case(f"fft.{op}", [x], args, run, scale=scale, **extra)


def one(g, op, x, *args):
    f = getattr(mx.fft, op)
    names = ["n", "axis", "norm"] if op in ("fft", "ifft", "rfft", "irfft") else ["s", "axes", "norm"]
    given = {k: v for k, v in zip(names, args) if v is not DEFAULT}
    record(g, op, x, list(args), lambda a: f(a, **given))


def lengths(g):
    for n in range(1, 65):
        # one input of a length serves all four: rfft takes its real part, irfft the half that it needs
        z = sample(g.rng, "complex64", (n,))
        for op, value, args in [("fft", z, []), ("ifft", z, []), ("rfft", z, []), ("irfft", z, [n])]:
            f = getattr(mx.fft, op)
            record(g, op, value, args, lambda a, f=f, args=args: f(a, *args), dense=True)
    for n in [67, 97, 101, 128, 250]:
        z = sample(g.rng, "complex64", (n,))
        one(g, "fft", z)
        one(g, "rfft", z)
        one(g, "irfft", z, n)


def axes(g):
    for shape in [(2, 3, 4), (5, 8), (6, 7, 2), (3, 16), (17, 3)]:
        z = sample(g.rng, "complex64", shape)
        x = sample(g.rng, "float32", shape)
        for axis in range(-len(shape), 1):
            size = shape[axis]
            for n in [None, size + 3, max(1, size - 2)]:
                if axis == 0 and n is not None:
                    continue
                for op, value in [("fft", z), ("rfft", x), *([("ifft", z)] if len(shape) > 2 else [])]:
                    one(g, op, value, n, axis)
                if n is not None or size > 1:
                    one(g, "irfft", z, n, axis)
                if axis == -1 and n is None:
                    one(g, "irfft", z, 2 * size + 1, axis)
    for norm in NORMS:
        for op in ("fft", "ifft", "rfft", "irfft"):
            for n in (None, 5) if norm == "ortho" else (None,):
                one(g, op, sample(g.rng, "float32" if op == "rfft" else "complex64", (2, 6)), n, -1, norm)
                one(g, op, sample(g.rng, "float32" if op == "rfft" else "complex64", (6, 2)), n, 0, norm)


def grids(g):
    inputs = {}
    for suffix in ("2", "n"):
        for op in ("fft", "ifft", "rfft", "irfft"):
            for shape, rest in [
                ((3, 4), []),
                ((2, 5, 6), []),
                ((2, 3, 8), [None, [0, 2]]),
                ((2, 3, 8), [None, [-1, 0]]),
                ((3, 4, 5), [None, [2, 0, 1]]),
                ((4, 6), [[3, 8], [0, 1]]),
                ((4, 6), [[7, 3], [1, 0]]),
                ((4, 6), [None, [1]]),
                ((4, 6), [[5], [-2]]),
                ((3, 2, 4), [None, None]),
                ((4, 6), [None, []]),
                ((4, 6), [None, [0, 1], "ortho"]),
                ((4, 6), [[5, 7], [0, 1], "forward"]),
                ((2, 9, 10), [None, [1, 2], "backward"]),
            ]:
                # the two differ in their default axes only
                if suffix == "2" and len(rest) > 1 and rest[1]:
                    continue
                if shape not in inputs:
                    inputs[shape] = sample(g.rng, "complex64", shape)
                one(g, op + suffix, inputs[shape], *rest)


def dtypes(g):
    for dtype in ALL:
        x = sample(g.rng, dtype, (3, 6))
        for op in ("fft", "rfft", "irfft"):
            one(g, op, x, DEFAULT, 1)
        g.case("fft.fftshift", [x], [], mx.fft.fftshift)


def edges(g):
    for shape, args in [((0, 4), []), ((2, 0), [3]), ((0, 3), [2, -1]), ((2, 0, 3), []), ((0,), [2])]:
        for op in ("fft", "ifft", "rfft", "irfft"):
            one(g, op, make(np.zeros(shape), "complex64"), *args)
    one(g, "fftn", make(np.zeros((0, 3, 4)), "float32"), None, [1, 2])
    one(g, "irfft", sample(g.rng, "complex64", (2, 1)), 1)
    one(g, "irfft", sample(g.rng, "complex64", (2, 1)), 2)
    one(g, "fft", make([[3e38, 0, 0, 0, 0], [1e-40, 0, 0, 0, 0]], "float32"))
    nan = math.nan
    for n in (4, 7, 12):
        one(g, "fft", make([[nan] * n, [1] * n], "float32"))
        one(g, "rfft", make([[nan] * n, [1] * n], "float32"))
    for op, x, args in [
        ("fft", (2, 3), [0]),
        ("fft", (2, 3), [-1]),
        ("fft", (2, 3), [3, 2]),
        ("fft", (2, 3), [3, -3]),
        ("fft", (2, 0), []),
        ("fft", (), []),
        ("irfft", (2, 1), []),
        ("irfft", (2, 0), []),
        ("fft", (3,), [3, 0, "none"]),
        ("fft2", (3,), []),
        ("fft2", (3, 3), [[3]]),
        ("fftn", (3, 3), [[3, 3]]),
        ("fftn", (3, 3), [[3], [0, 1]]),
        ("fftn", (3, 3), [[3, 0], [0, 1]]),
        ("fftn", (3, 3), [None, [0, -2]]),
        ("rfftn", (3, 3), [None, [0, 2]]),
        ("irfftn", (3, 1), []),
        ("ifftn", (), []),
    ]:
        f = getattr(mx.fft, op)
        value = sample(g.rng, "float32", x) if 0 not in x else make(np.zeros(x), "float32")
        g.case(f"fft.{op}", [value], args, lambda a, f=f, args=args: f(a, *args), raises=True)


def frequencies(g):
    for n in [1, 2, 3, 4, 5, 31]:
        for d in [DEFAULT, 0.1, -0.5]:
            rest = [] if d is DEFAULT else [d]
            for op in ("fftfreq", "rfftfreq"):
                g.case(f"fft.{op}", [], [n, *rest], lambda f=getattr(mx.fft, op), n=n, rest=rest: f(n, *rest))
    for args in [[0], [-2], [3, 0.0]]:
        for op in ("fftfreq", "rfftfreq"):
            g.case(f"fft.{op}", [], args, lambda f=getattr(mx.fft, op), args=args: f(*args), raises=True)
    for op in ("fftshift", "ifftshift"):
        f = getattr(mx.fft, op)
        for shape, args in [((5,), []), ((6,), []), ((3, 4), []), ((3, 4), [0]), ((3, 4), [[-1]]), ((2, 3, 5), [[0, 2]]), ((3, 5), [[1, 1]]), ((), []), ((0, 3), []), ((4, 3), [[]])]:
            x = sample(g.rng, "float32", shape) if 0 not in shape else make(np.zeros(shape), "float32")
            g.case(f"fft.{op}", [x], args, lambda a, f=f, args=args: f(a, *args))
        g.case(f"fft.{op}", [sample(g.rng, "float32", (3, 4))], [2], lambda a, f=f: f(a, 2), raises=True)


CAMEL = {"n_fft": "nFft", "hop_length": "hopLength", "win_length": "winLength", "pad_mode": "padMode"}


def short(g, op, x, window=None, raises=None, **options):
    """A call of stft or istft; the window is an input of its own."""
    f = getattr(mx.fft, op)
    given = {CAMEL.get(k, k): v for k, v in options.items()}
    inputs = [x]
    run = lambda a: f(a, **options)
    if window is not None:
        given["window"] = R1
        inputs.append(window)
        run = lambda a, w: f(a, window=w, **options)
    scale = None
    if raises is None:
        result = wide(run(*inputs))
        scale = float(np.max(np.abs(result))) if result.size else None
    g.case(f"fft.{op}", inputs, [R0, given], run, scale=scale, raises=raises)


def frames(g):
    x = sample(g.rng, "float32", (14,))
    z = sample(g.rng, "complex64", (14,))
    w = make(g.rng.uniform(0.5, 1, 6), "float32")
    for options in [
        {"n_fft": 8},
        {"n_fft": 7, "hop_length": 3},
        {"n_fft": 1, "hop_length": 1},
        {"n_fft": 8, "hop_length": 30},
        {"n_fft": 8, "win_length": 6},
        {"n_fft": 8, "win_length": 5, "hop_length": 3},
        {"n_fft": 8, "hop_length": 3, "center": False},
        {"n_fft": 14, "hop_length": 3, "center": False},
        {"n_fft": 8, "onesided": False},
        *[{"n_fft": 8, "pad_mode": mode} for mode in ("reflect", "constant", "edge")],
        *[{"n_fft": 8, "norm": norm} for norm in NORMS],
    ]:
        short(g, "stft", x, **options)
        short(g, "stft", z, **options)
        if options.get("win_length", 6) == 6 and options["n_fft"] > 5:
            short(g, "stft", x, w, **options)
    short(g, "stft", sample(g.rng, "float32", (3, 20)), n_fft=10)
    short(g, "stft", z, n_fft=8, onesided=True)
    short(g, "stft", sample(g.rng, "float32", (2, 3, 1, 9)), n_fft=4, hop_length=2)
    for dtype in ALL:
        short(g, "stft", sample(g.rng, dtype, (12,)), n_fft=8)
    for dtype in ("float16", "float64", "int32", "bfloat16"):
        short(g, "stft", x, sample(g.rng, dtype, (6,)), n_fft=8)
    for options in [{"n_fft": 0}, {"n_fft": 3}, {"n_fft": 8, "hop_length": 0}, {"n_fft": 8, "win_length": 9}, {"n_fft": 15, "center": False}, {"n_fft": 8, "norm": "none"}, {"n_fft": 8, "pad_mode": "wrap"}]:
        short(g, "stft", x, raises=True, **options)
    short(g, "stft", x, sample(g.rng, "float32", (1, 6)), raises=True, n_fft=8)
    short(g, "stft", sample(g.rng, "float32", ()), raises=True, n_fft=8)

    s = mx.fft.stft(x, 8, 2)
    both = mx.fft.stft(z, 8, 2)
    for options in [
        {"hop_length": 2},
        {},
        {"n_fft": 8, "hop_length": 3},
        {"n_fft": 9, "hop_length": 2},
        {"n_fft": 4, "hop_length": 2},
        {"n_fft": 8, "hop_length": 10, "center": False},
        {"hop_length": 2, "center": False},
        *[{"hop_length": 2, "length": n} for n in (0, 9, 14, 16, 18, 19, 24)],
        {"hop_length": 2, "center": False, "length": 27},
        {"hop_length": 2, "win_length": 6},
        *[{"hop_length": 2, "norm": norm} for norm in NORMS],
    ]:
        short(g, "istft", s, **options)
        if options.get("n_fft", 8) > 5:
            short(g, "istft", s, w, **options)
    short(g, "istft", both, hop_length=2, onesided=False)
    short(g, "istft", both, n_fft=9, hop_length=2, onesided=False)
    short(g, "istft", mx.stack([s, 2 * s]), n_fft=8, hop_length=2)
    short(g, "istft", s[..., :1], n_fft=8, hop_length=2)
    short(g, "istft", sample(g.rng, "float32", (2, 5, 4)))
    short(g, "istft", s, sample(g.rng, "float64", (8,)), hop_length=2)
    # the smallest sum of squares that a sample is divided by
    short(g, "istft", s, make([0, 0.1, 1e-6, 1e-4, 2e-4, 1, 1, 1], "float32"), hop_length=8, center=False)
    for options in [{"n_fft": 0}, {"hop_length": 0}, {"n_fft": 8, "win_length": 9}, {"norm": "none"}]:
        short(g, "istft", s, raises=True, **options)
    short(g, "istft", s[0], raises=True)
    short(g, "istft", s[:1], raises=True)


def fft(g):
    lengths(g)
    axes(g)
    grids(g)
    dtypes(g)
    edges(g)
    frequencies(g)
    frames(g)
