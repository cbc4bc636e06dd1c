// The second line of a row in the list: what is wrong with it, else how long it is.
import * as l10n from '@vscode/l10n';
import type { RowSummary } from '../../daemon/data/protocol.ts';
import { formatCount } from '../shared/format.ts';

export type Level = 'error' | 'warning' | 'plain';

/** `cutoff`: tokens after which rows are cut. */
export function describeRow(row: RowSummary, cutoff: number | undefined): { readonly words: string; readonly level: Level } {
  const { finding, dropped, lost = 0, tokens, trained } = row;
  if (finding?.severity === 'error') return { words: finding.message, level: 'error' };
  if (dropped !== undefined) return { words: l10n.t('left out: {0}', dropped), level: 'error' };
  if (tokens !== undefined && lost > 0) {
    const words = trained === 0 ? l10n.t('{0} tokens, cut at {1}: nothing is left to train', formatCount(tokens), formatCount(cutoff ?? tokens - lost)) : l10n.t('{0} tokens, cut at {1}: {2} are lost', formatCount(tokens), formatCount(cutoff ?? tokens - lost), formatCount(lost)); // prettier-ignore
    return { words, level: 'warning' };
  }
  if (trained === 0) return { words: l10n.t('no token is trained'), level: 'warning' };
  if (finding?.severity === 'warning') return { words: finding.message, level: 'warning' };
  return { words: figures(row), level: 'plain' };
} // prettier-ignore

/** "2 turns · 143 tokens · 71 trained". */
function figures({ turns, tokens, trained, line }: RowSummary): string {
  const parts: string[] = [];
  if (turns !== undefined) parts.push(turnsOf(turns));
  if (tokens !== undefined) parts.push(l10n.t('{0} tokens', formatCount(tokens)));
  if (trained !== undefined) parts.push(l10n.t('{0} trained', formatCount(trained)));
  if (tokens === undefined && line !== undefined) parts.push(l10n.t('line {0}', formatCount(line)));
  return parts.join(' · ');
}

/** A question and its answer are a turn. */
function turnsOf(messages: number): string {
  const turns = Math.ceil(messages / 2);
  return turns === 1 ? l10n.t('1 turn') : l10n.t('{0} turns', formatCount(turns));
}
