// A record of the log as a line that a person reads.
import * as l10n from '@vscode/l10n';
import type { RunEvent } from '../../daemon/protocol.ts';
import { formatBytes, formatCount, formatDuration, formatValue } from '../shared/format.ts';

export type Weight = 'step' | 'plain' | 'warning' | 'error';

export interface LogLine {
  readonly text: string;
  readonly weight: Weight;
}

/** Names of metrics as LLaMA-Factory writes them, with their values. */
export const listMetrics = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${formatValue(value)}`)
    .join(' · ');

export function logLine(event: RunEvent): LogLine {
  switch (event.type) {
    case 'phase':
      return { text: event.message, weight: 'plain' };
    case 'start':
      return { text: started(event), weight: 'plain' };
    case 'step': {
      const { step, loss, learningRate } = event;
      return { text: l10n.t('step {0}: loss {1}, lr {2}', formatCount(step), formatValue(loss), formatValue(learningRate)), weight: 'step' };
    }
    case 'metrics':
      return { text: l10n.t('step {0}: {1}', formatCount(event.step), listMetrics(event.metrics)), weight: 'step' };
    case 'eval':
      return { text: l10n.t('evaluated at step {0}: {1}', formatCount(event.step), listMetrics(event.metrics)), weight: 'plain' };
    case 'checkpoint':
      return { text: l10n.t('checkpoint of step {0} written, {1}', formatCount(event.step), formatBytes(event.bytes)), weight: 'plain' };
    case 'sample':
      return { text: l10n.t('answer at step {0}: {1} → {2}', formatCount(event.step), event.prompt, event.text), weight: 'plain' };
    case 'warning':
      return { text: event.message, weight: 'warning' };
    case 'end':
      return ended(event);
  }
} // prettier-ignore

type Start = Extract<RunEvent, { type: 'start' }>;
type End = Extract<RunEvent, { type: 'end' }>;

function started({ startStep, totalSteps, examples, trainableParameters, parameters, device, precision }: Start): string {
  const from = startStep > 0 ? l10n.t('resumed after step {0} of {1}', formatCount(startStep), formatCount(totalSteps)) : l10n.t('{0} steps begin', formatCount(totalSteps));
  const what = l10n.t('{0} rows, {1} of {2} parameters trained, {3} {4}', formatCount(examples), formatCount(trainableParameters), formatCount(parameters), device, precision);
  return `${from}: ${what}`;
} // prettier-ignore

function ended({ state, step, error, metrics }: End): LogLine {
  if (error) return { text: error.message, weight: 'error' };
  const seconds = metrics['train_runtime'];
  const where = state === 'done' ? l10n.t('done at step {0}', formatCount(step)) : l10n.t('stopped at step {0}', formatCount(step)); // prettier-ignore
  return { text: seconds === undefined ? where : `${where}, ${formatDuration(seconds)}`, weight: 'plain' };
}
