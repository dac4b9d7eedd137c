import { defineConfig } from 'vitest/config';

export default defineConfig({
  // one file at a time: the memory tests hold gigabytes
  test: { include: ['tests/browser/*.browser.ts'], testTimeout: 180_000, hookTimeout: 60_000, fileParallelism: false },
});
