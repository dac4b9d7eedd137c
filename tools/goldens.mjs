// `npm run goldens`: expected values anew, in a virtual environment of their own. Needs Python 3.11 or newer.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { root, run } from './prepare.mjs';

const here = fileURLToPath(new URL('goldens/', import.meta.url));
const venv = `${root}build/goldens-venv`;
const python = `${venv}/bin/python`;
if (!existsSync(python)) run('python3', ['-m', 'venv', venv]);
run(python, ['-m', 'pip', 'install', '--quiet', '-r', `${here}requirements.txt`]);
for (const script of [
  'ops.py',
  'gradients.py',
  'gguf_files.py',
  'kernels_complex.py',
  'llama.py',
  'llama_packed.py',
  'lora.py',
  'safetensors_files.py',
  'mlx_rs.py',
  'mlx_rs_modules.py',
  'mlx_rs_program.py',
  'nn.py',
  'nn_structured.py',
  'optimizers.py',
  'training_memory.py',
])
  run(python, [`${here}${script}`]);
