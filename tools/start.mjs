// `npm start`: installs, builds, and lets the embedded model write a story. Options go to the example's command line.
import { spawn } from 'node:child_process';
import { prepare, root } from './prepare.mjs';

prepare();
const child = spawn(process.execPath, [`${root}examples/llama/dist/cli.js`, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// the child shares the terminal and handles Ctrl-C itself
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
