// One chart: curves over the group's range, drawn by uPlot from a grid as wide as the chart. Its picture is for the eye; a name that says
// the figures, and a cursor that keys move, are for everybody.
import * as l10n from '@vscode/l10n';
import uPlot from 'uplot';
import { element, fill, setAttribute, setText } from '../dom.ts';
import { formatValue } from '../format.ts';
import { fillGrid, gridOf } from './grid.ts';
import type { ChartGroup } from './group.ts';
import { lineSample } from './line-sample.ts';
import type { ColourName } from './palette.ts';
import { indexAtLeast, type Points } from './points.ts';

export interface Curve {
  readonly label: string;
  readonly colour: ColourName;
  readonly points: Points;
  /** Drawn faint, with its moving average over it. */
  readonly smoothed?: boolean;
  readonly dash?: readonly number[];
  /** Every point is marked: there are few of them, and each counts. */
  readonly dots?: boolean;
}

export interface ChartParts {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly format?: (value: number) => string;
  /** Said while there is nothing to draw. */
  readonly empty: string;
  /** y begins at 0. */
  readonly fromZero?: boolean;
}

interface Line {
  readonly curve: Curve;
  readonly faint: boolean;
  readonly values: () => Float64Array;
}

export class Chart {
  readonly root: HTMLElement;
  readonly #group: ChartGroup;
  readonly #parts: ChartParts;
  readonly #plotPlace: HTMLElement;
  readonly #keys = element('ul', { class: 'keys' });
  readonly #readout = element('span', { class: 'readout', 'aria-hidden': 'true' });
  readonly #empty: HTMLElement;
  readonly #observer: ResizeObserver;
  #lines: Line[] = [];
  #columns: (number | null)[][] = [];
  #plot: uPlot | undefined;
  #drawn = '';

