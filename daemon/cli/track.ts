// anneal track OUTPUT_DIR: sends what a tracker has not got, because it was away while the run logged it.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { mlflowSettings } from '../engine/train/trackers/mlflow/settings.ts';
import { deliver } from '../engine/train/trackers/remote/delivery.ts';
import { destinationOf } from '../engine/train/trackers/remote/settings.ts';
import { savedState, spoolFiles, waitingBytes } from '../engine/train/trackers/remote/spool.ts';
import { UserError } from '../errors.ts';
import type { Arguments } from './main.ts';

export async function track({ words, flags }: Arguments): Promise<number> {
  const [folder] = words;
  if (folder === undefined) throw new UserError('usage', 'Name the output directory of a run: anneal track OUTPUT_DIR.');
  const outputDir = resolve(folder);
  const settings = mlflowSettings({ workingDirectory: process.cwd() }, process.env);
  const files = spoolFiles(outputDir, settings.tracker);
  if (!existsSync(files.lines))
    throw new UserError('nothing-to-track', `${outputDir} holds nothing for a tracker: report_to: mlflow makes a run report.`); // prettier-ignore
  const destination = destinationOf(settings);
  const before = savedState(files);
  if (before && before.destination !== destination.name && process.env['MLFLOW_TRACKING_URI'] === undefined)
    throw new UserError('tracker-address', `The run reports to ${before.destination}: set MLFLOW_TRACKING_URI to it.`);
  await deliver(files, destination).catch((cause: unknown) => {
    throw new UserError('tracker-unreachable', `${destination.name} does not take the rest (${(cause as Error).message}): try again later.`, { status: 1, cause }); // prettier-ignore
  });
  const waiting = waitingBytes(files, savedState(files)?.sent ?? 0);
  if (flags.has('--json')) console.log(JSON.stringify({ destination: destination.name, waiting }));
  else console.log(`${destination.name} has all that the run has logged.`);
  return 0;
} // prettier-ignore
