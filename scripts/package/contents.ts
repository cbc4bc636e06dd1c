// What a package of the extension holds, for each platform: a list of what goes in, so nothing comes along by chance. The native packages
// lie in dist/node_modules, where Node looks first from the bundles, with the binaries of that one platform.
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

interface Native {
  /** Folder of ONNX Runtime's binaries below bin/napi-v6. */
  readonly folder: string;
  /** Without the providers of CUDA, TensorRT and DirectML; what WebGPU needs is kept. */
  readonly runtime: readonly string[];
  readonly tokenizers: string;
}

/** The platforms that both native packages have binaries for, by the names that VS Code gives them. */
export const targets = {
  'linux-x64': { folder: 'linux/x64', runtime: ['libonnxruntime.so.1'], tokenizers: 'linux-x64-gnu' },
  'linux-arm64': { folder: 'linux/arm64', runtime: ['libonnxruntime.so.1'], tokenizers: 'linux-arm64-gnu' },
  'darwin-arm64': { folder: 'darwin/arm64', runtime: ['libonnxruntime.1.dylib'], tokenizers: 'darwin-arm64' },
  'win32-x64': {
    folder: 'win32/x64',
    runtime: ['onnxruntime.dll', 'dxcompiler.dll', 'dxil.dll'],
    tokenizers: 'win32-x64-msvc',
  },
  'win32-arm64': {
    folder: 'win32/arm64',
    runtime: ['onnxruntime.dll', 'dxcompiler.dll', 'dxil.dll'],
    tokenizers: 'win32-arm64-msvc',
  },
} as const satisfies Readonly<Record<string, Native>>;

export type Target = keyof typeof targets;

/** The target of the machine that packages. */
export const ownTarget = `${process.platform}-${process.arch}`;

export const isTarget = (name: string): name is Target => Object.hasOwn(targets, name);

/** A file of the package: its path there and the file it is a copy of, from the repository's root. */
export interface Item {
  readonly path: string;
  readonly from: string;
}

const own = [
  'dist/*.js',
  'dist/{extension,language-server}/**/*.js',
  'dist/webviews/**/*.{js,css,ttf}',
  'dist/l10n/*.json',
  'schema/*.json',
  'media/**/*.{svg,png,md,ttf}',
  'package.nls*.json',
  'language-configuration.json',
  'README*.md',
  'CHANGELOG.md',
  'LICENSE',
  // not what runs wrote there
  'examples/*/*.yaml',
  'examples/*/{data,model,skeleton}/*',
];

/** All files of a target's package but package.json and the notices, which are written for it. Throws where a native part is missing. */
export function contents(root: string, target: Target): readonly Item[] {
  const files = own.flatMap((pattern) => globSync(pattern, { cwd: root })).map((path) => path.replaceAll('\\', '/'));
  return [
    ...files.sort().map((path) => ({ path, from: path })),
    ...native(root, target).map((path) => ({ path: `dist/${path}`, from: path })),
  ];
}

function native(root: string, target: Target): readonly string[] {
  const { folder, runtime, tokenizers } = targets[target];
  const binaries = `node_modules/onnxruntime-node/bin/napi-v6/${folder}`;
  const files = [
    'node_modules/onnxruntime-node/package.json',
    ...globSync('node_modules/onnxruntime-node/dist/*.js', { cwd: root }),
    `${binaries}/onnxruntime_binding.node`,
    ...runtime.map((file) => `${binaries}/${file}`),
    'node_modules/onnxruntime-common/package.json',
    'node_modules/onnxruntime-common/dist/cjs/package.json',
    ...globSync('node_modules/onnxruntime-common/dist/cjs/*.js', { cwd: root }),
    'node_modules/tokenizers/package.json',
    'node_modules/tokenizers/index.js',
    'node_modules/tokenizers/LICENSE',
    `node_modules/tokenizers/tokenizers.${tokenizers}.node`,
  ].map((path) => path.replaceAll('\\', '/'));
  const missing = files.filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0) throw new Error(`The package for ${target} lacks ${missing.join(', ')}: run npm ci.`);
  return files;
}
