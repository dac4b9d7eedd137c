import { describe, expect, it } from 'vitest';
import {
  Device,
  DeviceType,
  Dtype,
  error,
  ops,
  Stream,
  StreamOrDevice,
  task_local_default_stream,
  with_new_default_stream,
} from 'lanewise/mlx-rs';
import { input } from './support.js';

describe('Device', () => {
  it('DeviceType › has two values', () => expect(DeviceType).toEqual({ Cpu: 'Cpu', Gpu: 'Gpu' }));
  it('Device::new › of a type and an index', () => {
    const d = Device.new(DeviceType.Gpu, 1);
    expect([d.get_type(), d.get_index(), String(d)]).toEqual(['Gpu', 1, 'Device(gpu, 1)']);
  });
  it('Device::cpu › is index 0', () => expect(Device.cpu().equals(Device.new(DeviceType.Cpu, 0))).toBe(true));
  it('Device::gpu › is another', () => expect(Device.gpu().equals(Device.cpu())).toBe(false));
  it('Device::get_type › tells the type', () => expect(Device.gpu().get_type()).toBe(DeviceType.Gpu));
  it('Device::get_index › tells the index', () => expect(Device.gpu().get_index()).toBe(0));
  it('Device::try_default › is the CPU', () => expect(Device.try_default().get_type()).toBe('Cpu'));
  it('Device › prints', () => expect(String(Device.cpu())).toBe('Device(cpu, 0)'));
  it('Device::set_default › is what try_default tells from then on', () => {
    Device.set_default(Device.gpu());
    expect(Device.try_default().get_type()).toBe('Gpu');
    Device.set_default(Device.cpu());
    expect(Device.try_default().get_type()).toBe('Cpu');
  });
});

