"""Random numbers, bit for bit: explicit keys, and the stream of the global seed."""

import math

import mlx.core as mx
import numpy as np

from cases_common import DEFAULT, DTYPES, R0, R1, R2, make, sample

MASK = 0xFFFFFFFF
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(key, x, y):
    """Threefry-2x32 with 20 rounds (Salmon et al., 2011), as MLX uses it."""
    schedule = [key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA]
    x, y = (x + schedule[0]) & MASK, (y + schedule[1]) & MASK
    for block in range(5):
        for turn in ROTATIONS[block % 2]:
            x = (x + y) & MASK
            y = ((y << turn | y >> (32 - turn)) & MASK) ^ x
        x = (x + schedule[(block + 1) % 3]) & MASK
        y = (y + schedule[(block + 2) % 3] + block + 1) & MASK
    return x, y


def bits(key, count, width):
    """MLX's random bits; the Python package has no binding of its own for them."""
    size = (count * width + 3) // 4
    half, odd = size // 2, size & 1
    words = [0] * size
    for i in range(half):
        words[i], words[i + half + odd] = threefry(key, i, i + half + odd)
    if odd:
        words[half] = threefry(key, half, 0)[0]
    data = np.array(words, dtype="<u4").tobytes()[: count * width]
    return np.frombuffer(data, dtype={1: "<u1", 2: "<u2", 4: "<u4"}[width])


def check_bits():
    """`bits` against what MLX does expose: splitting a key draws 32-bit words."""
    for seed in (0, 1, 7, 2**32 + 5):
        for count in (1, 2, 5):
            want = np.array(mx.random.split(mx.random.key(seed), count)).ravel()
            got = bits((seed >> 32 & MASK, seed & MASK), 2 * count, 4)
            assert (want == got).all()


def random(g):
    check_bits()
    for seed in (0, 1, 42, 2**32 + 5, 2**53 - 1):
        g.case("random.key", [], [seed], lambda s=seed: mx.random.key(s))
    key0, key1 = mx.random.key(0), mx.random.key(12345)
    for key in (key0, key1):
        for count in (2, 1, 3, 5):
            g.case("random.split", [key], [count], lambda k, n=count: mx.random.split(k, n))
        g.case("random.split", [key], [], mx.random.split)
    for seed in (0, 1, 77):
        key = mx.random.key(seed)
        for width in (1, 2, 4):
            for dims in [[], [1], [2], [3], [7], [4, 5], [0], [33], [2, 3, 5]]:
                count = math.prod(dims)
                dtype = {1: "uint8", 2: "uint16", 4: "uint32"}[width]
                values = make(bits((seed >> 32, seed), count, width).reshape(dims), dtype)
                g.case("random.bits", [key], [dims, width, R0], lambda k, v=values: v)
    uniforms(g, key0, key1)
    normals(g, key0, key1)
    discrete(g, key0, key1)
    stream(g)


def uniforms(g, key0, key1):
    for dtype in ("float32", "float16", "bfloat16"):
        for dims in [[], [1], [3], [257], [4, 5], [0], [2, 3, 4]]:
            for low, high in [(0, 1), (-2.5, 4.0)]:
                args = [low, high, dims, DTYPES[dtype], R0]
                run = lambda k, a=low, b=high, s=dims, d=dtype: mx.random.uniform(a, b, s, DTYPES[d], k)
                g.case("random.uniform", [key1], args, run)
    low, high = make([0, 10, -5], "float32"), make([1, 20, 5], "float32")
    g.case("random.uniform", [key0, low, high], [R1, R2, [3], DTYPES["float32"], R0], lambda k, a, b: mx.random.uniform(a, b, [3], mx.float32, k))
    g.case("random.uniform", [key0, low, high], [R1, R2, [4, 3], DTYPES["float32"], R0], lambda k, a, b: mx.random.uniform(a, b, [4, 3], mx.float32, k))
    g.case("random.uniform", [key0, make([[0], [5]], "float32")], [R1, 10, [2, 3], DTYPES["float32"], R0], lambda k, a: mx.random.uniform(a, 10, [2, 3], mx.float32, k))
    g.case("random.uniform", [key0], [0, 1, [3], DEFAULT, R0], lambda k: mx.random.uniform(0, 1, [3], key=k))
    g.case("random.uniform", [key0], [0, 1, [3], DTYPES["int32"], R0], lambda k: mx.random.uniform(0, 1, [3], mx.int32, k), raises=True)
    g.case("random.uniform", [key0, low], [R1, 1, [4], DTYPES["float32"], R0], lambda k, a: mx.random.uniform(a, 1, [4], mx.float32, k), raises=True)
    for dims in [[5], [2, 3]]:
        g.case("random.gumbel", [key0], [dims, DTYPES["float32"], R0], lambda k, s=dims: mx.random.gumbel(s, mx.float32, k))