  constructor(group: ChartGroup, parts: ChartParts) {
    this.#group = group;
    this.#parts = parts;
    this.#empty = element('div', { class: 'empty' }, parts.empty);
    this.#plotPlace = element('div', {
      class: 'chart',
      tabindex: 0,
      role: 'application',
      'aria-roledescription': l10n.t('chart'),
      'aria-label': parts.title,
      onkeydown: (event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey && group.handleKey(event, this)) event.preventDefault();
      },
      onfocus: () => setAttribute(this.#plotPlace, 'aria-label', this.#summary()),
    });
    this.#plotPlace.append(this.#empty);
    const head = element('div', { class: 'chart-head' }, element('h2', {}, parts.title), this.#keys, this.#readout);
    this.root = element('section', { class: 'card chart-card', 'aria-label': parts.title }, head, this.#plotPlace);
    this.#observer = new ResizeObserver(() => group.redraw());
    this.#observer.observe(this.#plotPlace);
    group.add(this);
  }

  get #format(): (value: number) => string {
    return this.#parts.format ?? formatValue;
  }

  /** Draws what is there now. */
  draw(): void {
    const { clientWidth: width, clientHeight: height } = this.#plotPlace;
    const curves = this.#parts.curves.filter(({ points }) => points.length > 0);
    this.#empty.hidden = curves.length > 0;
    if (width === 0 || curves.length === 0) {
      this.#plot?.destroy();
      this.#plot = undefined;
      this.#drawn = '';
      fill(this.#keys);
      return setText(this.#readout, '');
    }
    const shape = `${curves.map(({ label }) => label).join('\n')} ${this.#group.decay > 0}`;
    if (!this.#plot || shape !== this.#drawn) this.#build(curves, width, height);
    this.#drawn = shape;
    const plot = this.#plot;
    if (!plot) return;
    if (plot.width !== width || plot.height !== height) plot.setSize({ width, height });
    this.#drawOn(plot);
    this.#read();
  }

  #drawOn(plot: uPlot): void {
    const range = this.#group.range;
    const wide = Math.max(50, Math.round(plot.bbox.width / devicePixelRatio));
    const grid = gridOf(range, wide);
    this.#columns = this.#lines.map((line, i) => {
      const kept = this.#columns[i];
      const column = kept?.length === grid.length ? kept : Array.from<number | null>({ length: grid.length }).fill(null);
      fillGrid(column, line.curve.points.x, line.values(), range);
      return column;
    }); // prettier-ignore
    plot.batch(() => {
      plot.setData([grid, ...this.#columns] as unknown as uPlot.AlignedData, false);
      plot.setScale('x', { min: range.from, max: range.to });
    });
  }

  #build(curves: readonly Curve[], width: number, height: number): void {
    this.#plot?.destroy();
    const { decay } = this.#group;
    this.#lines = curves.flatMap((curve): Line[] => {
      const plain: Line = { curve, faint: false, values: () => curve.points.y };
      if (!curve.smoothed || decay === 0) return [plain];
      return [
        { ...plain, faint: true },
        { curve, faint: false, values: () => curve.points.smooth(this.#group.decay) },
      ];
    });
    this.#plot = new uPlot(this.#options(width, height), undefined, this.#plotPlace);
    const named = curves.length > 1 || this.#parts.curves.length > 1 || curves[0]?.smoothed;
    fill(this.#keys, ...(named ? curves.map((curve) => this.#key(curve)) : []));
  }

  #key({ label, colour, dash }: Curve): HTMLElement {
    const key = element('li', {}, lineSample(dash), label);
    key.style.setProperty('--key', `var(--${colour})`);
    return key;
  }

  #options(width: number, height: number): uPlot.Options {
    const { palette, key, parts } = this.#group;
    const axis: uPlot.Axis = {
      stroke: () => palette.of('axis'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: () => palette.of('grid'), width: 1 },
      ticks: { show: false },
      gap: 4,
    };
    return {
      width,
      height,
      legend: { show: false },
      padding: [6, 6, 0, 0],
      scales: {
        x: { time: false, auto: false },
        y: { range: (_, low, high) => this.#rangeY(low, high) },
      },
      axes: [
        { ...axis, size: 20, space: 60, incrs: wholeSteps, values: (_, at) => at.map((x) => parts.formatX(x)) },
        { ...axis, size: (_, values) => 10 + 6.2 * Math.max(2, ...(values ?? []).map((text) => text.length)), space: 26, values: (_, at) => at.map((y) => this.#format(y)) },
      ],
      series: [{}, ...this.#lines.map((line) => this.#series(line))],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        sync: { key, scales: ['x', null], filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
        bind: { dblclick: () => () => (this.#group.zoomTo(null), null) },
      },
      hooks: {
        setCursor: [() => this.#read()],
        setSelect: [
          (plot) => {
            if (plot.select.width === 0) return;
            const [from, to] = [plot.select.left, plot.select.left + plot.select.width].map((left) => plot.posToVal(left, 'x')); // prettier-ignore
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            this.#group.zoomTo({ from: from ?? 0, to: to ?? 0 });
          },
        ],
      },
    };
  } // prettier-ignore

  #series({ curve, faint }: Line): uPlot.Series {
    const { palette } = this.#group;
    const stroke = (): string => palette.of(curve.colour);
    const marked = (): boolean => !faint && (curve.dots === true || curve.points.length === 1);
    return {
      stroke,
      width: faint ? 1 : 1.6,
      alpha: faint ? 0.35 : 1,
      spanGaps: true,
      ...(curve.dash && { dash: [...curve.dash] }),
      points: {
        show: marked,
        size: 5,
        stroke,
        fill: stroke,
        // the grid is not the points: all places that hold one are shown
        filter: (_, line) =>
          marked() ? (this.#columns[line - 1] ?? []).flatMap((value, i) => (value === null ? [] : [i])) : null,
      },
    };
  }

  /** Around what is shown, with a little room; a level line stands in the middle. */
  #rangeY(low: number | null, high: number | null): uPlot.Range.MinMax {
    if (low === null || high === null) return [0, 1];
    const bottom = this.#parts.fromZero ? Math.min(0, low) : low;
    const room = (high - bottom) * 0.06 || Math.abs(high) * 0.1 || 1;
    return [this.#parts.fromZero && bottom === 0 ? 0 : bottom - room, high + room];
  }

  /** x under the cursor; undefined where there is none. */
  get cursor(): number | undefined {
    const left = this.#plot?.cursor.left ?? -1;
    return this.#plot && left >= 0 ? this.#plot.posToVal(left, 'x') : undefined;
  }

  pointAt(x: number): void {
    this.#plot?.setCursor({ left: this.#plot.valToPos(x, 'x'), top: 1 });
  }

  /** x of the point before or after another. */
  neighbour(x: number, direction: 1 | -1): number {
    const points = this.#parts.curves.find((curve) => curve.points.length > 0)?.points;
    if (!points) return x;
    const { x: steps } = points;
    // the cursor stands on a pixel, not on a point
    const width = (this.#group.range.to - this.#group.range.from) / Math.max(1, this.#plot?.bbox.width ?? 1);
    const at = direction > 0 ? indexAtLeast(steps, x + width, true) : indexAtLeast(steps, x - width, false) - 1;
    return steps[Math.min(points.length - 1, Math.max(0, at))] ?? x;
  }

  /** The figures at the cursor, or the last ones. */
  describe(): string {
    const x = this.cursor ?? Number.POSITIVE_INFINITY;
    const found = this.#parts.curves.flatMap(({ label, points }) => {
      const at = points.nearest(x);
      return at < 0 ? [] : [{ label, x: points.x[at] ?? 0, y: points.y[at] ?? 0 }];
    });
    const [first] = found;
    if (!first) return '';
    const values = found.map(({ label, y }) => (found.length > 1 ? `${label} ${this.#format(y)}` : this.#format(y)));
    return `${this.#group.parts.describeX(first.x)} · ${values.join(' · ')}`;
  }

  #read(): void {
    setText(this.#readout, this.cursor === undefined ? '' : this.describe());
  }

  #summary(): string {
    const { title, curves } = this.#parts;
    const points = curves.find((curve) => curve.points.length > 0)?.points;
    if (!points) return `${title}: ${this.#parts.empty}`;
    const low = points.y.reduce((least, y) => Math.min(least, y), Number.POSITIVE_INFINITY);
    const high = points.y.reduce((most, y) => Math.max(most, y), Number.NEGATIVE_INFINITY);
    const { describeX } = this.#group.parts;
    return l10n.t(
      '{0}: last {1} at {2}, lowest {3}, highest {4}. Arrow keys move the cursor, plus and minus zoom, Escape shows everything.',
      title, this.#format(points.y.at(-1) ?? 0), describeX(points.x.at(-1) ?? 0), this.#format(low), this.#format(high),
    ); // prettier-ignore
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#plot?.destroy();
    this.root.remove();
  }
}

/** Steps are whole; so are the distances of their labels. */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
