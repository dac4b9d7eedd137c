// `npm run web`: installs, builds and serves the page that trains a Llama. `-- PORT` takes another port than 8080.
import { prepare, root, run } from './prepare.mjs';

prepare();
run(process.execPath, [`${root}tools/build-web.mjs`]);
run(process.execPath, [`${root}examples/llama/web/serve.mjs`, ...process.argv.slice(2)]);
