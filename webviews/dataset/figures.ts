// The foot: how long rows are, with the line at which they are cut, and what the model learns from, as plain sentences.
import * as l10n from '@vscode/l10n';
import type { DatasetScan } from '../../daemon/data/protocol.ts';
import { element, fill, setText, type Child } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';

type Figures = NonNullable<DatasetScan['figures']>;

export class FiguresPart {
  readonly element: HTMLElement;
  readonly #bars = element('div', { class: 'bars', role: 'img' });
  readonly #lengths = element('p', { class: 'dim' });
  readonly #learned = element('p', {});
  #drawn = '';
  #last: DatasetScan | undefined;

  constructor() {
    this.element = element(
      'footer',
      { class: 'figures', hidden: true },
      element('section', {}, element('h2', {}, l10n.t('Tokens per row')), this.#bars, this.#lengths),
      element('section', {}, element('h2', {}, l10n.t('What the model learns from')), this.#learned),
    );
  }

  /**
   * `cutoff`: tokens after which rows are cut. While rows are counted anew the last figures stand there with the line where it will be.
   */
  show(scan: DatasetScan | undefined, cutoff: number | undefined): void {
    const isWaiting = !scan?.figures;
    const known = isWaiting ? this.#last : (this.#last = scan);
    const figures = known?.figures;
    this.element.hidden = !figures || figures.looked === 0;
    this.element.classList.toggle('waiting', isWaiting);
    if (!known || !figures) return;
    const drawn = JSON.stringify([figures, cutoff, known.scan?.counts.duplicates, isWaiting]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#drawBars(figures, cutoff);
    if (isWaiting) setText(this.#learned, l10n.t('Counting anew…'));
    else this.#drawWords(figures, known, cutoff);
  }

  /** Other rows are shown: what is known of these is forgotten. */
  clear(): void {
    this.#last = undefined;
  }

  #drawBars({ histogram }: Figures, cutoff: number | undefined): void {
    const most = Math.max(1, ...histogram.map(({ rows }) => rows));
    const width = histogram[0]?.to ?? 1;
    const parts: Child[] = histogram.map(({ from, to, rows }) => {
      const isBeyond = cutoff !== undefined && (to === null ? from >= cutoff : to > cutoff);
      const title = to === null ? l10n.t('{0} tokens and more: {1} rows', formatCount(from), formatCount(rows)) : l10n.t('{0} to {1} tokens: {2} rows', formatCount(from), formatCount(to - 1), formatCount(rows)); // prettier-ignore
      const height = rows === 0 ? 0 : Math.max(3, (100 * rows) / most);
      const bar = element('i', { class: isBeyond ? 'beyond' : '', title });
      bar.style.setProperty('--height', `${height}%`);
      return bar;
    });
    if (cutoff !== undefined && cutoff <= width * histogram.length) {
      const line = element('b', { class: 'cutoff', title: `cutoff_len ${formatCount(cutoff)}` });
      line.style.setProperty('--at', `${(100 * cutoff) / (width * histogram.length)}%`);
      parts.push(line);
    }
    fill(this.#bars, ...parts);
  }

  #drawWords(figures: Figures, scan: DatasetScan, cutoff: number | undefined): void {
    const { median, p95, longest, truncated, looked, isSample, lostTokens } = figures;
    const lengths = [l10n.t('half have up to {0}', formatCount(median)), l10n.t('95 of 100 up to {0}', formatCount(p95)), l10n.t('the longest {0}', formatCount(longest))]; // prettier-ignore
    const beyond = truncated > 0 ? l10n.t('{0} are cut at {1}, {2} tokens are lost', percent(truncated / looked), formatCount(cutoff ?? 0), formatCount(lostTokens)) : l10n.t('none is cut'); // prettier-ignore
    fill(
      this.#lengths,
      `${lengths.join(' · ')} · `,
      truncated > 0 ? element('span', { class: 'error' }, beyond) : beyond,
    );
    this.#bars.setAttribute('aria-label', l10n.t('Tokens per row: {0}', `${lengths.join(', ')}, ${beyond}`));
    const parts: Child[] = [
      isSample ? l10n.t('Of {0} rows from all over the file: ', formatCount(looked)) : '',
      l10n.t('{0} tokens', formatCount(figures.tokens)),
      ', ',
      element('b', {}, l10n.t('{0} trained', percent(figures.trained / Math.max(1, figures.tokens)))),
    ];
    const say = (count: number, one: string, many: (count: string) => string): void => {
      if (count > 0) parts.push(` · ${count === 1 ? one : many(formatCount(count))}`);
    };
    say(figures.untrained, l10n.t('1 row trains nothing'), (count) => l10n.t('{0} rows train nothing', count));
    const dropped = figures.dropped.reduce((sum, { rows }) => sum + rows, 0);
    say(dropped, l10n.t('1 row is left out'), (count) => l10n.t('{0} rows are left out', count));
    if (scan.scan?.state === 'done') say(scan.scan.counts.duplicates, l10n.t('1 row repeats an earlier one'), (count) => l10n.t('{0} rows repeat earlier ones', count)); // prettier-ignore
    fill(this.#learned, ...parts);
  }
}

const percent = (share: number): string =>
  `${(100 * share).toLocaleString(document.documentElement.lang, { maximumFractionDigits: share < 0.1 ? 1 : 0 })}%`;
