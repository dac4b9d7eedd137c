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
        ids = tokenizer.encode(prompt)
        steps = mlx_lm.stream_generate(model, tokenizer, ids, max_tokens=args.max_tokens, sampler=sampler)
        # The prompt is decoded with the rest, since a text decoded alone loses the space it begins with.
        text = tokenizer.decode(ids + [step.token for step in steps], skip_special_tokens=True)
        print(f"--- temperature {temperature}, top-p {args.top_p}, seed {args.seed}\n{text}\n")
