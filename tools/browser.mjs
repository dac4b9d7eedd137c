// `npm run test:browser`: installs, builds, finds Chromium, runs the suite of tests/browser in it. Arguments go to vitest.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { prepare, root, run } from './prepare.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'chrome.exe'];
const places = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Chromium.app/Contents/MacOS',
  'C:\\Program Files\\Google\\Chrome\\Application',
];
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
/** The browser's path: `CHROMIUM_PATH`, or the usual names. */
function findChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given) return executable(given) ? given : null;
  const mac = ['Google Chrome', 'Chromium'];
  return places.flatMap((place) => [...names, ...mac].map((name) => join(place, name))).find(executable) ?? null;
}

const path = findChromium();
if (path === null) {
  const given = process.env.CHROMIUM_PATH;
  console.error(
    given
      ? `CHROMIUM_PATH must name Chromium or Chrome, got ${given}`
      : 'the browser suite needs Chromium or Chrome: install it (Debian: apt-get install chromium) or set CHROMIUM_PATH',
  );
  process.exit(1);
}
process.env.CHROMIUM_PATH = path;
prepare({ packages: true });
run(process.execPath, [`${root}tools/build-web.mjs`]);
run(process.execPath, [
  `${root}node_modules/vitest/vitest.mjs`,
  'run',
  '--config',
  'vitest.browser.config.ts',
  ...process.argv.slice(2),
]);