def normals(g, key0, key1):
    for dtype in ("float32", "float16", "bfloat16"):
        for dims in [[], [3], [257], [4, 5], [0]]:
            g.case("random.normal", [key1], [dims, DTYPES[dtype], 0, 1, R0], lambda k, s=dims, d=dtype: mx.random.normal(s, DTYPES[d], 0, 1, k))
        g.case("random.normal", [key0], [[6], DTYPES[dtype], 2.0, 0.5, R0], lambda k, d=dtype: mx.random.normal([6], DTYPES[d], 2.0, 0.5, k))
        g.case("random.gumbel", [key0], [[9], DTYPES[dtype], R0], lambda k, d=dtype: mx.random.gumbel([9], DTYPES[d], k))
        for low, high in [(-2.0, 2.0), (0.5, 3.0), (-10.0, 10.0)]:
            g.case("random.truncatedNormal", [key0], [low, high, [17], DTYPES[dtype], R0], lambda k, a=low, b=high, d=dtype: mx.random.truncated_normal(a, b, [17], DTYPES[d], k))
        g.case("random.laplace", [key0], [[17], DTYPES[dtype], 1.0, 2.0, R0], lambda k, d=dtype: mx.random.laplace([17], DTYPES[d], 1.0, 2.0, k))
    loc, scale = make([0, 100, -3], "float32"), make([1, 2, 0.1], "float32")
    g.case("random.normal", [key0, loc, scale], [[2, 3], DTYPES["float32"], R1, R2, R0], lambda k, m, s: mx.random.normal([2, 3], mx.float32, m, s, k))
    low, high = make([-1, 0], "float32"), make([1, 5], "float32")
    g.case("random.truncatedNormal", [key0, low, high], [R1, R2, DEFAULT, DTYPES["float32"], R0], lambda k, a, b: mx.random.truncated_normal(a, b, None, mx.float32, k))


def discrete(g, key0, key1):
    for dtype in ("int32", "uint8", "int64", "uint32", "int8"):
        for low, high in [(0, 10), (-5, 5), (0, 100)] if dtype[0] == "i" else [(0, 10), (3, 200)]:
            for dims in [[], [17], [3, 4]]:
                args = [low, high, dims, DTYPES[dtype], R0]
                g.case("random.randint", [key1], args, lambda k, a=low, b=high, s=dims, d=dtype: mx.random.randint(a, b, s, DTYPES[d], k))
    low, high = make([0, 10], "int32"), make([5, 100], "int32")
    g.case("random.randint", [key0, low, high], [R1, R2, [3, 2], DTYPES["int32"], R0], lambda k, a, b: mx.random.randint(a, b, [3, 2], mx.int32, k))
    g.case("random.randint", [key0], [0, 5, [3], DTYPES["float32"], R0], lambda k: mx.random.randint(0, 5, [3], mx.float32, k), raises=True)
    for p in (0.0, 0.25, 0.5, 0.8, 1.0):
        for dims in [[16], [3, 5], []]:
            g.case("random.bernoulli", [key0], [p, dims, R0], lambda k, p=p, s=dims: mx.random.bernoulli(p, s, k))
    probabilities = make([0.1, 0.5, 0.8], "float32")
    g.case("random.bernoulli", [key0, probabilities], [R1, DEFAULT, R0], lambda k, p: mx.random.bernoulli(p, None, k))
    g.case("random.bernoulli", [key0, probabilities], [R1, [4, 3], R0], lambda k, p: mx.random.bernoulli(p, [4, 3], k))
    for dims in [(5, 20), (3, 4, 6), (7,), (1, 50), (1000,)]:
        logits = sample(g.rng, "float32", dims)
        g.case("random.categorical", [key0, logits], [R1, -1, DEFAULT, DEFAULT, R0], lambda k, x: mx.random.categorical(x, -1, key=k))
        g.case("random.categorical", [key1, logits], [R1, -1, DEFAULT, 8, R0], lambda k, x: mx.random.categorical(x, -1, num_samples=8, key=k))
    logits = sample(g.rng, "float32", (5, 20))
    g.case("random.categorical", [key0, logits], [R1, 0, DEFAULT, DEFAULT, R0], lambda k, x: mx.random.categorical(x, 0, key=k))
    g.case("random.categorical", [key0, logits], [R1, -1, [4, 5], DEFAULT, R0], lambda k, x: mx.random.categorical(x, -1, shape=[4, 5], key=k))
    masked = make([[-math.inf, 0.0, -math.inf, 1.0], [5.0, -math.inf, -math.inf, -math.inf]], "float32")
    g.case("random.categorical", [key0, masked], [R1, -1, DEFAULT, 6, R0], lambda k, x: mx.random.categorical(x, -1, num_samples=6, key=k))
    for n in (1, 5, 20):
        g.case("random.permutation", [key0], [n, 0, R0], lambda k, n=n: mx.random.permutation(n, key=k))
    for axis in (0, 1):
        x = sample(g.rng, "float32", (6, 5))
        g.case("random.permutation", [key0, x], [R1, axis, R0], lambda k, x, a=axis: mx.random.permutation(x, a, k))


def stream(g):
    """Draws without a key after `seed`: each one takes the next key of the global stream."""
    steps = [
        ["random.uniform", [0, 1, [3]]],
        ["random.normal", [[2, 2]]],
        ["random.uniform", []],
        ["random.randint", [0, 100, [4]]],
        ["random.bernoulli", [0.5, [6]]],
        ["random.gumbel", [[3]]],
        ["random.normal", []],
    ]
    calls = {
        "random.uniform": mx.random.uniform,
        "random.normal": mx.random.normal,
        "random.randint": mx.random.randint,
        "random.bernoulli": mx.random.bernoulli,
        "random.gumbel": mx.random.gumbel,
    }
    for seed in (0, 3, 744, 2**40 + 1):

        def run(s=seed):
            mx.random.seed(s)
            return [calls[op](*args) for op, args in steps]

        g.case("random.stream", [], [seed, steps], run)
