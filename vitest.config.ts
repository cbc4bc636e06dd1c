import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Unit tests lie beside their code; tests/ holds what goes through the built command line, and tests/vscode what goes through VS Code.
// Engine tests share two cores with ONNX Runtime's own threads, so only two files run at once.
// One folder for everything that tests leave behind; tests/tidy.ts removes it. This file is read once for each project.
const folder = (process.env['ANNEAL_TESTS'] ??= mkdtempSync(join(tmpdir(), 'anneal-tests-')));
process.env['TMPDIR'] = folder;

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // a home and a cache of their own: runs remember what they took, and what was tokenised by other code must not be found
    env: {
      ANNEAL_HOME: join(folder, 'home'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      // what Linux and macOS ask for, and Windows
      TMPDIR: folder,
      TEMP: folder,
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['{daemon,language-server,extension,webviews,tests}/**/*.test.ts'],
          exclude: ['tests/vscode/**'],
          globalSetup: 'tests/tidy.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'vscode',
          include: ['tests/vscode/**/*.test.ts'],
          // a test is a whole way through the editor; what does not appear in time fails earlier, with a picture
          testTimeout: 300_000,
          hookTimeout: 180_000,
          // packs the extension and installs it, and VS Code itself where it is not there yet
          globalSetup: ['tests/tidy.ts', 'tests/vscode/prepare.ts'],
        },
      },
    ],
  },
});
