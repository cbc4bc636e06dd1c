// A Vulkan device in software (SwiftShader) for the WebGPU provider, from an npm package: the environment a process needs to
// find it, or the reason why there is none.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { repository } from '../cli/command.ts';

export type SoftwareDevice = { readonly env: NodeJS.ProcessEnv } | { readonly missing: string };

export function softwareDevice(): SoftwareDevice {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return { missing: `no software Vulkan device for ${process.platform} ${process.arch}` };
  const bin = join(repository, 'node_modules/@sparticuz/chromium/bin');
  const archive = [join(bin, 'swiftshader.tar.br'), join(bin, 'x64', 'swiftshader.tar.br')].find(existsSync);
  if (archive === undefined) return { missing: 'the package @sparticuz/chromium is not installed' };
  const folder = mkdtempSync(join(tmpdir(), 'anneal-swiftshader-'));
  writeFileSync(join(folder, 'swiftshader.tar'), brotliDecompressSync(readFileSync(archive)));
  const { status } = spawnSync('tar', ['xf', 'swiftshader.tar'], { cwd: folder });
  if (status !== 0) return { missing: 'the command tar is missing' };
  return {
    env: {
      ...process.env,
      VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
      LD_LIBRARY_PATH: [folder, process.env['LD_LIBRARY_PATH'] ?? ''].join(':'),
      XDG_RUNTIME_DIR: tmpdir(),
    },
  };
}
