// Rules on conversations: lists of messages whose authors take turns.
import * as l10n from '@vscode/l10n';
import type { Tags } from '../../../recipe/dataset-info.ts';
import { nearest } from '../../../recipe/suggest.ts';
import { isEmpty, isRow, type Row } from '../../align/row.ts';
import type { Checker } from '../checker.ts';
import type { LintRow, Path } from '../row.ts';
import { checkSystem, identical } from './alpaca.ts';
import { checkAnswerAt, checkThumb, isNothing, kindOf, lacks, refuseThumb } from './common.ts';
import { checkText } from './texts.ts';
import { checkCall, checkToolCalls } from './tools.ts';

type Author = 'user' | 'assistant' | 'observation' | 'function' | 'system';

export function checkMessages(checker: Checker, row: LintRow, value: Row): void {
  const { entry } = checker.use;
  const name = entry.columns.messages;
  checkSystem(checker, row, value);
  if (checker.purpose === 'kto') checkThumb(checker, row, value);
  if (checker.purpose === 'answer') refuseThumb(checker, row, value);
  if (name === undefined) return;
  if (!(name in value)) lacks(checker, row, name);
  else if (Array.isArray(value[name])) new Turns(checker, row, name).check(value[name] as unknown[]);
  else {
    const found = value[name];
    checker.report.row(row, found === null ? 'missing-field' : 'content-not-string', [name], () => l10n.t('"{0}" is {1}: write a list of messages.', name, kindOf(found))); // prettier-ignore
  }
  if (checker.purpose === 'pair') checkPair(checker, row, value);
}

class Turns {
  readonly #checker: Checker;
  readonly #row: LintRow;
  readonly #name: string;
  readonly #tags: Tags;
  readonly #openai: boolean;
  /** Messages as they are counted: without the system message, neighbouring tool results as one. */
  #count = 0;
  #last: Author | undefined;
  /** Whether the order of turns can still be followed. */
  #ordered = true;

  constructor(checker: Checker, row: LintRow, name: string) {
    this.#checker = checker;
    this.#row = row;
    this.#name = name;
    this.#tags = checker.use.entry.tags;
    this.#openai = checker.use.entry.formatting === 'openai';
  }

