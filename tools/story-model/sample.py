"""Loads the shipped model with mlx-lm and prints stories: greedy, then sampled."""

import argparse

import mlx.core as mx
import mlx_lm
from mlx_lm.sample_utils import make_sampler

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", default="../../examples/llama/model")
parser.add_argument("--prompt", action="append", help="may be given more than once")
parser.add_argument("--temperature", type=float, action="append")
parser.add_argument("--top-p", type=float, default=0.95)
parser.add_argument("--max-tokens", type=int, default=240)
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()

model, tokenizer = mlx_lm.load(args.model)
for prompt in args.prompt or ["Once upon a time", "Lily had a little", "One day"]:
    for temperature in args.temperature or [0.0, 0.7]:
        mx.random.seed(args.seed)
        sampler = make_sampler(temperature, args.top_p)
        text = mlx_lm.generate(model, tokenizer, prompt, max_tokens=args.max_tokens, sampler=sampler)
        print(f"--- temperature {temperature}, top-p {args.top_p}, seed {args.seed}\n{prompt}{text}\n")
