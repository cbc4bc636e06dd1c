// npm run package: makes anneal-VERSION-TARGET.vsix from what was built: its files are copied into a folder of their own, which vsce packs.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contents, type Target } from './contents.ts';
import { notices } from './notices.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface Package {
  readonly file: string;
  /** Bytes of the files, and of the .vsix. */
  readonly unpacked: number;
  readonly packed: number;
  readonly files: number;
}

/** Fields of package.json that mean something to VS Code; scripts and dependencies are the repository's own affair. */
function manifest(): string {
  const all = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as Record<string, unknown>;
  const { scripts: _, dependencies: __, devDependencies: ___, private: ____, ...kept } = all;
  return `${JSON.stringify(kept, null, 2)}\n`;
}

/** Packs what lies in dist/. file: where the .vsix is written. */
export function makePackage(target: Target, file: string): Package {
  const stage = mkdtempSync(join(tmpdir(), 'anneal-package-'));
  try {
    const items = contents(repository, target);
    for (const { path, from } of items) {
      mkdirSync(dirname(join(stage, path)), { recursive: true });
      copyFileSync(join(repository, from), join(stage, path));
    }
    writeFileSync(join(stage, 'package.json'), manifest());
    writeFileSync(join(stage, 'THIRD-PARTY-NOTICES.txt'), notices(repository));
    // nothing is left out here, so vsce need not warn that nothing is
    writeFileSync(join(stage, '.vscodeignore'), '');
    const paths = [...items.map(({ path }) => path), 'package.json', 'THIRD-PARTY-NOTICES.txt'];
    const unpacked = paths.reduce((sum, path) => sum + statSync(join(stage, path)).size, 0);
    mkdirSync(dirname(file), { recursive: true });
    // README's links stay as they are: the project has no address to rewrite them to
    const options = ['--target', target, '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file]; // prettier-ignore
    const vsce = join(repository, 'node_modules/@vscode/vsce/vsce');
    execFileSync(process.execPath, [vsce, 'package', ...options], { cwd: stage, stdio: ['ignore', 'pipe', 'inherit'] });
    return { file, unpacked, packed: statSync(file).size, files: paths.length };
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
