// npm run package [TARGET…]: a .vsix for this machine's platform, or for those that are named, or for all of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTarget, ownTarget, targets } from './package/contents.ts';
import { makePackage, repository } from './package/make.ts';

const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string };
const named = process.argv.slice(2);
const wanted = named.includes('all') ? Object.keys(targets) : named.length > 0 ? named : [ownTarget];
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

for (const target of wanted) {
  if (!isTarget(target)) {
    console.error(`There is no package for ${target}: ONNX Runtime and tokenizers are built for ${Object.keys(targets).join(', ')}.`); // prettier-ignore
    process.exit(2);
  }
  const { file, files, unpacked, packed } = makePackage(target, join(repository, `anneal-${version}-${target}.vsix`));
  console.log(`${file}: ${files} files, ${megabytes(unpacked)} MB unpacked, ${megabytes(packed)} MB packed`);
}
