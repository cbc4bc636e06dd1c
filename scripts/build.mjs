// Bundles every entry into dist/. Native packages stay outside the bundle and are resolved from node_modules.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeBundles } from './l10n.ts';

const entries = {
  cli: 'daemon/cli.ts',
  daemon: 'daemon/main.ts',
  worker: 'daemon/worker.ts',
  'weights-thread': 'daemon/engine/model/safetensors/thread.ts',
  'data-thread': 'daemon/data/parallel/thread.ts',
  'language-server-data': 'language-server/data-process.ts',
  heartbeat: 'daemon/heartbeat.ts',
  'tracker-thread': 'daemon/engine/train/trackers/remote/thread.ts',
  reader: 'daemon/reader.ts',
};

/** What tokenised rows are kept under: other code may make other tokens. */
function hashOfSources(folder) {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true }).sort((a, b) => (a < b ? -1 : 1))) {
    if (/\.(ts|json)$/.test(name) && !/\.test\.ts$|fixtures/.test(name)) hash.update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

const options = {
  define: { ANNEAL_DATA_CODE: JSON.stringify(hashOfSources('daemon/data')) },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  // its main is UMD, which no bundler can follow
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  format: 'esm',
  target: 'node22',
  sourcemap: 'linked',
  logLevel: 'warning',
  external: ['onnxruntime-node', 'tokenizers', 'vscode'],
  loader: { '.json': 'json' },
  // bundled CommonJS packages still call require() for Node's own modules
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

await build({
  ...options,
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
});

// what reads data is loaded by the language server once it is needed: an editor waits for its start
rmSync('dist/language-server', { recursive: true, force: true });
await build({
  ...options,
  entryPoints: { 'language-server': 'language-server/main.ts' },
  splitting: true,
  chunkNames: 'language-server/[name]-[hash]',
});

// the extension likewise: its activation loads no more than what every window needs
rmSync('dist/extension', { recursive: true, force: true });
await build({
  ...options,
  entryPoints: { extension: 'extension/main.ts' },
  splitting: true,
  chunkNames: 'extension/[name]-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
});

// one folder a view, with its script, its style sheet and the icons' font: a view may load nothing from elsewhere
rmSync('dist/webviews', { recursive: true, force: true });
for (const main of globSync('webviews/*/main.ts')) {
  await build({
    outdir: join('dist', dirname(main)),
    entryPoints: [main],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'chrome130',
    minify: true,
    sourcemap: 'linked',
    logLevel: 'warning',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  });
}

writeBundles('l10n', 'dist/l10n');
