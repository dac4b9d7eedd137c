// Activations as layers; the formulas stand at the functions.
import { full } from '../ops/creation.js';
import { LanewiseError } from '../tensor/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import * as f from './activations.js';
import { checkSizes } from './checks.js';
import { Module } from './module.js';

/** `sigmoid` as a layer. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return f.sigmoid(x);
  }
}
/** `tanh` as a layer. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return f.tanh(x);
  }
}
/** `relu` as a layer. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return f.relu(x);
  }
}
/** `relu2` as a layer. */
export class ReLU2 extends Module {
  forward(x: Tensor): Tensor {
    return f.relu2(x);
  }
}
/** `relu6` as a layer. */
export class ReLU6 extends Module {
  forward(x: Tensor): Tensor {
    return f.relu6(x);
  }
}
/** `softplus` as a layer. */
export class Softplus extends Module {
  forward(x: Tensor): Tensor {
    return f.softplus(x);
  }
}
/** `softsign` as a layer. */
export class Softsign extends Module {
  forward(x: Tensor): Tensor {
    return f.softsign(x);
  }
}
/** `silu` as a layer. */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return f.silu(x);
  }
}
/** `logSigmoid` as a layer. */
export class LogSigmoid extends Module {
  forward(x: Tensor): Tensor {
    return f.logSigmoid(x);
  }
}
/** `mish` as a layer. */
export class Mish extends Module {
  forward(x: Tensor): Tensor {
    return f.mish(x);
  }
}
/** `hardswish` as a layer. */
export class Hardswish extends Module {
  forward(x: Tensor): Tensor {
    return f.hardswish(x);
  }
}
/** `selu` as a layer. */
export class SELU extends Module {
  forward(x: Tensor): Tensor {
    return f.selu(x);
  }
}
/** `leakyRelu` as a layer. */
export class LeakyReLU extends Module {
  constructor(readonly negativeSlope: number = 0.01) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.leakyRelu(x, this.negativeSlope);
  }
}
/** `elu` as a layer. */
export class ELU extends Module {
  constructor(readonly alpha: number = 1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.elu(x, this.alpha);
  }
}
/** `celu` as a layer. */
export class CELU extends Module {
  constructor(readonly alpha: number = 1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.celu(x, this.alpha);
  }
}
/** `softshrink` as a layer. */
export class Softshrink extends Module {
  constructor(readonly lambda: number = 0.5) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.softshrink(x, this.lambda);
  }
}
/** `hardShrink` as a layer. */
export class HardShrink extends Module {
  constructor(readonly lambda: number = 0.5) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.hardShrink(x, this.lambda);
  }
}
/** `hardTanh` as a layer. */
export class HardTanh extends Module {
  constructor(
    readonly low: number = -1,
    readonly high: number = 1,
  ) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.hardTanh(x, this.low, this.high);
  }
}
/** `step` as a layer. */
export class Step extends Module {
  constructor(readonly threshold: number = 0) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.step(x, this.threshold);
  }
}
/** `softmax` as a layer. */
export class Softmax extends Module {
  constructor(readonly axis: number = -1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.softmax(x, this.axis);
  }
}
/** `softmin` as a layer. */
export class Softmin extends Module {
  constructor(readonly axis: number = -1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.softmin(x, this.axis);
  }
}
/** `logSoftmax` as a layer. */
export class LogSoftmax extends Module {
  constructor(readonly axis: number = -1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.logSoftmax(x, this.axis);
  }
}
/** `glu` as a layer: half as many elements along the axis. */
export class GLU extends Module {
  constructor(readonly axis: number = -1) {
    super();
  }
  forward(x: Tensor): Tensor {
    return f.glu(x, this.axis);
  }
}
/** `prelu` with a slope per channel, or one for all. */
export class PReLU extends Module {
  /** (numParameters) */
  weight: Tensor;

  /** @throws ShapeError unless the number is a positive integer */
  constructor(numParameters: number = 1, init: number = 0.25) {
    super();
    checkSizes('nn.PReLU', { numParameters });
    this.weight = full([numParameters], init);
  }
  /** @throws ShapeError unless the last axis of `x` has as many elements as there are slopes, of which one serves all */
  forward(x: Tensor): Tensor {
    return f.prelu(x, this.weight);
  }
}

const gelus = { none: f.gelu, precise: f.geluApprox, tanh: f.geluApprox, fast: f.geluFastApprox };
/** `gelu`; `geluApprox` for `'tanh'` and `'precise'`, `geluFastApprox` for `'fast'`. */
export class GELU extends Module {
  /** @throws LanewiseError for an unknown approximation */
  constructor(readonly approx: keyof typeof gelus = 'none') {
    super();
    if (!Object.hasOwn(gelus, approx))
      throw new LanewiseError(
        `[nn.GELU] the approximation must be one of ${Object.keys(gelus).join(', ')}, got ${String(approx)}`,
      );
  }
  forward(x: Tensor): Tensor {
    return gelus[this.approx](x);
  }
}
