// The tree of runs as data: runs newest first, their checkpoints below. Pure: what VS Code shows is made from it in runs-view.ts.
import * as l10n from '@vscode/l10n';
import type { RunState, RunSummary } from '../../daemon/runs/protocol.ts';
import { bytesText, runLine, valueText } from '../tracking/text.ts';

export interface RunNode {
  readonly kind: 'run';
  readonly run: string;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  /** The id of a theme colour. */
  readonly color: string | undefined;
  /** What menus ask for: "run running own". */
  readonly context: string;
  readonly tooltip: string;
  readonly hasChildren: boolean;
}

export interface CheckpointNode {
  readonly kind: 'checkpoint';
  readonly run: string;
  readonly checkpoint: number;
  readonly path: string;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly context: string;
  readonly tooltip: string;
}

export type RunsNode = RunNode | CheckpointNode;

export interface Checkpoint {
  readonly step: number;
  readonly path: string;
  readonly bytes: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly best: boolean;
  readonly resumable: boolean;
}

const icons: Readonly<Record<RunState, readonly [icon: string, color?: string]>> = {
  queued: ['clock'],
  running: ['sync~spin', 'charts.blue'],
  stopping: ['debug-pause', 'charts.yellow'],
  done: ['pass', 'charts.green'],
  stopped: ['debug-stop', 'charts.yellow'],
  failed: ['error', 'charts.red'],
};

export function runNode(run: RunSummary): RunNode {
  const [icon, color] = icons[run.state];
  const { failure, health, outputDir, progress } = run;
  const tooltip = [
    `${run.name} (${run.id})`,
    runLine(run),
    `${run.stage} · ${run.finetuningType} · ${run.device}`,
    outputDir,
    failure?.message,
    health?.state === 'hung' ? l10n.t('Nothing has been done for {0} s.', Math.round(health.idleSeconds)) : undefined,
  ].filter((line) => line !== undefined && line !== '');
  return {
    kind: 'run',
    run: run.id,
    label: run.name,
    description: runLine(run),
    icon,
    color,
    context: `run ${run.state}${run.source === 'anneal' ? ' own' : ''}`,
    tooltip: tooltip.join('\n'),
    hasChildren: progress.step > 0 || run.source === 'llama-factory',
  };
}

export function checkpointNode(
  run: string,
  { step, path, bytes, scores, best, resumable }: Checkpoint,
): CheckpointNode {
  const named = Object.entries(scores).map(([name, score]) => `${name} ${valueText(score)}`);
  return {
    kind: 'checkpoint',
    run,
    checkpoint: step,
    path,
    label: l10n.t('Step {0}', step),
    description: [best ? l10n.t('best') : '', ...named, bytesText(bytes)].filter((part) => part !== '').join(' · '),
    icon: best ? 'star-full' : 'save',
    context: resumable ? 'checkpoint resumable' : 'checkpoint',
    tooltip: path,
  };
}
