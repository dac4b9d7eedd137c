import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^lanewise$/, replacement: at('./src/index.ts') },
      { find: /^lanewise\/io$/, replacement: at('./src/io.ts') },
      { find: /^lanewise\/nn$/, replacement: at('./src/nn.ts') },
      { find: /^lanewise\/optimizers$/, replacement: at('./src/optimizers.ts') },
      { find: /^lanewise\/mlx-rs$/, replacement: at('./src/mlx-rs.ts') },
      { find: /^lanewise\/torchless$/, replacement: at('./src/torchless.ts') },
      { find: /^@lanewise\/train$/, replacement: at('./packages/train/src/index.ts') },
      { find: /^@lanewise\/train\/node$/, replacement: at('./packages/train/src/node.ts') },
    ],
  },
  test: {
    include: ['tests/**/*.test.ts', 'packages/*/tests/**/*.test.ts'],
    ...(process.env['LANEWISE_METAL_RIG'] === '1'
      ? { maxWorkers: '100%' } // they wait for a compiler most of the time
      : { exclude: ['tests/metal/**'] }), // these load what `npm run test:metal` has built
    setupFiles: [at('./tests/support/turn.ts')],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
  },
});
