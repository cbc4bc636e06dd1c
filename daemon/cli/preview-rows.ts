// A previewed row for people: where it comes from, its text with the trained parts marked, and why the rest is not trained.
import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { ShownRow } from '../data/preview/preview.ts';
import type { PreviewedText, PreviewedTokens } from '../data/preview/row.ts';
import type { MaskReason } from '../data/example.ts';

/** Control characters of a row must not reach the terminal: they are shown as the pictures that stand for them. */
const harmless = (text: string): string =>
  text.replace(/\p{Cc}/gu, (control) => {
    if (control === '\n' || control === '\t') return control;
    const code = control.charCodeAt(0);
    return String.fromCharCode(code < 32 ? 0x2400 + code : 0x2421);
  });

type Style = Parameters<typeof styleText>[0];

export interface Out {
  readonly isTTY?: boolean;
}

const styled = (style: Style, text: string, out: Out): string =>
  out.isTTY ? styleText(style, text, { stream: out as NodeJS.WriteStream }) : text;

const words: Readonly<Record<MaskReason, string>> = {
  response: 'answer',
  thought: 'empty thought',
  prompt: 'question',
  system: 'system text',
  'tool-result': 'tool result',
  history: 'earlier answer (mask_history)',
  'loss-off': 'switched off by the message',
  template: 'written by the template',
  'cut-off': 'cut off',
  padding: 'padding',
};

const count = (value: number): string => value.toLocaleString('en');

/** Lines of one row. */
export function describeRow({ row, source }: ShownRow, out: Out): string {
  const place = source && `${relative('.', source.file)}${source.line === undefined ? '' : `:${source.line}`}`;
  const title = `${row.dataset}, row ${row.row}${place ? ` (${harmless(place)})` : ''}`;
  if ('dropped' in row) {
    return `${heading(title, out)}\n${styled('yellow', `Left out, because ${harmless(row.dropped)}.`, out)}\n`;
  }
  const kind = row.desirable === undefined ? '' : row.desirable ? ', desirable' : ', undesirable';
  const [chosen, rejected] = row.rejected ? ['Chosen: ', ['', summary('Rejected: ', row.rejected), marked(row.rejected, out)]] : ['', []]; // prettier-ignore
  const told = [...(row.notes ?? []).map(({ text }) => text), ...differs(row)];
  const notes = told.map((note) => styled('yellow', `Note: ${harmless(note)}`, out));
  return [heading(title + kind, out), summary(chosen, row), marked(row, out), ...rejected, ...notes, ''].join('\n');
}

function differs({ ownTemplate }: PreviewedTokens): string[] {
  if (!ownTemplate) return [];
  const [before, named, own] = [ownTemplate.before, ownTemplate.named, ownTemplate.own].map((text) => JSON.stringify(text)); // prettier-ignore
  return [
    `The model's own chat template writes this row in another way: behind ${before} ${own} where the named one has ${named}.`,
  ];
}

const heading = (text: string, out: Out): string => styled(['bold', 'underline'], text, out);

/** "182 tokens, 61 trained; not trained: 80 written by the template, 41 question". */
function summary(which: string, { tokens, labels, cut = [] }: PreviewedText): string {
  const trained = labels.filter((label) => label !== -100).length;
  const masked = new Map<MaskReason, number>();
  for (const token of tokens) if (!token.trained) masked.set(token.reason, (masked.get(token.reason) ?? 0) + 1);
  const why = [...masked].sort(([, a], [, b]) => b - a).map(([reason, tokens]) => `${count(tokens)} ${words[reason]}`);
  const rest = why.length > 0 ? `; not trained: ${why.join(', ')}` : '';
  const lost = cut.length > 0 ? ', cut at cutoff_len' : '';
  return `${which}${count(tokens.length)} tokens, ${count(trained)} trained${lost}${rest}`;
}

/** Characters that are shown of what was cut off. */
const LOST_SHOWN = 60;

/** The text: trained parts green on a terminal, in brackets elsewhere; the template's own words dim; what was cut off named. */
function marked({ tokens, cut = [] }: PreviewedText, out: Out): string {
  let shown = '';
  let run = '';
  let style: 'trained' | 'template' | 'plain' = 'plain';
  const flush = (): void => {
    if (run !== '') shown += marking[style](harmless(run), out);
    run = '';
  };
  for (let i = 0; i <= tokens.length; i++) {
    for (const { at, text } of cut) {
      if (at !== i) continue;
      flush();
      const begin = text.slice(0, LOST_SHOWN).replaceAll('\n', ' ');
      const more = text.length > LOST_SHOWN ? ` … ${count(text.length)} characters` : '';
      shown += styled('red', `[cut off: ${harmless(begin)}${more}]`, out);
    }
    const token = tokens[i];
    if (!token) break;
    const next = token.trained ? 'trained' : token.reason === 'template' ? 'template' : 'plain';
    if (next !== style) flush();
    style = next;
    run += token.text;
  }
  flush();
  return shown;
}

const marking = {
  trained: (text: string, out: Out): string => (out.isTTY ? styled('green', text, out) : `⟦${text}⟧`),
  template: (text: string, out: Out): string => styled('dim', text, out),
  plain: (text: string): string => text,
};

/** What the marks mean. */
export const legend = (out: Out): string =>
  out.isTTY
    ? `${styled('green', 'Green', out)} is what the model learns to write; the rest it only reads (${styled('dim', 'grey', out)}: written by the template).`
    : 'In ⟦ ⟧ is what the model learns to write; the rest it only reads.';
