// Third-party notices of a package: name, version and licence of every npm package that a bundle was made from, or that is carried whole.
// The bundles' source maps say which those are.
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is carried beside the bundles. */
const carried = ['onnxruntime-node', 'onnxruntime-common', 'tokenizers'];

/** Names of the packages in the bundles of dist/ and beside them, sorted. */
export function thirdParties(root: string): readonly string[] {
  const names = new Set(carried);
  for (const map of globSync('dist/**/*.map', { cwd: root })) {
    const { sources } = JSON.parse(readFileSync(join(root, map), 'utf8')) as { sources: readonly string[] };
    for (const source of sources) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return [...names].sort();
}

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
  readonly repository?: string | { readonly url: string };
}

function notice(root: string, name: string): string {
  const folder = join(root, 'node_modules', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const address = typeof manifest.repository === 'string' ? manifest.repository : manifest.repository?.url;
  const author = typeof manifest.author === 'string' ? manifest.author : manifest.author?.name;
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const says = texts.length > 0 ? texts.join('\n\n') : `Its licence is ${manifest.license ?? 'not named'}${author === undefined ? '' : `, by ${author}`}; the npm package carries no text of it.`; // prettier-ignore
  return `${name} ${manifest.version} (${manifest.license ?? 'see below'})\n${address ?? ''}\n\n${says}\n`;
}

export function notices(root: string): string {
  const rule = '-'.repeat(100);
  const parts = thirdParties(root).map((name) => notice(root, name));
  return `Anneal carries these packages.\n\n${rule}\n${parts.join(`\n${rule}\n`)}`;
}
