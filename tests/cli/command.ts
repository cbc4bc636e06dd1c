// The built command as a real process.
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
export const goldens = join(repository, 'tests/goldens');
export const cli = join(repository, 'dist/cli.js');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly done: Promise<Finished>;
  /** Resolves when the output so far matches. */
  until(pattern: RegExp): Promise<void>;
}

export function start(args: readonly string[], cwd = goldens, environment: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ANNEAL_LANG: 'en', ...environment },
  });
  let stdout = '';
  let stderr = '';
  const waiting: { pattern: RegExp; resolve: () => void }[] = [];
  const heard = (): void => {
    for (const each of waiting) if (each.pattern.test(stdout + stderr)) each.resolve();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    heard();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    heard();
  });
  const done = new Promise<Finished>((resolve) => {
    child.on('close', (status) => {
      resolve({ status, stdout, stderr });
      for (const each of waiting) each.resolve();
    });
  });
  return {
    process: child,
    done,
    until: (pattern) =>
      new Promise((resolve) => {
        waiting.push({ pattern, resolve });
        heard();
      }),
  };
}

export const anneal = (args: readonly string[], cwd?: string): Promise<Finished> => start(args, cwd).done;

export const temporary = (name: string): string => mkdtempSync(join(tmpdir(), `anneal-${name}-`));

/** A copy of a golden model to damage. */
export function copyModel(name: string): string {
  const folder = join(temporary('model'), name);
  cpSync(join(goldens, 'models', name), folder, { recursive: true });
  return folder;
}

export const baseRecipe = join('cases', 'sft-lora-llama-base', 'recipe.yaml');
