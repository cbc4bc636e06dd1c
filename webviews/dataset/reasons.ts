// Why a token is or is not trained, as a person reads it.
import * as l10n from '@vscode/l10n';

export interface Token {
  readonly text: string;
  readonly trained: boolean;
  readonly reason: string;
  readonly weight?: number | undefined;
}

/** One sentence without "trained" or "not trained" in front of it. */
export function reasonOf({ trained, reason }: Token): string {
  switch (reason) {
    case 'response':
      return l10n.t('part of an answer');
    case 'prompt':
      return trained ? l10n.t('a question, and train_on_prompt is on') : l10n.t('a question: it is read, not learned');
    case 'system':
      return trained ? l10n.t('the system text, and train_on_prompt is on') : l10n.t('the system text: it is read, not learned'); // prettier-ignore
    case 'history':
      return l10n.t('an earlier answer, and mask_history is on');
    case 'tool-result':
      return l10n.t('the result of a tool: it is read, not learned');
    case 'thought':
      return trained ? l10n.t('an empty thought in front of the answer; enable_thinking: false would put it into the question') : l10n.t('an empty thought that ends the question, because enable_thinking is false'); // prettier-ignore
    case 'loss-off':
      return l10n.t('the message itself says so, by loss or weight');
    case 'template':
      return trained ? l10n.t('written by the template, and train_on_prompt is on') : l10n.t('written by the template'); // prettier-ignore
    case 'padding':
      return l10n.t('padding');
    default:
      return reason;
  }
}

/** "trained: part of an answer". */
export function verdictOf(token: Token): string {
  const reason = reasonOf(token);
  const verdict = token.trained ? l10n.t('trained: {0}', reason) : l10n.t('not trained: {0}', reason);
  return token.weight === undefined || token.weight === 1 ? verdict : `${verdict} · ${l10n.t('counts {0} times', token.weight)}`; // prettier-ignore
}
