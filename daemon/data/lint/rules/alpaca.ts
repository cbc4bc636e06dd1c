// Rules on flat rows: instruction, input, output, history, pairs of answers, thumbs.
import * as l10n from '@vscode/l10n';
import type { Row } from '../../align/row.ts';
import type { Checker } from '../checker.ts';
import type { LintRow } from '../row.ts';
import { asText, checkAnswer, checkThumb, isNothing, kindOf, lacks, refuseThumb } from './common.ts';
import { checkText } from './texts.ts';
import { checkTools } from './tools.ts';

export function checkAlpaca(checker: Checker, row: LintRow, value: Row): void {
  const { columns } = checker.use.entry;
  checkSystem(checker, row, value);
  checkHistory(checker, row, value);
  checkPrompt(checker, row, value);
  switch (checker.purpose) {
    case 'pretrain':
    case 'prompt':
      break;
    case 'pair':
      checkPair(checker, row, value);
      break;
    case 'kto':
      checkThumb(checker, row, value);
      checkAnswer(checker, row, value, columns.response);
      break;
    case 'answer':
      refuseThumb(checker, row, value);
      checkAnswer(checker, row, value, columns.response);
  }
}

/** System text and tools, which all layouts have. */
export function checkSystem(checker: Checker, row: LintRow, value: Row): void {
  const { system, tools } = checker.use.entry.columns;
  if (system !== undefined) {
    const text = value[system];
    if (typeof text === 'string') checkText(checker, row, [system], text, 'system');
    else if (!isNothing(text)) {
      checker.report.row(row, 'content-not-string', [system], () => l10n.t('The system text is {0}: write text.', kindOf(text))); // prettier-ignore
    }
  }
  if (tools !== undefined) checkTools(checker, row, [tools], value[tools]);
}

function checkPrompt(checker: Checker, row: LintRow, value: Row): void {
  const { prompt, query } = checker.use.entry.columns;
  let filled = false;
  let wrong = false;
  for (const name of [prompt, query]) {
    const text = name === undefined ? undefined : value[name];
    if (name === undefined || isNothing(text)) continue;
    if (typeof text === 'string') {
      checkText(checker, row, [name], text, 'prompt');
      filled ||= text.trim() !== '';
    } else {
      wrong = true;
      const fix = asText(text);
      checker.report.row(row, 'content-not-string', [name], () => l10n.t('"{0}" is {1}: write text.', name, kindOf(text)), { fix }); // prettier-ignore
    }
  }
  if (filled || wrong) return;
  const name = prompt ?? query;
  if (name === undefined) return;
  if (!(name in value) && (query === undefined || !(query in value))) lacks(checker, row, name);
  else if (checker.purpose === 'pretrain') {
    // a blank line of a text file is no row that anybody wrote
    if (row.raw !== undefined)
      checker.report.row(row, 'empty-response', [name], () => l10n.t('The text to learn is empty: remove the row.'), { severity: 'warning' }); // prettier-ignore
  } else {
    const shown = name in value ? name : (query ?? name);
    checker.report.row(row, 'empty-prompt', [shown], () => l10n.t('The prompt is empty: write what is asked, or remove the row.')); // prettier-ignore
  }
}

function checkHistory(checker: Checker, row: LintRow, value: Row): void {
  const { history } = checker.use.entry.columns;
  const turns = history === undefined ? undefined : value[history];
  if (history === undefined || isNothing(turns)) return;
  const wrong = (path: (string | number)[], message: () => string): void =>
    checker.report.row(row, 'history-shape', path, message);
  if (!Array.isArray(turns)) {
    wrong([history], () => l10n.t('The history is {0}: write a list of [question, answer] pairs.', kindOf(turns)));
    return;
  }
  for (const [i, turn] of (turns as unknown[]).entries()) {
    const path = [history, i];
    if (!Array.isArray(turn) || turn.length !== 2) {
      const count = Array.isArray(turn) ? l10n.t('a list of {0}', turn.length) : kindOf(turn);
      wrong(path, () => l10n.t('Each turn of the history is a pair [question, answer], and this is {0}.', count));
      continue;
    }
    for (const [side, text] of (turn as unknown[]).entries()) {
      if (typeof text === 'string') checkText(checker, row, [...path, side], text, side === 0 ? 'prompt' : 'answer');
      else wrong([...path, side], () => l10n.t('A turn of the history holds {0}: write text.', kindOf(text)));
    }
  }
}

function checkPair(checker: Checker, row: LintRow, value: Row): void {
  const { chosen, rejected } = checker.use.entry.columns;
  checkAnswer(checker, row, value, chosen);
  checker.apart(() => checkAnswer(checker, row, value, rejected));
  if (chosen === undefined || rejected === undefined) return;
  const [good, bad] = [value[chosen], value[rejected]];
  if (typeof good === 'string' && good === bad) identical(checker, row, rejected);
}

export const identical = ({ report }: Checker, row: LintRow, name: string): void =>
  report.row(row, 'identical-pair', [name], () => l10n.t('The preferred and the rejected answer are the same, so there is nothing to learn: change one of them, or remove the row.')); // prettier-ignore
