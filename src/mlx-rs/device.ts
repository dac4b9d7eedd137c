// Devices and streams. Everything runs on the default device; the types exist so that code which names them carries over.
import { defaultDevice, DTypeError } from '../slim.js';

/** `mlx_rs::DeviceType`. */
export const DeviceType = { Cpu: 'Cpu', Gpu: 'Gpu' } as const;
export type DeviceType = keyof typeof DeviceType;

/** `mlx_rs::Device`: a name. Ops run on Lanewise's default device, `lw.setDefaultDevice`, whichever is passed. */
export class Device {
  private static chosen: Device | null = null;
  constructor(
    private readonly type: DeviceType,
    private readonly index = 0,
  ) {}
  static new(device_type: DeviceType, index: number): Device {
    return new Device(device_type, index);
  }
  static cpu(): Device {
    return new Device('Cpu');
  }
  static gpu(): Device {
    return new Device('Gpu');
  }
  /** What `set_default` got, or the device that Lanewise runs on. */
  static try_default(): Device {
    return Device.chosen ?? (defaultDevice() === 'metal' ? Device.gpu() : Device.cpu());
  }
  static default(): Device {
    return Device.try_default();
  }
  /** Remembers `device` for `try_default`; where ops run stays with `lw.setDefaultDevice`. */
  static set_default(device: Device): void {
    Device.chosen = device;
  }
  get_index(): number {
    return this.index;
  }
  get_type(): DeviceType {
    return this.type;
  }
  equals(other: Device): boolean {
    return this.type === other.type && this.index === other.index;
  }
  toString(): string {
    return `Device(${this.type.toLowerCase()}, ${this.index})`;
  }
}

let scoped: Stream | null = null;
/** `mlx_rs::Stream`: a name. Evaluation is ordered by the graph, so streams order nothing here. */
export class Stream {
  constructor(readonly device: Device = Device.try_default()) {}
  /** The default stream of the default device. */
  static new(): Stream {
    return new Stream();
  }
  static new_with_device(device: Device): Stream {
    return new Stream(device);
  }
  static try_default_on_device(device: Device): Stream {
    return new Stream(device);
  }
  static task_local_or_default(): Stream {
    return scoped ?? new Stream();
  }
  static task_local_or_cpu(): Stream {
    return scoped ?? Stream.cpu();
  }
  static task_local_or_gpu(): Stream {
    return scoped ?? Stream.gpu();
  }
  static cpu(): Stream {
    return new Stream(Device.cpu());
  }
  static gpu(): Stream {
    return new Stream(Device.gpu());
  }
  get_index(): number {
    return 0;
  }
  toString(): string {
    return `Stream(${String(this.device)}, 0)`;
  }
}
/** `mlx_rs::StreamOrDevice`. */
export class StreamOrDevice {
  constructor(readonly stream: Stream) {}
  static new(stream: Stream): StreamOrDevice {
    return new StreamOrDevice(stream);
  }
  static new_with_device(device: Device): StreamOrDevice {
    return new StreamOrDevice(new Stream(device));
  }
  static cpu(): StreamOrDevice {
    return new StreamOrDevice(Stream.cpu());
  }
  static gpu(): StreamOrDevice {
    return new StreamOrDevice(Stream.gpu());
  }
  static default(): StreamOrDevice {
    return new StreamOrDevice(Stream.task_local_or_default());
  }
}
/** What a `_device` variant takes last. */
export type StreamLike = StreamOrDevice | Stream | Device | null | undefined;
export const isStreamLike = (x: unknown): x is StreamLike =>
  x === null || x === undefined || x instanceof StreamOrDevice || x instanceof Stream || x instanceof Device;
/** @throws DTypeError if the last argument of a `_device` variant is no stream */
export function checkStream(name: string, args: readonly unknown[]): void {
  if (args.length > 0 && isStreamLike(args.at(-1))) return;
  const got = args.length === 0 ? 'none' : typeof args.at(-1);
  throw new DTypeError(`[${name}_device] the last argument must be a stream or a device, got ${got}`);
}

/** The stream that `with_new_default_stream` set, or null. */
export const task_local_default_stream = (): Stream | null => scoped;
/** Runs `f` with `default_stream` as the task's default. */
export function with_new_default_stream<T>(default_stream: Stream, f: () => T): T {
  const before = scoped;
  scoped = default_stream;
  try {
    return f();
  } finally {
    scoped = before;
  }
}
