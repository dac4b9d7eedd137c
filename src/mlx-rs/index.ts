/**
 * mlx-rs's own modules, names, argument order and defaults: the export path is the Rust path. `mlx_rs::ops::indexing::take_axis` is
 * `ops.indexing.take_axis`, `Array::mean_axis` is `Array.prototype.mean_axis`.
 *
 * `Option<T>` is `T | null | undefined`, `Result<T>` throws, tuples are arrays, a `HashMap` is a `Map`, `&[i32]` is `number[]`.
 */
import '../slim.js';
import './error.js';
import * as fastModule from './fast.js';
import * as fftModule from './fft.js';
import * as linalgModule from './linalg.js';
import * as opsModule from './ops/index.js';
import * as indexingModule from './ops/indexing.js';
import * as randomModule from './random.js';
import { withDevice, type WithDevice } from './device-variants.js';
import './methods.js';

export { Array, array, complex64, f32, i32, type Data, type Operand, type Opt } from './array.js';
export { Dtype } from './dtype.js';
export {
  Device,
  DeviceType,
  Stream,
  StreamOrDevice,
  task_local_default_stream,
  with_new_default_stream,
} from './device.js';
export type { StreamLike } from './device.js';
export { stop_gradient, stop_gradient_device } from './transforms.js';
export * as error from './error.js';
export * as builder from './builder.js';
export * as losses from './losses.js';
export * as mlx_lm from './mlx-lm.js';
export * as module from './module.js';
export * as nested from './nested.js';
export * as nn from './nn/index.js';
export * as optimizers from './optimizers/index.js';
export * as quantization from './quantization.js';
export * as transforms from './transforms.js';
export type * as utils from './utils.js';

/** `mlx_rs::ops::indexing` */
type Indexing = WithDevice<typeof indexingModule>;
const places = ['range', 'range_from', 'range_to', 'range_inclusive', 'range_to_inclusive', 'range_full', 'toCore'];
const indexing: Indexing = withDevice(indexingModule, places);
/** `mlx_rs::ops` */
export const ops: WithDevice<typeof opsModule> & { readonly indexing: Indexing } = {
  ...withDevice(opsModule),
  indexing,
};
/** `mlx_rs::random` */
export const random: WithDevice<typeof randomModule> = withDevice(randomModule, ['seed', 'key', 'with_random_state']);
/** `mlx_rs::linalg` */
export const linalg: WithDevice<typeof linalgModule> = withDevice(linalgModule);
/** `mlx_rs::fft` */
export const fft: WithDevice<typeof fftModule> = withDevice(fftModule);
/** `mlx_rs::fast` */
export const fast: WithDevice<typeof fastModule> = withDevice(fastModule);
