// From a preference to a backend.
import { BackendError, defaultDevice, backends, withDevice } from '../slim.js';
import { showValue } from '../tensor/shape.js';
import { Backend } from './backend.js';
import { BackendType, DEVICES, discoverBackends, selectBackendForModel } from './discovery.js';

/** `torchless::kernels::backend::BackendPreference`, and `Reference`. */
export const BackendPreference = { Auto: 'Auto', ...BackendType } as const;
export type BackendPreference = (typeof BackendPreference)[keyof typeof BackendPreference];

const typeOfDevice = (device: string): BackendType =>
  (Object.keys(DEVICES) as BackendType[]).find((type) => DEVICES[type]!.device === device)!;

function made(type: BackendType): Backend {
  const { device, name } = DEVICES[type]!;
  const info = backends().find((b) => b.name === device)!;
  return new Backend(name, device, info.device ?? info.reason);
}
/** @throws BackendError where the preference is none, or cannot be had */
function typeOf(op: string, preference: BackendPreference): BackendType {
  // what Lanewise itself would take: the best that runs, or what the environment insists on
  if (preference === 'Auto') return typeOfDevice(withDevice('auto', defaultDevice));
  const found = discoverBackends().find(({ backendType }) => backendType === preference);
  if (found === undefined) {
    const names = Object.keys(BackendPreference).join(', ');
    throw new BackendError(
      `[${op}] the preference must be one of BackendPreference's ${names}, got ${showValue(preference)}`,
    );
  }
  if (!found.available) throw new BackendError(`[${op}] the backend ${preference} must run here, got: ${found.error}`);
  return found.backendType;
}

/**
 * The backend that is preferred; `Auto` takes the best that runs here. Lanewise's default device stays what it is.
 * @throws BackendError with the reason why a preference other than `Auto` cannot be had: nothing stands in for it
 */
export const initBackend = (preference: BackendPreference = BackendPreference.Auto): Backend =>
  made(typeOf('initBackend', preference));

/**
 * The same where a model of `requiredBytes` has to fit. `Auto` takes the best that has room for it.
 * @throws BackendError also where there is no room; torchless checked some backends only, and fell back to one without
 */
export function initBackendWithMemoryCheck(preference: BackendPreference, requiredBytes: number): Backend {
  const op = 'initBackendWithMemoryCheck';
  if (preference === 'Auto') return made(selectBackendForModel(requiredBytes)[0]);
  const type = typeOf(op, preference);
  const [device] = discoverBackends().find(({ backendType }) => backendType === type)!.devices;
  if (!device!.canFit(requiredBytes)) {
    const gb = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(2)} GB`;
    throw new BackendError(
      `[${op}] ${type} must have ${gb(requiredBytes)} free, got ${gb(device!.freeMemory ?? device!.totalMemory)}`,
    );
  }
  return made(type);
}
