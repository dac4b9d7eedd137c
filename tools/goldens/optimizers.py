"""Writes tests/goldens/optimizers/*.safetensors: what MLX's optimizers, schedules and clip_grad_norm give.

steps.safetensors holds the parameters after each of 20 steps of every optimizer with every option, on gradients that are given, and the
state after the last one. `__metadata__.cases` lists the calls in this library's names. Half types have gradients of the same dtype, and
each step is computed by MLX in float32 from half parameters, gradients and state, and rounded to the half type at its end: MLX itself
rounds every operation, so that the square of a small gradient is 0 in float16. The cases called `plain` are MLX's own.
"""

import json
import pathlib
import re

import mlx.core as mx
import mlx.optimizers as optim
import numpy as np
from mlx.utils import tree_flatten, tree_map_with_path, tree_unflatten

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "goldens" / "optimizers"
SEED = 20251121
STEPS = 20
mx.set_default_device(mx.cpu)
rng = np.random.default_rng(SEED)

shapes = {"w": (4, 6), "b": (5,), "tall": (6, 3), "conv": (2, 3, 2, 2)}
start = {k: rng.normal(size=s).astype(np.float32) for k, s in shapes.items()}
# one column of gradients is small, one element of them always zero
gradients = {k: (0.5 * rng.normal(size=(STEPS, *s))).astype(np.float32) for k, s in shapes.items()}
gradients["w"][:, :, 1] *= 1e-3
gradients["b"][:, 2] = 0

snake = lambda name: re.sub(r"(?<=[a-z])([A-Z0-9])", r"_\1", name).lower()


def learning_rate(x):
    return getattr(optim, snake(x["schedule"]))(*x["args"]) if isinstance(x, dict) else x


def make(name, options):
    kwargs = {snake(k): learning_rate(v) if k == "learningRate" else v for k, v in options.items()}
    return getattr(optim, name)(**kwargs)


tensors = {"gradients." + k: mx.array(v) for k, v in gradients.items()}
tensors |= {"start." + k: mx.array(v) for k, v in start.items()}
cases = []


def cast(tree, dtype):
    """The tree with its parameters and moments in a dtype; `step` and `learning_rate` stay."""
    own = ("step", "learning_rate")
    return tree_map_with_path(lambda k, x: x if k.split(".")[-1] in own else x.astype(dtype), tree)


def run(label, rule, params, dtype, plain=False, **entry):
    """20 steps; what they give goes under the label."""
    work = dtype if plain else mx.float32
    at = {k: mx.array(start[k]).astype(dtype) for k in params}
    steps = {k: [] for k in params}
    for t in range(STEPS):
        given = {k: mx.array(gradients[k][t]).astype(dtype) for k in params}
        rule.init(given)
        rule.state = cast(rule.state, work)
        at = cast(rule.apply_gradients(cast(given, work), cast(at, work)), dtype)
        rule.state = cast(rule.state, dtype)
        mx.eval(at, rule.state)
        for k in params:
            steps[k].append(at[k])
    for k in params:
        tensors[f"{label}.{k}"] = mx.stack(steps[k])
    for path, x in tree_flatten(rule.state):
        tensors[f"{label}.state.{path}"] = x
    cases.append({"label": label, "plain": plain, "params": params, "dtype": str(dtype).split(".")[-1], **entry})


def case(name, options, params=("w", "b"), dtype=mx.float32, plain=False):
    run(f"c{len(cases)}", make(name, options), list(params), dtype, plain, optimizer=name, options=options)


every = ("w", "b", "tall", "conv")
rate = {"learningRate": 0.05}
cosine = {"learningRate": {"schedule": "cosineDecay", "args": [0.1, 15]}}
f16, bf16 = mx.float16, mx.bfloat16

for dtype in (mx.float32, f16, bf16):
    case("SGD", rate, dtype=dtype)
    case("SGD", rate | {"momentum": 0.9, "weightDecay": 0.1, "nesterov": True}, dtype=dtype)
    case("RMSprop", rate, dtype=dtype)
    case("Adagrad", rate | {"eps": 1e-4}, dtype=dtype)
    case("AdaDelta", rate | {"eps": 1e-4}, dtype=dtype)
    case("Adam", rate | {"eps": 1e-4}, dtype=dtype)
    case("Adam", rate | {"eps": 1e-4, "biasCorrection": True}, dtype=dtype)
    case("AdamW", rate | {"eps": 1e-4, "weightDecay": 0.1, "biasCorrection": True}, dtype=dtype)
    case("Adamax", rate | {"eps": 1e-4}, dtype=dtype)
    case("Lion", rate | {"weightDecay": 0.1}, dtype=dtype)
    case("Muon", rate, every, dtype=dtype)
for dtype in (f16, bf16):
    for name in ("SGD", "RMSprop", "Adagrad", "AdaDelta", "Adam", "AdamW", "Adamax", "Muon"):
        more = {} if name in ("SGD", "Muon") else {"eps": 1e-2}
        case(name, rate | more, ("tall", "conv"), dtype, plain=True)
for options in (
    {"momentum": 0.9},
    {"momentum": 0.9, "dampening": 0.3},
    {"momentum": 0.9, "dampening": 0.3, "weightDecay": 0.1},
    {"momentum": 0.9, "nesterov": True},
    {"weightDecay": 0.1},
):
    case("SGD", rate | options)
