// Runs in words: one line each for the tree, the status bar, pickers and notifications.
import * as l10n from '@vscode/l10n';
import type { RunState, RunSummary } from '../../daemon/runs/protocol.ts';

/** 2 h 06 min, 3 min 20 s, 12 s. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  if (hours > 0) return l10n.t('{0} h {1} min', hours, two(minutes));
  if (minutes > 0) return l10n.t('{0} min {1} s', minutes, two(rest));
  return l10n.t('{0} s', whole);
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units, as the sizes of models are told. */
export function bytesText(bytes: number): string {
  const power = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const scaled = bytes / 1000 ** power;
  return `${scaled.toFixed(power === 0 || scaled >= 10 ? 0 : 1)} ${units[power]}`;
}

export const valueText = (value: number): string =>
  Number.isInteger(value)
    ? value.toLocaleString('en')
    : Math.abs(value) < 1e-3
      ? value.toExponential(2)
      : value.toFixed(4);

export function stateText(state: RunState): string {
  switch (state) {
    case 'queued':
      return l10n.t('queued');
    case 'running':
      return l10n.t('running');
    case 'stopping':
      return l10n.t('stopping');
    case 'done':
      return l10n.t('done');
    case 'stopped':
      return l10n.t('stopped');
    case 'failed':
      return l10n.t('failed');
  }
}

/** From 0 to 100; undefined before the number of steps is known. */
export const percentage = ({ progress: { step, totalSteps } }: RunSummary): number | undefined =>
  totalSteps > 0 ? Math.min(100, Math.floor((100 * step) / totalSteps)) : undefined;

/** The score that a run is judged by: the evaluation loss, else whatever was evaluated, else the last training loss. */
export function scoreText({ progress: { scores, loss } }: RunSummary): string | undefined {
  const [name, value] = 'eval_loss' in scores ? ['eval_loss', scores['eval_loss']] : (Object.entries(scores)[0] ?? []);
  if (name !== undefined && value !== undefined) return `${name} ${valueText(value)}`;
  return loss === null ? undefined : `loss ${valueText(loss)}`;
}

/** "running · step 40 of 66 · 3 min 20 s left · loss 1.8210". */
export function runLine(run: RunSummary): string {
  const { state, position, progress } = run;
  const { step, totalSteps, remainingSeconds, phase } = progress;
  const parts = [
    stateText(state),
    state === 'queued' && position !== null ? l10n.t('place {0}', position) : undefined,
    state === 'running' && totalSteps === 0 ? phase : undefined,
    totalSteps > 0 && state !== 'done' ? l10n.t('step {0} of {1}', step, totalSteps) : undefined,
    state === 'running' && remainingSeconds !== null ? l10n.t('{0} left', durationText(remainingSeconds)) : undefined,
    scoreText(run),
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(' · ');
}

/** "captain 60% · 3 min 20 s": of the run that was started last, with how many others run beside it. */
export function activityText(active: readonly RunSummary[]): string {
  const [run] = active;
  if (!run) return '';
  const { state, progress } = run;
  const share = percentage(run);
  const parts = [
    `${run.name}${share === undefined ? '' : ` ${share}%`}`,
    state === 'stopping' ? l10n.t('stopping') : progress.remainingSeconds === null ? undefined : durationText(progress.remainingSeconds),
    active.length > 1 ? l10n.t('{0} more', active.length - 1) : undefined,
  ]; // prettier-ignore
  return parts.filter((part) => part !== undefined).join(' · ');
}
