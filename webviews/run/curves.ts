// Which charts a run has, from what was measured.
import * as l10n from '@vscode/l10n';
import { Chart, type Curve } from '../shared/charts/chart.ts';
import type { ChartGroup } from '../shared/charts/group.ts';
import type { ColourName } from '../shared/charts/palette.ts';
import type { Points } from '../shared/charts/points.ts';
import { formatBytes, formatCount } from '../shared/format.ts';
import type { RunModel } from './model.ts';

/** Names of metrics that preference stages give, as LLaMA-Factory writes them. */
const rewards = /^(eval_)?rewards?(\/(chosen|rejected|margins))?$/;
const accuracies = /^(eval_)?(rewards\/)?accurac(y|ies)$/;

const colours: readonly ColourName[] = ['chart-1', 'chart-2', 'chart-3', 'chart-4', 'chart-5', 'chart-6'];

const curvesOf = (model: RunModel, metrics: readonly string[]): Curve[] =>
  metrics.map((metric, i) => ({
    label: metric,
    colour: colours[i % colours.length] ?? 'chart-1',
    points: model.curve(metric),
    dots: metric.startsWith('eval_'),
  }));

/** Which charts there are; made anew when this changes. */
export const chartsKey = (model: RunModel): string =>
  model.metrics.filter((metric) => rewards.test(metric) || accuracies.test(metric)).join(' ');

/** Charts in the order in which they stand. `previous`: the loss of the run before this one. */
export function makeCharts(group: ChartGroup, model: RunModel, previous: Points): { loss: Chart; others: Chart[] } {
  const none = l10n.t('Nothing measured yet');
  const single = (title: string, metric: string, more: { format?: (value: number) => string; fromZero?: boolean } = {}): Chart =>
    new Chart(group, { title, curves: [{ label: title, colour: 'chart-1', points: model.curve(metric) }], empty: none, ...more });
  const several = (title: string, pattern: RegExp): Chart[] => {
    const metrics = model.metrics.filter((metric) => pattern.test(metric));
    return metrics.length > 0 ? [new Chart(group, { title, curves: curvesOf(model, metrics), empty: none })] : [];
  };
  const loss = new Chart(group, {
    title: l10n.t('Loss'),
    curves: [
      { label: l10n.t('training'), colour: 'chart-1', points: model.curve('loss'), smoothed: true },
      { label: l10n.t('evaluation'), colour: 'chart-2', points: model.curve('eval_loss'), dots: true },
      { label: l10n.t('last run'), colour: 'chart-3', points: previous, dash: [4, 4] },
    ],
    empty: l10n.t('No step yet: the curve begins with the first one.'),
  });
  const others = [
    single(l10n.t('Gradient norm'), 'gradNorm', { fromZero: true }),
    single(l10n.t('Learning rate'), 'learningRate', { fromZero: true }),
    single(l10n.t('Tokens per second'), 'tokensPerSecond', { format: formatCount, fromZero: true }),
    single(l10n.t('Memory'), 'memory', { format: formatBytes }),
    ...several(l10n.t('Rewards'), rewards),
    ...several(l10n.t('Accuracy'), accuracies),
  ];
  return { loss, others };
} // prettier-ignore
