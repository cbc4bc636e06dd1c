// A row as the text that the template makes of it: special tokens stand out, what cutoff_len takes away is struck through.
import * as l10n from '@vscode/l10n';
import type { PreviewedTokens, WholeRow } from '../../daemon/data/protocol.ts';
import { element, fill, type Child } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';
import { visible } from './visible.ts';

export type ShownText = Pick<PreviewedTokens, 'ids' | 'tokens' | 'cut'>;

/** The row as the model will see it; undefined where it is left out, or nothing renders it. */
export const renderedRow = ({ shown }: WholeRow): PreviewedTokens | undefined =>
  shown && 'ids' in shown ? (shown as PreviewedTokens) : undefined;

/** The texts of a row: one, or of a pair two. */
export function textsOf(row: WholeRow): { readonly title: string | undefined; readonly text: ShownText }[] {
  const text = renderedRow(row);
  if (!text) return [];
  if (!text.rejected) return [{ title: undefined, text }];
  return [
    { title: l10n.t('With the chosen answer'), text },
    { title: l10n.t('With the rejected answer'), text: text.rejected },
  ];
}

export function fillText(panel: HTMLElement, row: WholeRow): void {
  const special = new Set(row.special);
  const parts: Child[] = textsOf(row).flatMap(({ title, text }) => [
    title === undefined ? undefined : element('h2', {}, title),
    element('div', { class: 'text mono rendered', role: 'document', 'aria-label': title ?? l10n.t('Rendered text') }, ...runs(text, special)),
  ]); // prettier-ignore
  if (parts.length === 0) parts.push(notRendered());
  if (row.unshown > 0) parts.push(element('p', { class: 'dim' }, l10n.t('… and {0} more tokens.', formatCount(row.unshown)))); // prettier-ignore
  fill(panel, ...parts);
}

export const notRendered = (): HTMLElement =>
  element('p', { class: 'dim nothing' }, l10n.t('The row is left out, so there is nothing to render.'));

/** Stretches of plain and special tokens, and of what was cut away where it stood. */
function runs({ ids, tokens, cut = [] }: ShownText, special: ReadonlySet<number>): Child[] {
  const parts: Child[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') parts.push(...visible(plain));
    plain = '';
  };
  const lost = [...cut];
  for (let i = 0; i <= tokens.length; i++) {
    while (lost[0]?.at === i) {
      flush();
      parts.push(lostPart(lost.shift()?.text ?? ''));
    }
    const token = tokens[i];
    if (!token) break;
    if (special.has(ids[i] ?? -1)) {
      flush();
      parts.push(element('span', { class: 'special' }, ...visible(token.text)));
    } else plain += token.text;
  }
  flush();
  return parts;
}

/** What cutoff_len takes away: `del` says so to screen readers. */
export const lostPart = (text: string): HTMLElement =>
  element('del', { class: 'cut', title: l10n.t('lost at cutoff_len') }, ...visible(text.slice(0, 100_000)));