describe('Stream', () => {
  it('Stream::new › of the default device', () => expect(String(Stream.new())).toBe('Stream(Device(cpu, 0), 0)'));
  it('Stream::new_with_device › of that device', () =>
    expect(Stream.new_with_device(Device.gpu()).device.get_type()).toBe('Gpu'));
  it('Stream::try_default_on_device › of that device', () =>
    expect(Stream.try_default_on_device(Device.gpu()).device.get_type()).toBe('Gpu'));
  it('Stream::cpu › of the CPU', () => expect(Stream.cpu().device.get_type()).toBe('Cpu'));
  it('Stream::gpu › of the GPU', () => expect(Stream.gpu().device.get_type()).toBe('Gpu'));
  it('Stream::get_index › is 0', () => expect(Stream.new().get_index()).toBe(0));
  it('Stream › prints', () => expect(String(Stream.gpu())).toBe('Stream(Device(gpu, 0), 0)'));
  it('task_local_default_stream › is null outside', () => expect(task_local_default_stream()).toBe(null));
  it('with_new_default_stream › sets the stream of the task, also after an error', () => {
    const s = Stream.gpu();
    const seen = with_new_default_stream(s, () => [
      task_local_default_stream(),
      Stream.task_local_or_default(),
      Stream.task_local_or_cpu(),
      Stream.task_local_or_gpu(),
    ]);
    expect(seen.every((t) => t === s)).toBe(true);
    expect(() =>
      with_new_default_stream(s, () => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(task_local_default_stream()).toBe(null);
  });
  it('Stream::task_local_or_default › without one: the default', () =>
    expect(Stream.task_local_or_default().device.get_type()).toBe('Cpu'));
  it('Stream::task_local_or_cpu › without one: the CPU', () =>
    expect(Stream.task_local_or_cpu().device.get_type()).toBe('Cpu'));
  it('Stream::task_local_or_gpu › without one: the GPU', () =>
    expect(Stream.task_local_or_gpu().device.get_type()).toBe('Gpu'));
});

describe('StreamOrDevice', () => {
  const type = (s: StreamOrDevice): string => s.stream.device.get_type();
  it('StreamOrDevice::new › of a stream', () => expect(type(StreamOrDevice.new(Stream.gpu()))).toBe('Gpu'));
  it('StreamOrDevice::new_with_device › of a device', () =>
    expect(type(StreamOrDevice.new_with_device(Device.gpu()))).toBe('Gpu'));
  it('StreamOrDevice::cpu › of the CPU', () => expect(type(StreamOrDevice.cpu())).toBe('Cpu'));
  it('StreamOrDevice::gpu › of the GPU', () => expect(type(StreamOrDevice.gpu())).toBe('Gpu'));
  it('StreamOrDevice › is what a _device variant takes last, as are Stream, Device and null', () => {
    const x = input('x');
    for (const s of [StreamOrDevice.cpu(), StreamOrDevice.default(), Stream.gpu(), Device.cpu(), null]) {
      expect(ops.abs_device(x, s).equals(x.abs())).toBe(true);
    }
    expect(() => (ops.abs_device as (...a: unknown[]) => unknown)()).toThrow(
      '[abs_device] the last argument must be a stream or a device, got none',
    );
  });
});

describe('Dtype', () => {
  const all = Object.values(Dtype).filter((d): d is Dtype => d instanceof Dtype);
  const names = (of: (d: Dtype) => boolean): string => all.filter(of).map(String).join(' ');
  it('Dtype › has the fourteen of MLX in their order', () => {
    expect(names(() => true)).toBe(
      'Bool Uint8 Uint16 Uint32 Uint64 Int8 Int16 Int32 Int64 Float16 Float32 Float64 Bfloat16 Complex64',
    );
  });
  it('Dtype::is_complex › of Complex64', () => expect(names((d) => d.is_complex())).toBe('Complex64'));
  it('Dtype::is_float › without Float64, as in mlx-rs', () =>
    expect(names((d) => d.is_float())).toBe('Float16 Float32 Bfloat16'));
  it('Dtype::is_inexact › of floats and Complex64', () =>
    expect(names((d) => d.is_inexact())).toBe('Float16 Float32 Bfloat16 Complex64'));
  it('Dtype::from_promoting_types › has the rows of the table', () => {
    const row = (a: Dtype, ...b: Dtype[]): string => b.map((d) => String(Dtype.from_promoting_types(a, d))).join(' ');
    const { Bool, Uint8, Uint32, Uint64, Int8, Int64, Float16, Float32, Bfloat16, Complex64 } = Dtype;
    expect(row(Bool, Bool, Uint8, Float16)).toBe('Bool Uint8 Float16');
    expect(row(Uint8, Int8, Int64, Bfloat16)).toBe('Int16 Int64 Bfloat16');
    expect(row(Uint64, Int8, Int64, Uint32)).toBe('Float32 Float32 Uint64');
    expect(row(Float16, Bfloat16, Float32, Int64)).toBe('Float32 Float32 Float16');
    expect(row(Complex64, Float32, Bool)).toBe('Complex64 Complex64');
  });
  it('Dtype::finfo_max › the largest finite value', () => {
    expect(Dtype.Float16.finfo_max()).toBe(65504);
    expect(Dtype.Float32.finfo_max()).toBe(2 ** 127 * (2 - 2 ** -23));
    expect(Dtype.Bfloat16.finfo_max()).toBe(2 ** 127 * (2 - 2 ** -7));
    expect(Dtype.Complex64.finfo_max()).toBe(Dtype.Float32.finfo_max());
  });
  it('Dtype::finfo_min › the most negative', () => expect(Dtype.Float16.finfo_min()).toBe(-65504));
  it('error::InexactDtypeError › for integers and Float64, as in mlx-rs', () => {
    expect(() => Dtype.Int32.finfo_max()).toThrow(error.InexactDtypeError);
    expect(() => Dtype.Float64.finfo_min()).toThrow('[finfo] the dtype must be inexact, got Float64');
  });
});
