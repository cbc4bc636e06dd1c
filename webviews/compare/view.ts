// The compare view: curves of two to eight runs over each other, their scores, and the recipe keys in which they differ.
import * as l10n from '@vscode/l10n';
import { button, linkButton } from '../shared/buttons.ts';
import { Chart, type Curve } from '../shared/charts/chart.ts';
import { ChartGroup } from '../shared/charts/group.ts';
import { lineSample } from '../shared/charts/line-sample.ts';
import type { ColourName } from '../shared/charts/palette.ts';
import { element, fill, icon, perFrame, setAttribute } from '../shared/dom.ts';
import { formatBytes, formatCount, formatDuration, formatValue } from '../shared/format.ts';
import type { Host } from '../shared/messages.ts';
import { smoothingControl } from '../shared/smoothing.ts';
import { table } from '../shared/tables.ts';
import { nameOf } from '../run/states.ts';
import { labelsOf, metricsOf, pointsOf, scoresOf, type HorizontalAxis } from './model.ts';
import { horizontalAxes, MOST_RUNS, type ComparedRun, type CompareViewState, type FromCompareView, type ToCompareView } from './protocol.ts'; // prettier-ignore

type Message<T extends ToCompareView['type']> = Extract<ToCompareView, { type: T }>;

/** Colours and dashes together tell eight lines apart, also where colours do not. */
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3], [], [6, 3], [2, 3], [8, 3, 2, 3]];
const colourOf = (i: number): ColourName => `chart-${(i % MOST_RUNS) + 1}` as ColourName;

export class CompareView {
  readonly #host: Host<FromCompareView, CompareViewState>;
  readonly #group: ChartGroup;
  readonly #places = { banners: element('div', { class: 'banners' }), title: element('h1', { class: 'name' }), axes: element('div', { class: 'axes', role: 'group' }), smoothing: element('span'), runs: element('div', { class: 'wide' }), charts: element('div', { class: 'contents' }), differences: element('div', { class: 'wide' }) }; // prettier-ignore
  readonly #draw = perFrame(() => this.#drawNow());
  #runs: readonly ComparedRun[] = [];
  /** null: not known yet. */
  #differences: Message<'differences'>['differences'] | null = null;
  #axis: HorizontalAxis;
  #smoothing: number;
  #furthest = 0;

