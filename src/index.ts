import { decode } from './backends/wasm/base64.js';
import { binaries } from './backends/wasm/binary.js';
import { patched } from './backends/wasm/delta.js';
import { provide } from './backends/wasm/instance.js';

provide({
  plain: () => decode(binaries.plain),
  relaxed: () => patched(decode(binaries.plain), decode(binaries.relaxed)),
  revectorised: () => decode(binaries.revectorised),
});

export * from './slim.js';
