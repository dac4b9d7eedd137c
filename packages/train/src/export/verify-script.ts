// The Python script that checks Core ML packages against PyTorch, and shows which processor runs them.
import { literal } from './convert-script.js';
import type { CoreMlFacts } from './coreml.js';

/** Text of `verify_coreml.py`. */
export const verifyScript = (facts: CoreMlFacts): string => `#!/usr/bin/env python3
"""Checks the Core ML packages that convert_to_coreml.py wrote, and shows which processor runs them.

    pip install "coremltools==9.0" "numpy<2.4"
    python verify_coreml.py                      # every package beside this file; needs macOS 14 or later
    python verify_coreml.py --structure          # inputs, outputs and metadata alone; any system

For each package and choice of processors: the largest difference from PyTorch's logits, how often the likeliest token is the
same, the time of a prediction, and how many operations the Neural Engine, the GPU and the CPU are planned to run.
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = ${literal(facts.name)}
DESCRIPTION = ${literal(facts.description)}
VOCABULARY = ${facts.vocabulary}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", type=Path, nargs="*", help="packages (default: all of this checkpoint beside this file)")
    parser.add_argument("--structure", action="store_true", help="check inputs, outputs and metadata alone")
    parser.add_argument("--tolerance", type=float, default=0.02, help="largest difference over the largest logit (default: 0.02; int8: 0.2)")
    parser.add_argument("--agreement", type=float, default=0.98, help="share of equal likeliest tokens (default: 0.98; int8: 0.9)")
    parser.add_argument("--runs", type=int, default=100, help="timed predictions after 10 that are not (default: 100)")
    return parser.parse_args()


def dependencies():
    try:
        import coremltools
        import numpy
    except ImportError as error:
        sys.exit(f"verify_coreml.py needs coremltools and numpy: {error}")
    return coremltools, numpy


def structure(ct, np, path):
    """Faults of a package that can be seen without running it."""
    spec = ct.utils.load_spec(str(path))
    reference = np.load(path.with_suffix(".reference.npz"))
    length = reference["input_ids"].shape[1]
    inputs = {i.name: i.type.multiArrayType for i in spec.description.input}
    outputs = {o.name: o.type.multiArrayType for o in spec.description.output}
    array = ct.proto.FeatureTypes_pb2.ArrayFeatureType
    faults = []
    if spec.WhichOneof("Type") != "mlProgram":
        faults.append(f"it must be an ML Program, got {spec.WhichOneof('Type')}")
    if list(inputs) != ["input_ids"] or list(outputs) != ["logits"]:
        return faults + [f"it must map input_ids to logits, got {list(inputs)} and {list(outputs)}"]
    if inputs["input_ids"].dataType != array.INT32 or list(inputs["input_ids"].shape) != [1, length]:
        faults.append(f"input_ids must be int32 (1, {length}), got {list(inputs['input_ids'].shape)}")
    flexible = inputs["input_ids"].WhichOneof("ShapeFlexibility") is not None
    if not flexible and list(outputs["logits"].shape) != [1, length, VOCABULARY]:
        faults.append(f"logits must be (1, {length}, {VOCABULARY}), got {list(outputs['logits'].shape)}")
    if spec.description.metadata.shortDescription != DESCRIPTION:
        faults.append("it must carry its description")
    return faults


def planned(ct, package, units):
    """How many operations each processor is planned to run."""
    from coremltools.models.compute_plan import MLComputePlan

    plan = MLComputePlan.load_from_path(path=package.get_compiled_model_path(), compute_units=units)
    counts = {}
    for operation in plan.model_structure.program.functions["main"].block.operations:
        usage = plan.get_compute_device_usage_for_mlprogram_operation(operation)
        if usage is not None:
            kind = type(usage.preferred_compute_device).__name__.removeprefix("ML").removesuffix("ComputeDevice")
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def predictions(ct, np, path, args):
    """Prints a line for each choice of processors. Returns what is out of tolerance."""
    reference = np.load(path.with_suffix(".reference.npz"))
    inputs, wanted = {"input_ids": reference["input_ids"]}, reference["logits"]
    int8 = path.stem.endswith("-int8")
    tolerance = 0.2 if int8 and args.tolerance == 0.02 else args.tolerance
    agreement = 0.9 if int8 and args.agreement == 0.98 else args.agreement
    faults = []
    for units in (ct.ComputeUnit.CPU_ONLY, ct.ComputeUnit.CPU_AND_NE, ct.ComputeUnit.ALL):
        package = ct.models.MLModel(str(path), compute_units=units)
        logits = package.predict(inputs)["logits"]
        error = float(np.abs(logits - wanted).max() / np.abs(wanted).max())
        same = float((logits.argmax(-1) == wanted.argmax(-1)).mean())
        times = []
        for run in range(10 + args.runs):
            start = time.perf_counter()
            package.predict(inputs)
            if run >= 10:
                times.append(1000 * (time.perf_counter() - start))
        line = f"error {error:.1e}, same token {100 * same:.1f} %, {np.mean(times):.2f} ms +- {np.std(times):.2f}"
        print(f"  {units.name}: {line}, planned {planned(ct, package, units)}")
        if not (error <= tolerance and same >= agreement):
            faults.append(f"{units.name}: logits must agree with PyTorch, got error {error:.1e} and {100 * same:.1f} % of tokens")
    return faults


def main():
    args = arguments()
    ct, np = dependencies()
    packages = args.packages or sorted(HERE.glob(f"{NAME}-*.mlpackage"))
    if not packages:
        sys.exit(f"no packages of {NAME} in {HERE}: run convert_to_coreml.py first")
    if not args.structure and sys.platform != "darwin":
        sys.exit("predictions need macOS; --structure checks what can be checked here")
    faults = []
    for path in packages:
        print(path.name)
        found = structure(ct, np, path)
        if not found and not args.structure:
            found = predictions(ct, np, path, args)
        faults += [f"{path.name}: {fault}" for fault in found]
    if faults:
        sys.exit(chr(10).join(faults))
    print("as it should be")


if __name__ == "__main__":
    main()
`;
