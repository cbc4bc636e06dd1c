// What the .vsix holds: everything that the extension needs on this platform, and nothing else.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { contents, targets, type Target } from '../../scripts/package/contents.ts';
import { thirdParties } from '../../scripts/package/notices.ts';
import { repository } from '../cli/command.ts';
import { listZip } from './zip.ts';

/** All that a package may hold. */
const allowed = [
  /^extension\.vsixmanifest$/,
  /^\[Content_Types\]\.xml$/,
  /^extension\/package(\.nls(\.zh-cn)?)?\.json$/,
  /^extension\/(readme|README\.zh-cn|changelog)\.md$/,
  /^extension\/(LICENSE|THIRD-PARTY-NOTICES)\.txt$/,
  /^extension\/language-configuration\.json$/,
  /^extension\/media\/[\w./-]+\.(svg|png|md|ttf)$/,
  /^extension\/schema\/(recipe|dataset_info)\.schema\.json$/,
  /^extension\/examples\/small-world\/(captain|pretrain)\.yaml$/,
  /^extension\/examples\/small-world\/data\/\w+\.json$/,
  /^extension\/examples\/small-world\/(model|skeleton)\/\w+\.(json|jinja|safetensors)$/,
  /^extension\/dist\/(cli|daemon|worker|reader|heartbeat|data-thread|weights-thread|tracker-thread|extension|language-server|language-server-data)\.js$/,
  /^extension\/dist\/(extension|language-server)\/[\w-]+\.js$/,
  /^extension\/dist\/webviews\/\w+\/(main\.js|main\.css|codicon\.ttf)$/,
  /^extension\/dist\/webviews\/codicon\.ttf$/,
  /^extension\/dist\/l10n\/bundle\.l10n(\.zh-cn)?\.json$/,
  /^extension\/dist\/node_modules\/onnxruntime-(node|common)\/package\.json$/,
  /^extension\/dist\/node_modules\/onnxruntime-node\/dist\/\w+\.js$/,
  /^extension\/dist\/node_modules\/onnxruntime-common\/dist\/cjs\/([\w-]+\.js|package\.json)$/,
  /^extension\/dist\/node_modules\/onnxruntime-node\/bin\/napi-v6\/\w+\/\w+\/(onnxruntime_binding\.node|libonnxruntime\.so\.1|libonnxruntime\.1\.dylib|onnxruntime\.dll|dxcompiler\.dll|dxil\.dll)$/,
  /^extension\/dist\/node_modules\/tokenizers\/(package\.json|index\.js|LICENSE|tokenizers\.[\w-]+\.node)$/,
];
const BUDGET = 120_000_000;

test('the package holds what is allowed, and no more than 120 MB', () => {
  const { file, unpacked, packed, files } = inject('vsix');
  const entries = listZip(file);
  expect(entries.map(({ path }) => path).filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
  // the manifest and the types of its contents come from vsce
  expect(entries.length).toBe(files + 2);
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  expect(size).toBeGreaterThanOrEqual(unpacked);
  expect(size).toBeLessThan(BUDGET);
  expect(packed).toBeLessThan(size / 2);
});

test('what a program of dist/ starts or loads is in the package', () => {
  const paths = new Set(listZip(inject('vsix').file).map(({ path }) => path));
  const built = readdirSync(join(repository, 'dist'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.(js|css|ttf|json)$/.test(path));
  expect(built.length).toBeGreaterThan(10);
  expect(built.filter((path) => !paths.has(`extension/dist/${path}`))).toEqual([]);
});

test('installed, it needs nothing from the repository: the embedded model is trained with an empty PATH', () => {
  const [name] = readdirSync(inject('extensions')).filter((folder) => folder.startsWith('anneal.anneal-'));
  expect(name).toBeDefined();
  const installed = join(inject('extensions'), name ?? '');
  const options = {
    cwd: join(installed, 'examples/small-world'),
    encoding: 'utf8',
    env: { PATH: '', ANNEAL_LANG: 'en', ANNEAL_HOME: process.env['ANNEAL_HOME'] },
  } as const;
  const output = join(inject('extensions'), '../output');
  const words = ['train', 'captain.yaml', 'max_steps=2', `output_dir=${output}`, '--json'];
  const said = execFileSync(process.execPath, [join(installed, 'dist/cli.js'), ...words], options);
  expect(JSON.parse(said.trim().split('\n').at(-1) ?? '')).toMatchObject({ type: 'end', state: 'done' });
  expect(existsSync(join(output, 'adapter_model.safetensors'))).toBe(true);
});

describe('packages for other platforms', () => {
  test.each(Object.keys(targets) as Target[])(
    '%s: its own binaries only, without CUDA, TensorRT and DirectML',
    (target) => {
      const paths = contents(repository, target).map(({ path }) => path);
      const binaries = paths.filter((path) => /\.(node|so|dll|dylib)(\.|$)/.test(path));
      expect(binaries.filter((path) => path.includes('/bin/')).every((path) => path.includes(`/${targets[target].folder}/`))).toBe(true); // prettier-ignore
      expect(binaries.filter((path) => path.includes('tokenizers.')).length).toBe(1);
      expect(binaries.filter((path) => /cuda|tensorrt|directml/i.test(path))).toEqual([]);
      expect(paths.filter((path) => !allowed.some((pattern) => pattern.test(`extension/${path}`)) && !/^(README|CHANGELOG|LICENSE)/.test(path))).toEqual([]); // prettier-ignore
    },
  );
});

test('the notices name every package in the bundles, with its licence', () => {
  const parties = thirdParties(repository);
  expect(parties).toEqual(
    expect.arrayContaining(['onnxruntime-node', 'tokenizers', 'zod', 'vscode-languageserver', 'uplot']),
  );
  for (const name of parties) {
    const { license } = JSON.parse(readFileSync(join(repository, 'node_modules', name, 'package.json'), 'utf8')) as { license?: string }; // prettier-ignore
    expect(license, name).toMatch(/MIT|ISC|BSD|Apache-2\.0|0BSD|CC0|BlueOak|CC-BY-4\.0/);
  }
});
