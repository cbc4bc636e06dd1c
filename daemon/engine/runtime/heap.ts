// The heap of a process that runs sessions. glibc gives memory back between steps and faults it in again at the next;
// told not to, it serves all sessions from one heap, faster and smaller than an arena for each.
import { join } from 'node:path';
import { cacheFolder } from '../../data/source/cache-folder.ts';

/** Environment to start a worker with. */
export const tunedHeap: Readonly<Record<string, string>> =
  process.platform === 'linux'
    ? { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '17179869184', MALLOC_TOP_PAD_: '67108864' }
    : {};

/** Arguments of Node for a worker: rows are tokenised some hundred at a time, and what lives that long need not be copied about. */
export const heapFlags: readonly string[] = ['--min-semi-space-size=16'];

/** Environment of a worker that keeps its compiled code between runs: compiling it takes a third of its start. */
export const compiledCode = (environment: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> => ({
  NODE_COMPILE_CACHE: join(cacheFolder(environment), 'code'),
});

/** Whether this process was started with it. */
export const heapIsTuned = process.platform === 'linux' && process.env['MALLOC_TRIM_THRESHOLD_'] !== undefined;
