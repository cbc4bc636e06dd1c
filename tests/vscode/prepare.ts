// Once before the tests in VS Code: a package of what lies in dist/, installed as a user would install it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { installCodeServer } from '../../scripts/code-server/install.ts';
import { installExtension } from '../../scripts/code-server/server.ts';
import { isTarget, ownTarget } from '../../scripts/package/contents.ts';
import { makePackage, type Package } from '../../scripts/package/make.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of VS Code's server. */
    program: string;
    vsix: Package;
    /** Folder of extensions with Anneal in it. */
    extensions: string;
  }
}

export function setup(project: TestProject): () => void {
  if (!isTarget(ownTarget)) throw new Error(`There is no package of Anneal for ${ownTarget}.`);
  const program = installCodeServer();
  const folder = mkdtempSync(join(tmpdir(), 'anneal-vscode-'));
  const vsix = makePackage(ownTarget, join(folder, 'anneal.vsix'));
  const extensions = join(folder, 'extensions');
  installExtension({ program, folder, extensions }, vsix.file);
  project.provide('program', program);
  project.provide('vsix', vsix);
  project.provide('extensions', extensions);
  return () => rmSync(folder, { recursive: true, force: true });
}
