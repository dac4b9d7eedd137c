// The Metal backend in Node: its native package is looked for when somebody first asks for a device.
import { metalBackend } from '../backends/metal/backend.js';
import { provider, type Package } from '../backends/metal/device.js';
import { prefer } from '../backends/registry.js';
import { host } from '../backends/wasm/host.js';
import { BackendError } from '../tensor/errors.js';

const PACKAGE = '@lanewise/metal-darwin-arm64';

provider.load = () => {
  const { getBuiltinModule, env } = host()!;
  // for those who build the package themselves
  const path = env?.['LANEWISE_METAL'];
  const own = path !== undefined && path !== '';
  const { platform, arch } = process;
  if (!own && (platform !== 'darwin' || arch !== 'arm64'))
    throw new BackendError(`Metal needs macOS on Apple silicon, this is ${platform} on ${arch}`);
  const { createRequire } = getBuiltinModule!('node:module') as typeof import('node:module');
  try {
    return createRequire(import.meta.url)(own ? path : PACKAGE) as Package;
  } catch (e) {
    if (own || (e as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw e;
    throw new BackendError(`the optional package ${PACKAGE} is not installed`, { cause: e });
  }
};
prefer(metalBackend);
