"""Trains the story model on CPU: warm up, hold the rate, then let it fall to zero over the last part of the run.

The run ends at --steps or after --minutes, whichever is first; the falling part follows the one that is nearer.
"""

import argparse
import functools
import json
import time
from pathlib import Path

import jax
import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

import corpus
import export
import model

TRAIN_SEED, VALIDATION_SEED = 7, 1007
WARMUP, HOLD = 80, 0.5
# A token rarer than RARE that the story has already used (a name, a color, the thing wished for) counts REPEAT times.
RARE, REPEAT = 0.005, 3.0
# Steps up to which all rows are drills, and from which on none are.
DRILLS = 200, 600


class Rows:
    """Rows of `length` tokens: whole stories between <s> and </s>, the last one cut where the row ends."""

    def __init__(self, tokenizer: Tokenizer, seed: int, length: int):
        self.tokenizer, self.seed, self.length, self.index = tokenizer, seed, length, 0
        counts = np.zeros(model.CONFIG["vocab_size"])
        for i in range(1000):
            np.add.at(counts, tokenizer.encode(corpus.story(TRAIN_SEED, i)).ids, 1)
        self.rare = counts / counts.sum() < RARE

    def row(self, kind=corpus.story) -> list[int]:
        tokens: list[int] = []
        while len(tokens) < self.length:
            tokens += self.tokenizer.encode(kind(self.seed, self.index)).ids + [model.CONFIG["eos_token_id"]]
            self.index += 1
        return tokens[: self.length]

    def batch(self, size: int, drills: int = 0) -> np.ndarray:
        kinds = [corpus.drill] * drills + [corpus.story] * (size - drills)
        return np.array([self.row(kind) for kind in kinds], np.int32)

    def repeats(self, rows: np.ndarray) -> np.ndarray:
        """Which of rows[:, 1:] are rare tokens that their story has already used."""
        found = np.zeros((rows.shape[0], rows.shape[1] - 1), bool)
        for r, row in enumerate(rows):
            seen: set[int] = set()
            for i, token in enumerate(row[1:].tolist()):
                if token == model.CONFIG["bos_token_id"]:
                    seen = set()
                found[r, i] = token in seen and self.rare[token]
                seen.add(token)
        return found


def drill_rows(step: int, batch: int) -> int:
    """Only drills at first, then fewer and fewer rows of them."""
    return round(batch * min(1.0, max(0.0, 1 - (step - DRILLS[0]) / (DRILLS[1] - DRILLS[0]))))


def rate_at(step: int, done: float, peak: float) -> float:
    if step <= WARMUP:
        return peak * step / WARMUP
    return peak * min(1.0, max(0.0, (1 - done) / (1 - HOLD)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("../../examples/llama/model"), help="has tokenizer.json; gets the weights")
    parser.add_argument("--run", type=Path, default=Path("build"), help="folder of the log and the checkpoints")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=100, help="steps between validations and checkpoints")
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from, with fresh optimizer state and no drills")
    parser.add_argument("--first-story", type=int, default=0, help="where in the corpus to begin, to go on with stories not seen")
    args = parser.parse_args()

    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    if tokenizer.get_vocab_size() != model.CONFIG["vocab_size"]:
        raise SystemExit(f"the tokenizer has {tokenizer.get_vocab_size()} tokens, the model {model.CONFIG['vocab_size']}")
    args.run.mkdir(parents=True, exist_ok=True)
    train_rows = Rows(tokenizer, TRAIN_SEED, args.length + 1)
    held_out = Rows(tokenizer, VALIDATION_SEED, args.length + 1).batch(16)
    held_repeats = train_rows.repeats(held_out).astype(np.float32)

    train_rows.index = args.first_story
    params = load_file(args.start) if args.start else model.init(model.CONFIG, args.seed)
    first = {name: np.zeros_like(value) for name, value in params.items()}
    second = {name: np.zeros_like(value) for name, value in params.items()}
    step_fn = jax.jit(functools.partial(model.adamw_step, config=model.CONFIG), donate_argnums=(0, 1, 2))
    loss_fn = jax.jit(functools.partial(model.loss_fn, config=model.CONFIG))
    print(f"{sum(value.size for value in params.values())} parameters", flush=True)

    start, losses, step, done = time.time(), [], 0, 0.0
    log = (args.run / "loss.jsonl").open("w")
    while done < 1:
        step += 1
        # Time may end the run early, so progress is the larger of the two fractions.
        done = max(step / args.steps, (time.time() - start) / 60 / args.minutes)
        rate = rate_at(step, done, args.rate)
        rows = train_rows.batch(args.batch, 0 if args.start else drill_rows(step, args.batch))
        params, first, second, loss = step_fn(params, first, second, rows, 1 + (REPEAT - 1) * train_rows.repeats(rows), rate, float(step))
        losses.append(float(loss))
        if step % args.every == 0 or done >= 1 or step == 20:
            validation = float(loss_fn(params, held_out, np.ones_like(held_repeats)))
            repeats = float(loss_fn(params, held_out, held_repeats))
            entry = {"step": step, "rate": round(rate, 7), "train_weighted": round(float(np.mean(losses)), 4)}
            entry |= {"validation": round(validation, 4), "validation_repeats": round(repeats, 4)}
            entry |= {"stories": train_rows.index, "minutes": round((time.time() - start) / 60, 2)}
            losses = []
            print(json.dumps(entry), flush=True)
            log.write(json.dumps(entry) + "\n")
            log.flush()
            save_file({name: np.asarray(value) for name, value in params.items()}, args.run / "checkpoint.safetensors")
    export.export(params, args.model)
    print(f"{train_rows.index - args.first_story} texts, {step * args.batch * args.length} tokens seen")


if __name__ == "__main__":
    main()
