import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Unit tests lie beside their code; tests/ holds what goes through the built command line, and tests/vscode what goes through VS Code.
// Engine tests share two cores with ONNX Runtime's own threads, so only two files run at once.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // a home and a cache of their own: runs remember what they took, and what was tokenised by other code must not be found
    env: {
      ANNEAL_HOME: mkdtempSync(join(tmpdir(), 'anneal-test-home-')),
      XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), 'anneal-test-cache-')),
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['{daemon,language-server,extension,webviews,tests}/**/*.test.ts'],
          exclude: ['tests/vscode/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'vscode',
          include: ['tests/vscode/**/*.test.ts'],
          // packs the extension and installs it, and VS Code itself where it is not there yet
          globalSetup: 'tests/vscode/prepare.ts',
        },
      },
    ],
  },
});