case("SGD", cosine)
case("RMSprop", rate | {"alpha": 0.8, "eps": 1e-3})
case("Adagrad", rate)
case("AdaDelta", {"learningRate": 1.0})
case("AdaDelta", rate | {"rho": 0.7})
case("Adam", rate)
case("Adam", rate | {"betas": [0.8, 0.95]}, every)
case("Adam", cosine | {"biasCorrection": True})
case("AdamW", rate)
case("AdamW", cosine | {"weightDecay": 0.2}, every)
case("AdamW", rate | {"betas": [0.8, 0.95], "eps": 1e-6, "weightDecay": 0.1, "biasCorrection": True})
case("AdamW", rate | {"betas": [0.0, 0.0], "weightDecay": 0.0})
case("Adamax", rate)
case("Adamax", cosine | {"betas": [0.7, 0.9]})
case("Lion", rate)
case("Lion", cosine | {"betas": [0.8, 0.95], "weightDecay": 0.2})
for options in (
    {},
    {"warmupInit": True},
    {"beta1": 0.9},
    {"scaleParameter": False},
    {"weightDecay": 0.1, "clipThreshold": 0.5},
    {"eps": [1e-8, 1e-2], "decayRate": -0.5},
    rate | {"relativeStep": False},
    cosine | {"relativeStep": False, "scaleParameter": False, "beta1": 0.8, "weightDecay": 0.01},
):
    case("Adafactor", options, every)
case("Adafactor", {"eps": [1e-6, 1e-3]}, ("w", "b", "tall"), f16)
case("Adafactor", {}, ("w", "b", "tall"), bf16)
case("Muon", rate | {"nesterov": False, "weightDecay": 0.0}, every)
case("Muon", cosine | {"momentum": 0.8, "nsSteps": 3, "weightDecay": 0.1}, every)

parts = [["Muon", {"learningRate": 0.02}], ["Lion", {"learningRate": 0.01}], ["AdamW", cosine]]
multi = optim.MultiOptimizer(
    [make(*p) for p in parts], [lambda path, x: x.ndim == 2 and path != "tall", lambda path, x: path == "conv"]
)
run("multi", multi, list(every), mx.float32, optimizer="MultiOptimizer", options={"parts": parts})

OUT.mkdir(parents=True, exist_ok=True)
metadata = {"mlx": mx.__version__, "script": "tools/goldens/optimizers.py", "seed": str(SEED)}
mx.save_safetensors(str(OUT / "steps.safetensors"), tensors, metadata | {"cases": json.dumps(cases)})

# schedules
at = [*range(0, 26), 49, 50, 51, 99, 100, 101, 500, 999, 1000, 1001, 12345, 1_000_000]
schedules = [
    ["exponentialDecay", [0.1, 0.9]],
    ["exponentialDecay", [1, 1]],
    ["exponentialDecay", [1e-3, 0.9999]],
    ["stepDecay", [0.1, 0.9, 10]],
    ["stepDecay", [2, 0.5, 1]],
    ["cosineDecay", [0.1, 1000]],
    ["cosineDecay", [0.1, 1000, 0.01]],
    ["cosineDecay", [1, 7, 1]],
    ["linearSchedule", [0, 0.1, 100]],
    ["linearSchedule", [1, 1, 3]],
    ["linearSchedule", [3, -1, 4]],
    ["joinSchedules", [[["linearSchedule", [0, 0.1, 10]], ["cosineDecay", [0.1, 200]]], [10]]],
    [
        "joinSchedules",
        [
            [["linearSchedule", [1e-7, 0.1, 5]], ["exponentialDecay", [0.1, 0.99]], ["stepDecay", [0.05, 0.5, 20]]],
            [5, 50],
        ],
    ],
]


def schedule(name, args):
    if name == "joinSchedules":
        return optim.join_schedules([schedule(*s) for s in args[0]], args[1])
    # Python's numbers are floats in MLX's examples; whole ones would keep the dtype of the step
    args = [float(x) if i < 2 and name != "cosineDecay" else x for i, x in enumerate(args)]
    return getattr(optim, snake(name))(*args)


values = {"steps": mx.array(at, mx.uint64)}
for i, (name, args) in enumerate(schedules):
    f = schedule(name, args)
    values[f"s{i}"] = mx.stack([f(mx.array(t, mx.uint64)).astype(mx.float32) for t in at])
mx.save_safetensors(str(OUT / "schedules.safetensors"), values, metadata | {"cases": json.dumps(schedules)})

# clip_grad_norm
trees = [
    ({"a": (3, 4), "b": [{"c": (5,)}, {"c": ()}]}, mx.float32, [0.0, 0.5, 2.0, 1e6]),
    ({"a": (64, 9)}, f16, [0.25, 100.0]),
    ({"a": (8,), "b": (2, 2)}, bf16, [1.0]),
]
clips, calls = {}, []
for tree, dtype, norms in trees:
    size = 300 if dtype == f16 else 2  # the square of 300 overflows float16
    flat = tree_flatten(tree, is_leaf=lambda x: isinstance(x, tuple))
    grads = tree_unflatten([(k, mx.array(size * rng.normal(size=s)).astype(dtype)) for k, s in flat])
    for most in norms:
        clipped, norm = optim.clip_grad_norm(grads, most)
        i = len(calls)
        calls.append({"paths": [k for k, _ in tree_flatten(grads)], "maxNorm": most})
        clips |= {f"{i}.in.{k}": x for k, x in tree_flatten(grads)}
        clips |= {f"{i}.out.{k}": x for k, x in tree_flatten(clipped)}
        clips[f"{i}.norm"] = norm
mx.save_safetensors(str(OUT / "clip.safetensors"), clips, metadata | {"cases": json.dumps(calls)})
