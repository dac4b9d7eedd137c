// The kernels in Node: read from their files, of which the build that runs is the only one touched. Text inlined in a module would be
// read, parsed and decoded at every start.
import { host } from '../backends/wasm/host.js';
import { provide } from '../backends/wasm/instance.js';
import { BackendError } from '../tensor/errors.js';

// not imported: for an import Node makes all of its exports, which loads promises and streams
const { existsSync, readFileSync } = host()!.getBuiltinModule!('node:fs') as typeof import('node:fs');

// written out, so that tools which collect the files of a program find them; in dist/ they lie one folder up
const plain = new URL('../kernels.wasm', import.meta.url);
const relaxed = new URL('../kernels-relaxed.wasm', import.meta.url);
const revectorised = new URL('../kernels-revectorised.wasm', import.meta.url);

// here, not at the first use: there the reference would stand in for kernels that cannot be read
if (!existsSync(plain)) {
  throw new BackendError(
    `[wasm] the kernels must lie beside the modules of the package, got nothing at ${plain.href}: bundle with the export condition ` +
      "'module', which inlines them, or give them to 'lanewise/slim' by init({ wasm })",
  );
}
provide({
  plain: () => readFileSync(plain),
  relaxed: () => readFileSync(relaxed),
  revectorised: () => readFileSync(revectorised),
});
