import tseslint from 'typescript-eslint';

// Imports point one way: backends <- graph <- tensor <- ops <- namespaces <- entries. Dtype, shape, errors and element access lie
// under all of them. The one upward step is `import type` of the methods in tensor.ts.
const base = [
  '**/tensor/dtype.js',
  '**/tensor/shape.js',
  '**/tensor/errors.js',
  '**/tensor/read.js',
  '**/tensor/half.js',
];
const layers = [
  ...['backends', 'graph', 'tensor', 'ops', 'transforms', 'random', 'fast', 'fft', 'linalg', 'io', 'nn'],
  ...['optimizers', 'mlx-rs', 'torchless'],
];
/** Files of `folder` may import the layers listed, and what lies under all. */
const layer = (folder, allowed) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [
              ...layers.filter((l) => l !== folder && !allowed.includes(l)).map((l) => `**/${l}/**`),
              ...base.map((b) => `!${b}`),
            ],
            allowTypeImports: folder === 'tensor',
            message: `src/${folder} may import ${['itself', ...allowed].join(', ')} only (docs/architecture.md)`,
          },
        ],
      },
    ],
  },
});

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      '**/build/',
      'node_modules/',
      'assembly/',
      'tests/goldens/',
      'src/backends/wasm/binary.ts',
      'src/backends/wasm/probe-binary.ts',
      'src/backends/wasm/threads/worker-source.ts',
      '**/node_modules/',
    ],
  },
  ...tseslint.configs.strict,
  {
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // noUncheckedIndexedAccess makes them the plain way to index
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      eqeqeq: 'error',
      'no-console': 'off',
      'prefer-const': 'error',
    },
  },
  layer('backends', []),
  layer('graph', ['backends']),
  layer('tensor', ['backends', 'graph']),
  layer('ops', ['backends', 'graph', 'tensor']),
  layer('transforms', ['backends', 'graph', 'tensor', 'ops', 'random']),
  layer('random', ['backends', 'graph', 'tensor', 'ops', 'linalg']),
  layer('fast', ['backends', 'graph', 'tensor', 'ops']),
  layer('fft', ['backends', 'graph', 'tensor', 'ops']),
  layer('linalg', ['backends', 'graph', 'tensor', 'ops']),
  layer('nn', ['backends', 'graph', 'tensor', 'ops', 'random', 'fast', 'linalg', 'io', 'transforms']),
  layer('optimizers', ['backends', 'graph', 'tensor', 'ops', 'linalg', 'io', 'transforms']),
  layer('io', ['backends', 'tensor']),
  {
    files: ['examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/src/**', '**/dist/**', '!./**', '!../src/**'],
              message: 'examples use the public exports of lanewise only',
            },
          ],
        },
      ],
    },
  },
);
