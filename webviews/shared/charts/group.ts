// Charts that are looked at together: one range of x, one cursor, one smoothing, one drawing a frame for all of them.
import * as l10n from '@vscode/l10n';
import { element, perFrame, setText } from '../dom.ts';
import type { Chart } from './chart.ts';
import type { Range } from './grid.ts';
import { Palette } from './palette.ts';

export interface GroupParts {
  /** The range that everything drawn lies in. */
  readonly full: () => Range;
  /** x as a person reads it: "step 1,140". */
  readonly describeX: (x: number) => string;
  readonly formatX: (x: number) => string;
  /** null: everything is shown again. */
  readonly zoomed: (zoom: Range | null) => void;
}

/** Names of the groups' cursors: uPlot joins what has one name. */
let groups = 0;

export class ChartGroup {
  readonly palette: Palette;
  readonly key: string;
  /** 0: none. Weight that a point keeps one unit of x later. */
  decay = 0;
  readonly parts: GroupParts;
  /** Says where the cursor is to who does not see it. */
  readonly announcer = element('div', { class: 'unseen', role: 'status' });
  #zoom: Range | null = null;
  readonly #charts: Chart[] = [];
  readonly redraw: () => void;

  constructor(parts: GroupParts) {
    this.parts = parts;
    this.key = `charts-${(groups += 1)}`;
    this.redraw = perFrame(() => {
      for (const chart of this.#charts) chart.draw();
    });
    this.palette = new Palette(this.redraw);
  }

  add(chart: Chart): void {
    this.#charts.push(chart);
  }

  clear(): void {
    for (const chart of this.#charts.splice(0)) chart.destroy();
  }

  get zoom(): Range | null {
    return this.#zoom;
  }

  /** What is shown: never empty. */
  get range(): Range {
    const { from, to } = this.#zoom ?? this.parts.full();
    return to > from ? { from, to } : { from, to: from + 1 };
  }

  /** What was shown before a reload, when nothing is known of the run yet. */
  restore(zoom: Range | null): void {
    this.#zoom = zoom;
  }

  zoomTo(zoom: Range | null): void {
    const full = this.parts.full();
    const wide = zoom && zoom.from <= full.from && zoom.to >= full.to;
    this.#zoom = zoom === null || wide ? null : { from: Math.max(full.from, zoom.from), to: Math.min(full.to, zoom.to) };
    this.parts.zoomed(this.#zoom);
    this.redraw();
  } // prettier-ignore

  /** Shows the cursor of all charts at x. */
  pointAt(x: number): void {
    for (const chart of this.#charts) chart.pointAt(x);
  }

  /** Keys on a chart; true where one was meant for it. */
  handleKey(event: KeyboardEvent, chart: Chart): boolean {
    const { from, to } = this.range;
    const width = to - from;
    const at = chart.cursor ?? to;
    const pointAt = (x: number): true => {
      this.pointAt(Math.min(to, Math.max(from, x)));
      setText(this.announcer, chart.describe());
      return true;
    };
    const zoomTo = (zoom: Range | null): true => {
      this.zoomTo(zoom);
      const shown = this.range;
      setText(this.announcer, l10n.t('Shown: {0} to {1}', this.parts.formatX(shown.from), this.parts.formatX(shown.to)));
      return true;
    }; // prettier-ignore
    const scale = (factor: number): true => zoomTo({ from: at - (at - from) * factor, to: at + (to - at) * factor });
    const shift = (by: number): true => zoomTo({ from: from + by, to: to + by });
    switch (event.key) {
      case 'ArrowLeft':
        return event.shiftKey ? shift(-width / 4) : pointAt(chart.neighbour(at, -1));
      case 'ArrowRight':
        return event.shiftKey ? shift(width / 4) : pointAt(chart.neighbour(at, 1));
      case 'PageUp':
        return pointAt(at - width / 10);
      case 'PageDown':
        return pointAt(at + width / 10);
      case 'Home':
        return pointAt(from);
      case 'End':
        return pointAt(to);
      case '+':
      case '=':
        return scale(0.5);
      case '-':
        return scale(2);
      case '0':
      case 'Escape':
        return this.#zoom ? zoomTo(null) : false;
      default:
        return false;
    }
  }
}
