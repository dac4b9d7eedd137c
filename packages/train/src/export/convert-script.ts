// The Python script that makes Core ML packages of a checkpoint.
import type { CoreMlFacts } from './coreml.js';

/** Text of `convert_to_coreml.py`. */
export const convertScript = (facts: CoreMlFacts): string => `#!/usr/bin/env python3
"""Converts the checkpoint in this folder to Core ML ML Programs, one for each sequence length.

    pip install "coremltools==9.0" "torch==2.7.0" "transformers>=4.45" "numpy<2.4"
    python convert_to_coreml.py                        # packages beside this file
    python convert_to_coreml.py --lengths 256 --int8
    python convert_to_coreml.py --flexible             # one package for any length up to the largest

Runs on macOS and on Linux; only macOS can run what it writes: see verify_coreml.py. Beside each package lies a .reference.npz
with the logits that PyTorch computes for some tokens.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = ${literal(facts.name)}
DESCRIPTION = ${literal(facts.description)}
AUTHOR = ${literal(facts.author)}
LICENSE = ${literal(facts.license)}
VOCABULARY = ${facts.vocabulary}
LENGTHS = ${literal(facts.lengths)}
LONGEST = ${facts.longest}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE, help="folder of the packages (default: this one)")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, help=f"sequence lengths (default: {LENGTHS})")
    parser.add_argument(
        "--flexible",
        action="store_true",
        help="one package for 1 up to the largest length; the Neural Engine prefers fixed shapes",
    )
    parser.add_argument("--int8", action="store_true", help="8-bit weights, a scale for each output channel")
    parser.add_argument("--float32", action="store_true", help="compute in float32, which the Neural Engine cannot")
    args = parser.parse_args()
    for length in args.lengths:
        if not 2 <= length <= LONGEST:
            parser.error(f"lengths must be 2 to {LONGEST}, the positions of the model, got {length}")
    return args


def dependencies():
    """Imported when needed: --help works without them, and what is missing is named."""
    try:
        import coremltools
        import numpy
        import torch
        import transformers
    except ImportError as error:
        sys.exit(f"convert_to_coreml.py needs coremltools, numpy, torch and transformers: {error}")
    return coremltools, numpy, torch, transformers


def traceable(torch, model, longest):
    """The model as a function of tokens alone that returns a tensor. Mask and positions are constants of the trace."""

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model
            # -1e4 and not -inf: float16 must hold it, and a sum with it
            future = torch.full((longest, longest), -1e4).triu(1)
            self.register_buffer("mask", future[None, None], persistent=False)
            self.register_buffer("positions", torch.arange(longest)[None], persistent=False)

        def forward(self, input_ids):
            n = input_ids.shape[1]
            return self.model(
                input_ids=input_ids,
                attention_mask=self.mask[:, :, :n, :n],
                position_ids=self.positions[:, :n],
                use_cache=False,
                return_dict=False,
            )[0]

    return Logits().eval()


def traced_with_reference(np, torch, model, length):
    """The trace for one length, tokens, and the logits of the untraced model."""
    ids = np.random.default_rng(0).integers(0, VOCABULARY, (1, length)).astype(np.int32)
    wrapped = traceable(torch, model, length)
    with torch.no_grad():
        logits = model(input_ids=torch.from_numpy(ids).long(), use_cache=False, return_dict=False)[0].numpy()
        traced = torch.jit.trace(wrapped, (torch.from_numpy(ids),), check_trace=False)
        error = np.abs(traced(torch.from_numpy(ids)).numpy() - logits).max() / np.abs(logits).max()
    if not error < 1e-3:
        sys.exit(f"the trace must compute what the model computes, got logits that are {error:.1e} apart")
    return traced, ids, logits


def main():
    args = arguments()
    ct, np, torch, transformers = dependencies()
    # eager attention: the other implementations trace into operators that coremltools does not know
    model = transformers.AutoModelForCausalLM.from_pretrained(HERE, attn_implementation="eager").float().eval()
    args.output.mkdir(parents=True, exist_ok=True)
    for length in [max(args.lengths)] if args.flexible else sorted(set(args.lengths)):
        traced, ids, logits = traced_with_reference(np, torch, model, length)
        axis = ct.RangeDim(lower_bound=1, upper_bound=length, default=length) if args.flexible else length
        package = ct.convert(
            traced,
            inputs=[ct.TensorType(name="input_ids", shape=(1, axis), dtype=np.int32)],
            outputs=[ct.TensorType(name="logits", dtype=np.float32)],
            convert_to="mlprogram",
            compute_precision=ct.precision.FLOAT32 if args.float32 else ct.precision.FLOAT16,
            compute_units=ct.ComputeUnit.ALL,
            minimum_deployment_target=ct.target.macOS14,
            skip_model_load=sys.platform != "darwin",
        )
        if args.int8:
            import coremltools.optimize.coreml as cto

            each = cto.OpLinearQuantizerConfig(mode="linear_symmetric", dtype="int8", granularity="per_channel")
            package = cto.linear_quantize_weights(package, config=cto.OptimizationConfig(global_config=each))
        # before it is saved: what is set later is lost
        package.short_description = DESCRIPTION
        package.author = AUTHOR
        package.license = LICENSE
        package.version = "1"
        kind = f"{'-flexible' if args.flexible else ''}-{length}{'-int8' if args.int8 else ''}"
        target = args.output / f"{NAME}{kind}.mlpackage"
        package.save(str(target))
        np.savez(target.with_suffix(".reference.npz"), input_ids=ids, logits=logits)
        print(target)


if __name__ == "__main__":
    main()
`;

/** Text or numbers as Python source, which takes JSON's. */
export const literal = (x: string | readonly number[]): string =>
  typeof x === 'string' ? JSON.stringify(x) : `[${x.join(', ')}]`;