  constructor(host: Host<FromCompareView, CompareViewState>) {
    this.#host = host;
    const kept = host.recall();
    this.#axis = kept?.axis ?? 'steps';
    this.#smoothing = kept?.smoothing ?? 0.9;
    this.#group = new ChartGroup({
      full: () => ({ from: 0, to: this.#furthest }),
      describeX: (x) => this.#describeX(x),
      formatX: (x) => (this.#axis === 'seconds' ? formatDuration(x) : formatCount(x)),
      zoomed: () => undefined,
    });
    const { banners, title, axes, smoothing, runs, charts, differences } = this.#places;
    const choose = button({ label: l10n.t('Choose runs…'), icon: 'add', onclick: () => host.post({ type: 'choose' }) });
    const bar = element('header', { class: 'bar' }, title, element('span', { class: 'grow' }), axes, smoothing, choose);
    const grid = element('div', { class: 'grid' }, runs, charts, differences);
    document.body.append(bar, banners, this.#group.announcer, element('main', {}, grid));
    setAttribute(axes, 'aria-label', l10n.t('Horizontal axis'));
    smoothing.append(
      smoothingControl(this.#smoothing, (value) => {
        this.#smoothing = value;
        this.#remember();
        this.#draw();
      }),
    );
    this.#showAxes();
    this.#showAll();
  }

  take(message: ToCompareView): void {
    switch (message.type) {
      case 'runs':
        this.#runs = message.runs;
        this.#differences = null;
        this.#remember();
        this.#showAll();
        return;
      case 'update':
        this.#runs = this.#runs.map((one) => (one.run.id === message.run.run.id ? message.run : one));
        this.#showAll();
        return;
      case 'differences':
        this.#differences = message.differences;
        this.#showDifferences();
        return;
      case 'connection':
        this.#banner(message.live ? '' : `${l10n.t('The daemon does not answer; this page goes on as soon as it is back.')} ${message.reason}`); // prettier-ignore
        return;
      case 'problem':
        this.#banner(message.message);
    }
  }

  #banner(text: string): void {
    fill(this.#places.banners, text !== '' && element('div', { class: 'banner', role: 'alert' }, icon('warning'), element('span', { class: 'text grow' }, text))); // prettier-ignore
  }

  #describeX(x: number): string {
    if (this.#axis === 'seconds') return formatDuration(x);
    return this.#axis === 'steps' ? l10n.t('step {0}', formatCount(x)) : l10n.t('{0} tokens', formatCount(x));
  }

  #showAxes(): void {
    const names = { steps: l10n.t('by step'), tokens: l10n.t('by tokens'), seconds: l10n.t('by time') };
    const choose = (axis: HorizontalAxis) => (): void => {
      this.#axis = axis;
      this.#group.restore(null);
      this.#remember();
      this.#showAxes();
      this.#showCharts();
    };
    const focused = horizontalAxes.findIndex((_, i) => this.#places.axes.children[i] === document.activeElement);
    fill(this.#places.axes, ...horizontalAxes.map((axis) => element('button', { type: 'button', class: 'link', 'aria-pressed': String(axis === this.#axis), onclick: choose(axis) }, names[axis]))); // prettier-ignore
    const again = this.#places.axes.children[focused];
    if (again instanceof HTMLElement) again.focus();
  }

  #showAll(): void {
    const count = this.#runs.length;
    fill(this.#places.title, count === 1 ? l10n.t('1 run: choose others to compare it with') : l10n.t('{0} runs compared', count)); // prettier-ignore
    this.#showRuns();
    this.#showCharts();
    this.#showDifferences();
  }

  #sample(i: number): HTMLElement {
    const sample = element('span', { class: 'keys inline' }, lineSample(dashes[i]));
    sample.style.setProperty('--key', `var(--${colourOf(i)})`);
    return sample;
  }

  #showRuns(): void {
    const title = l10n.t('Final scores');
    const scores = this.#runs.map(scoresOf);
    const names = [...new Set(scores.flatMap((one) => Object.keys(one)))].filter((name) => !/_(runtime|per_second)$|^epoch$/.test(name)); // prettier-ignore
    const lowest = new Map(names.map((name) => [name, Math.min(...scores.map((one) => one[name] ?? Number.POSITIVE_INFINITY))])); // prettier-ignore
    const isBest = (name: string, value: number | undefined): boolean => /loss$|perplexity$/.test(name) && this.#runs.length > 1 && value !== undefined && value === lowest.get(name); // prettier-ignore
    const labels = labelsOf(this.#runs);
    const columns = [
      { title: l10n.t('run') }, { title: l10n.t('state') }, { title: l10n.t('steps'), numeric: true },
      ...names.map((name) => ({ title: name.replaceAll('_', ' '), numeric: true })),
      { title: l10n.t('tokens seen'), numeric: true }, { title: l10n.t('took'), numeric: true }, { title: l10n.t('peak memory'), numeric: true }, { title: l10n.t('actions') },
    ]; // prettier-ignore
    const rows = this.#runs.map(({ run }, i) => {
      const { progress, started, ended, id, state } = run;
      const label = labels[i] ?? id;
      const shown = names.map((name) => {
        const value = scores[i]?.[name];
        const mark = isBest(name, value) ? [element('span', { class: 'chip' }, l10n.t('lowest')), ' '] : [];
        return [...mark, value === undefined ? '–' : formatValue(value)];
      });
      return [
        [this.#sample(i), linkButton(label, () => this.#host.post({ type: 'open', id }))], nameOf(state),
        `${formatCount(progress.step)} / ${formatCount(progress.totalSteps)}`, ...shown, formatCount(progress.totalTokens),
        started !== null && ended !== null ? formatDuration((ended - started) / 1000) : '–',
        progress.peakMemory === null ? '–' : formatBytes(progress.peakMemory),
        linkButton(l10n.t('Remove'), () => this.#host.post({ type: 'remove', id }), l10n.t('Remove {0}', label)),
      ];
    }); // prettier-ignore
    const empty = element('p', { class: 'dim' }, l10n.t('No run is chosen.'));
    this.#places.runs.replaceChildren(
      element('section', { class: 'card', 'aria-label': title }, element('h2', {}, title), this.#runs.length > 0 ? table(title, columns, rows) : empty),
    ); // prettier-ignore
  }

  #showCharts(): void {
    this.#group.clear();
    const labels = labelsOf(this.#runs);
    this.#furthest = 0;
    const charts = metricsOf(this.#runs).map((metric) => {
      const curves = this.#runs.map((run, i): Curve => {
        const points = pointsOf(run, metric, this.#axis);
        this.#furthest = Math.max(this.#furthest, points.x.at(-1) ?? 0);
        return { label: labels[i] ?? '', colour: colourOf(i), points, dash: dashes[i] ?? [], smoothed: metric === 'loss', dots: metric.startsWith('eval_') };
      }); // prettier-ignore
      const format = metric === 'memory' ? formatBytes : metric === 'tokensPerSecond' ? formatCount : undefined;
      return new Chart(this.#group, { title: titleOf(metric), curves, empty: l10n.t('None of the runs tells this over this axis.'), ...(format && { format }) }); // prettier-ignore
    });
    this.#places.charts.replaceChildren(...charts.map(({ root }) => root));
    this.#draw();
  }

  #drawNow(): void {
    this.#group.decay = this.#smoothing === 0 ? 0 : this.#smoothing ** (1000 / Math.max(1, this.#furthest));
    this.#group.redraw();
  }

  #showDifferences(): void {
    const title = l10n.t('Recipe keys that differ');
    const labels = labelsOf(this.#runs);
    const columns = [{ title: l10n.t('key') }, ...labels.map((label) => ({ title: label }))];
    const rows = (this.#differences ?? []).map(({ key, values }) => [element('code', {}, key), ...this.#runs.map((_, i) => shown(values[i]))]); // prettier-ignore
    const body = rows.length > 0 ? table(title, columns, rows) : element('p', { class: 'dim' }, l10n.t('The recipes say the same.')); // prettier-ignore
    this.#places.differences.replaceChildren(
      ...(this.#runs.length > 1 && this.#differences ? [element('section', { class: 'card', 'aria-label': title }, element('h2', {}, title), body)] : []),
    ); // prettier-ignore
  }

  #remember(): void {
    const runs = this.#runs.map(({ run }) => run.id);
    if (runs.length > 0) this.#host.remember({ runs, axis: this.#axis, smoothing: this.#smoothing });
  }
}

const shown = (value: unknown): string =>
  value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

/** Metrics with a name of their own; others are called as they are written. */
function titleOf(metric: string): string {
  switch (metric) {
    case 'loss':
      return l10n.t('Loss');
    case 'eval_loss':
      return l10n.t('Evaluation loss');
    case 'gradNorm':
      return l10n.t('Gradient norm');
    case 'learningRate':
      return l10n.t('Learning rate');
    case 'tokensPerSecond':
      return l10n.t('Tokens per second');
    case 'memory':
      return l10n.t('Memory');
    default:
      return metric;
  }
}
