// Starts a worker that outlives its starter: a session of its own, output into a file, no pipe and no channel to break.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { compiledCode, heapFlags, tunedHeap } from '../engine/runtime/heap.ts';
import type { WorkerRequest } from '../protocol.ts';
import type { RunFolder } from './home.ts';
import type { RunRecord } from './record.ts';

/** Argument that makes the worker take its request from a run's folder. */
export const RUN_FOLDER = '--run';

/** Starts the worker of a run. What it cannot do is told by the child's 'error' event. */
export function launchWorker(
  workerFile: string,
  files: RunFolder,
  workingDirectory: string,
  environment: NodeJS.ProcessEnv,
): ChildProcess {
  const output = openSync(files.output, 'a', 0o600);
  try {
    const worker = spawn(process.execPath, [...heapFlags, workerFile, RUN_FOLDER, files.folder], {
      cwd: workingDirectory,
      // a process group (on Windows: no console) of its own: signals to the daemon's group do not reach it
      detached: true,
      windowsHide: true,
      stdio: ['ignore', output, output],
      // the same heap as under the command line
      env: { ...compiledCode(environment), ...environment, ...tunedHeap },
    });
    worker.unref();
    return worker;
  } finally {
    closeSync(output);
  }
}

/** What the worker of a run is to do. */
export function requestOf(record: RunRecord, recipeText: string): WorkerRequest {
  const resume = record.resumeFrom === null ? [] : [`resume_from_checkpoint=${record.resumeFrom}`];
  return {
    method: 'train',
    recipeFile: record.recipeFile ?? record.name,
    recipeText,
    overrides: [...record.overrides, ...resume],
    workingDirectory: record.workingDirectory,
  };
}