  check(messages: readonly unknown[]): void {
    for (const [i, message] of messages.entries()) this.#message(message, i);
    const { report, purpose } = this.#checker;
    const row = this.#row;
    if (this.#count === 0 && this.#ordered) {
      const message = (): string => messages.length === 0 ? l10n.t('The conversation has no messages: remove the row.') : l10n.t('The conversation has a system message alone: add a question and an answer, or remove the row.'); // prettier-ignore
      report.row(row, 'empty-conversation', [this.#name], message);
      return;
    }
    if (!this.#ordered || purpose === 'prompt' || purpose === 'pretrain') return;
    // openai's results at the very end are left out
    const lost = this.#openai && this.#last === 'observation';
    const kept = this.#count - (lost ? 1 : 0);
    const last = [this.#name, messages.length - 1];
    const complete = purpose === 'pair' ? kept % 2 === 1 : kept % 2 === 0 && kept > 0;
    if (!complete) report.row(row, 'odd-turn-count', last, incomplete(purpose === 'pair', lost));
    else if (lost) report.row(row, 'odd-turn-count', last, () => l10n.t('Tool results at the end are left out: add the answer to them.'), { severity: 'warning' }); // prettier-ignore
  }

  #message(message: unknown, index: number): void {
    const path = [this.#name, index];
    const { report } = this.#checker;
    if (!isRow(message)) {
      this.#ordered = false;
      report.row(this.#row, 'content-not-string', path, () => l10n.t('A message is {0}: write an object with author and text.', kindOf(message))); // prettier-ignore
      return;
    }
    const author = this.#author(message, path);
    if (author === undefined) this.#ordered = false;
    else {
      if (this.#ordered) this.#order(author, [...path, this.#tags.role_tag ?? ''], index);
      this.#content(message, author, path);
    }
    this.#weight(message, path);
  }

  /** A message's own word on whether it is trained. */
  #weight(message: Row, path: Path): void {
    const name = ['loss_weight', 'weight', 'loss'].find(
      (each) => message[each] !== undefined && message[each] !== null,
    );
    const value = name === undefined ? true : message[name];
    if (name === undefined || typeof value === 'boolean' || (typeof value === 'number' && value >= 0)) return;
    this.#checker.report.row(this.#row, 'loss-weight', [...path, name], () => l10n.t('"{0}" is {1}: write true, false or a number from 0.', name, typeof value === 'number' ? value : kindOf(value))); // prettier-ignore
  }

  #author(message: Row, path: Path): Author | undefined {
    const { role_tag: key = '' } = this.#tags;
    const { report, hash } = this.#checker;
    const name = message[key];
    if (name === undefined) {
      report.row(this.#row, 'missing-field', path, () => l10n.t('The message has no "{0}", which says who speaks: add it, or correct "role_tag" in dataset_info.json.', key)); // prettier-ignore
      return undefined;
    }
    const author = authorOf(name, this.#tags);
    if (typeof name === 'string') hash.add(name);
    if (author !== undefined) return author;
    const known = knownAuthors(this.#tags);
    const meant = typeof name === 'string' ? likelyAuthor(name, this.#tags) : undefined;
    const fix =
      meant === undefined ? undefined : { title: l10n.t('Change to {0}', meant), text: JSON.stringify(meant) };
    const message_ = (): string =>
      meant === undefined
        ? l10n.t('The author {0} is none of {1}: write one of them, or name it in "tags".', JSON.stringify(name), known.join(', ')) // prettier-ignore
        : l10n.t('The author {0} is none of {1}; did you mean "{2}"?', JSON.stringify(name), known.join(', '), meant);
    report.row(this.#row, 'unknown-role', [...path, key], message_, { fix });
    return undefined;
  }

  /** Questions and tool results, then answers and calls, in turn; a system message only at the very beginning. */
  #order(author: Author, path: Path, index: number): void {
    const wrong = (message: () => string): void => {
      this.#ordered = false;
      this.#checker.report.row(this.#row, 'role-order', path, message);
    };
    if (author === 'system') {
      if (index === 0) return;
      wrong(() => l10n.t('A system message stands between the others, so the row is left out: move it to the beginning, or remove it.')); // prettier-ignore
      return;
    }
    // the results of several calls are one turn there
    if (this.#openai && author === 'observation' && this.#last === 'observation') return;
    const asks = author === 'user' || author === 'observation';
    const fits = asks === (this.#count % 2 === 0);
    this.#count += 1;
    this.#last = author;
    if (fits) return;
    if (this.#count === 1) wrong(() => l10n.t('The conversation begins with an answer, so the row is left out: begin with the user.')); // prettier-ignore
    else if (asks) wrong(() => l10n.t('Two questions in a row, so the row is left out: join them, or put the answer between them.')); // prettier-ignore
    else wrong(() => l10n.t('Two answers in a row, so the row is left out: join them, or put the question between them.')); // prettier-ignore
  }

  #content(message: Row, author: Author, path: Path): void {
    const checker = this.#checker;
    const { content_tag: key = '' } = this.#tags;
    const text = message[key];
    const at = [...path, key];
    const calls = this.#openai && (author === 'assistant' || author === 'function') ? message['tool_calls'] : undefined;
    if (!isEmpty(calls)) {
      checkToolCalls(checker, this.#row, [...path, 'tool_calls'], calls);
      if (typeof text === 'string' && text.trim() !== '')
        checker.report.row(this.#row, 'ignored-field', at, () => l10n.t('The text beside a call is not learned: put it into a message of its own.')); // prettier-ignore
      return;
    }
    if (!this.#openai && !isEmpty(message['tool_calls'])) this.#ignored([...path, 'tool_calls'], 'tool_calls');
    if (text === undefined) {
      checker.report.row(this.#row, 'missing-field', path, () => l10n.t('The message has no "{0}", which holds its text: add it, or correct "content_tag" in dataset_info.json.', key)); // prettier-ignore
    } else if (author === 'assistant') checkAnswerAt(checker, this.#row, at, text);
    else if (typeof text !== 'string') this.#notText(at, text);
    else this.#text(at, text, author);
  }

  /** A field that only openai rows have, told once. */
  #ignored(at: Path, name: string): void {
    const { report } = this.#checker;
    if (report.count('ignored-field') > 0) return;
    report.row(this.#row, 'ignored-field', at, () => l10n.t('"{0}" is read in openai rows only: set "formatting" to "openai", or write calls as messages of their own.', name), { severity: 'warning' }); // prettier-ignore
  }

  #notText(at: Path, text: unknown): void {
    const parts = Array.isArray(text) && text.some((part) => isRow(part) && 'type' in part);
    const message = (): string => parts ? l10n.t('The message is a list of parts: write its text, with <image> and the like for media.') : l10n.t('The message is {0}: write text.', kindOf(text)); // prettier-ignore
    this.#checker.report.row(this.#row, 'content-not-string', at, message);
  }

  #text(at: Path, text: string, author: Author): void {
    const checker = this.#checker;
    const side =
      author === 'user' ? 'prompt' : author === 'system' ? 'system' : author === 'function' ? 'answer' : 'tool';
    if (author === 'function') {
      if (text === '') checkAnswerAt(checker, this.#row, at, text);
      else checkCall(checker, this.#row, at, text);
    } else if (author === 'user' && text.trim() === '') {
      checker.report.row(this.#row, 'empty-prompt', at, () => l10n.t('The question is empty: write what is asked, or remove the row.')); // prettier-ignore
    }
    checkText(checker, this.#row, at, text, side);
  }
}

const incomplete = (pair: boolean, lost: boolean) => (): string => {
  if (lost) return l10n.t('The row ends with tool results, which are left out, and the row with them: add what follows them.'); // prettier-ignore
  return pair
    ? l10n.t('The prompt of a pair must end with the user, because the answers follow: remove the last answer.')
    : l10n.t('The conversation does not end with an answer, so the row is left out: add the answer, or remove the last question.'); // prettier-ignore
};

function authorOf(name: unknown, tags: Tags): Author | undefined {
  switch (name) {
    case undefined:
      return undefined;
    case tags.user_tag:
      return 'user';
    case tags.assistant_tag:
      return 'assistant';
    case tags.observation_tag:
      return 'observation';
    case tags.function_tag:
      return 'function';
    case tags.system_tag:
      return 'system';
    default:
      return undefined;
  }
}

const knownAuthors = (tags: Tags): string[] =>
  [tags.user_tag, tags.assistant_tag, tags.observation_tag, tags.function_tag, tags.system_tag].filter((name) => name !== undefined); // prettier-ignore

/** Other names for the same author, in data sets that are a mixture. */
const otherNames: readonly [keyof Tags, RegExp][] = [
  ['user_tag', /^(?:user|human|prompter|customer|question)$/i],
  ['assistant_tag', /^(?:assistant|gpt|bot|chatgpt|model|ai|answer)$/i],
  ['observation_tag', /^(?:observation|tool|tool_response|function_response|ipython)$/i],
  ['function_tag', /^(?:function_call|tool_call|function)$/i],
  ['system_tag', /^(?:system|developer)$/i],
];

function likelyAuthor(name: string, tags: Tags): string | undefined {
  const known = knownAuthors(tags);
  const same = known.find((author) => author.toLowerCase() === name.trim().toLowerCase());
  const other = otherNames.find(([, names]) => names.test(name.trim()))?.[0];
  return same ?? (other && tags[other]) ?? nearest(name, known);
}

/** chosen and rejected: each one message by the assistant. */
function checkPair(checker: Checker, row: LintRow, value: Row): void {
  const { columns, tags } = checker.use.entry;
  const { role_tag: role = '', content_tag: content = '' } = tags;
  const texts: unknown[] = [];
  for (const name of [columns.chosen, columns.rejected]) {
    if (name === undefined) continue;
    const answer = value[name];
    if (!(name in value)) {
      lacks(checker, row, name);
      continue;
    }
    if (!isRow(answer)) {
      const message = (): string => l10n.t('"{0}" is {1}, so the row is left out: write one message, like {2}.', name, kindOf(answer), JSON.stringify({ [role]: tags.assistant_tag, [content]: '…' })); // prettier-ignore
      const wrapped = typeof answer === 'string' ? JSON.stringify({ [role]: tags.assistant_tag, [content]: answer }) : undefined; // prettier-ignore
      const fix = wrapped === undefined ? undefined : { title: l10n.t('Write it as a message'), text: wrapped };
      checker.report.row(row, 'response-not-string', [name], message, { fix });
      continue;
    }
    if (name === columns.rejected) checker.apart(() => checkPairAnswer(checker, row, name, answer, tags));
    else checkPairAnswer(checker, row, name, answer, tags);
    texts.push(answer[content]);
  }
  const [good, bad] = texts;
  if (texts.length === 2 && !isNothing(good) && good === bad && columns.rejected !== undefined) identical(checker, row, columns.rejected); // prettier-ignore
}

function checkPairAnswer(checker: Checker, row: LintRow, name: string, answer: Row, tags: Tags): void {
  const { role_tag: role = '', content_tag: content = '' } = tags;
  const author = authorOf(answer[role], tags);
  if (!(role in answer)) {
    checker.report.row(row, 'missing-field', [name], () => l10n.t('The message has no "{0}", which says who speaks: add it, or correct "role_tag" in dataset_info.json.', role)); // prettier-ignore
  } else if (author !== 'assistant' && author !== 'function') {
    const code = author === undefined ? 'unknown-role' : 'role-order';
    const meant = tags.assistant_tag ?? 'gpt';
    checker.report.row(row, code, [name, role], () => l10n.t('An answer is by the assistant, not by {0}: write "{1}".', JSON.stringify(answer[role]), meant), { fix: { title: l10n.t('Change to {0}', meant), text: JSON.stringify(meant) } }); // prettier-ignore
  }
  if (content in answer) checkAnswerAt(checker, row, [name, content], answer[content]);
  else checker.report.row(row, 'missing-field', [name], () => l10n.t('The message has no "{0}", which holds its text: add it, or correct "content_tag" in dataset_info.json.', content)); // prettier-ignore
}
