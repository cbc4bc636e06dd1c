// Figures over a dataset for people: what a run would take, how long rows are, what is lost, what is left out.
import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { Bar } from '../data/preview/histogram.ts';
import type { DatasetStatistics } from '../data/preview/statistics.ts';
import type { Out } from './preview-rows.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en');

/** "0 %", "<0.1 %", "3.2 %". */
function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  const share = (100 * part) / whole;
  return share < 0.1 ? '<0.1 %' : `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

/** 1,234 → 1,234; 4,100,000 → 4.1 million. */
const rough = (value: number): string =>
  value < 1e6
    ? count(value)
    : value < 1e9
      ? `${(value / 1e6).toFixed(1)} million`
      : `${(value / 1e9).toFixed(2)} billion`;

const LABEL = 16;

export function describeStatistics(statistics: DatasetStatistics, out: Out): string {
  const { dataset, rows, used, isDrawn, looked, isSample, tokens, truncated, dropped, untrained, cutoffLength } =
    statistics;
  const title = out.isTTY ? styleText(['bold', 'underline'], dataset, { stream: out as NodeJS.WriteStream }) : dataset;
  const line = (label: string, text: string): string => `  ${label.padEnd(LABEL)}${text}`;
  const kept = looked - dropped.reduce((sum, { rows }) => sum + rows, 0);
  const scale = looked === 0 ? 0 : used / looked;
  const about = isSample || isDrawn ? 'about ' : '';
  const lines = [
    title,
    line(
      'rows',
      count(rows) +
        (isDrawn
          ? `, of which num_samples draws ${count(used)} at random`
          : used < rows
            ? `, of which max_samples takes the first ${count(used)}`
            : ''),
    ),
    ...fileLines(statistics).map((text, i) => line(i === 0 ? 'files' : '', text)),
    ...(isSample
      ? [
          line(
            'looked at',
            `${count(looked)} rows, spread evenly; the figures below are of these (--all looks at every row)`,
          ),
        ]
      : []),
    line('left out', dropped.length === 0 ? 'none' : `${count(looked - kept)} (${percent(looked - kept, looked)})`),
    ...dropped.map(({ reason, rows, first }) =>
      line('', `${count(rows)}, because ${reason}; the first is row ${first}`),
    ),
  ];
  if (kept === 0) return [...lines, ''].join('\n');
  lines.push(
    line('tokens', `${about}${rough(tokens.total * scale)}, of which ${percent(tokens.trained, tokens.total)} are trained (${about}${rough(tokens.trained * scale)})`), // prettier-ignore
    line('nothing trained', untrained.rows === 0 ? 'in no row' : `in ${count(untrained.rows)} rows; the first is row ${untrained.first}`), // prettier-ignore
    line(`longer than ${cutoffLength}`, truncated.rows === 0 ? 'no row (cutoff_len)' : `${count(truncated.rows)} rows (${percent(truncated.rows, kept)}) are cut at cutoff_len and lose ${rough(truncated.lostTokens)} tokens`), // prettier-ignore
    line('length of a row', `half have up to ${count(tokens.median)} tokens, 95 % up to ${count(tokens.p95)}, 99 % up to ${count(tokens.p99)}; ${count(tokens.shortest)} to ${count(tokens.longest)}, ${count(tokens.mean)} on average`), // prettier-ignore
    '',
    ...bars(statistics.histogram, out),
    '',
  );
  return lines.join('\n');
}

/** Files that are named one by one. */
const FILES_SHOWN = 5;

function fileLines({ files }: DatasetStatistics): string[] {
  const shown = files.slice(0, FILES_SHOWN).map(({ path, rows }) => `${relative('.', path)}${files.length > 1 ? ` (${count(rows)} rows)` : ''}`); // prettier-ignore
  return files.length > FILES_SHOWN ? [...shown, `and ${count(files.length - FILES_SHOWN)} more`] : shown;
}

const WIDTH = 40;

function bars(histogram: readonly Bar[], out: Out): string[] {
  const most = Math.max(...histogram.map(({ rows }) => rows), 1);
  const labels = histogram.map(({ from, to }) => (to === null ? `${count(from)} or more` : `${count(from)}–${count(to - 1)}`)); // prettier-ignore
  const width = Math.max(...labels.map(({ length }) => length));
  return histogram.map(({ rows }, i) => {
    const bar = '█'.repeat(Math.max(rows > 0 ? 1 : 0, Math.round((rows / most) * WIDTH)));
    const shown = out.isTTY ? styleText('cyan', bar, { stream: out as NodeJS.WriteStream }) : bar;
    return `  ${(labels[i] ?? '').padStart(width)} ${shown}${bar === '' ? '' : ' '}${count(rows)}`;
  });
}
