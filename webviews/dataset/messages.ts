// A row as a chat: who says what, in the order in which it is said, with its findings at the message that they are about.
import * as l10n from '@vscode/l10n';
import type { WholeRow } from '../../daemon/data/protocol.ts';
import { element, fill } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';
import type { FindingsPart } from './findings.ts';
import { renderedRow } from './rendered-text.ts';
import { visible } from './visible.ts';

/** Characters of a message up to which it is shown at once. */
const LONG = 20_000;

export function fillMessages(panel: HTMLElement, row: WholeRow, findings: FindingsPart): void {
  const { conversation } = row;
  const shown = renderedRow(row);
  if (!conversation) {
    fill(panel, element('p', { class: 'dim nothing' }, l10n.t('The row cannot be read as a conversation; “Raw row” shows what is written.'))); // prettier-ignore
    return;
  }
  const { system, tools, messages } = conversation;
  const pair = shown?.rejected === undefined ? -1 : messages.length - 2;
  const parts: HTMLElement[] = [];
  if (system !== '') parts.push(bubble('system', l10n.t('system'), system, findings.at('system')));
  if (tools !== '') parts.push(toolsOf(tools));
  for (const [i, { role, content, weight }] of messages.entries()) {
    const name = i === pair ? l10n.t('chosen answer') : i === pair + 1 && pair >= 0 ? l10n.t('rejected answer') : roleName(role); // prettier-ignore
    parts.push(bubble(role, `${name}${weightOf(weight)}`, content, findings.at(i)));
  }
  if (shown?.desirable !== undefined) parts.push(element('p', { class: 'dim' }, shown.desirable ? l10n.t('The answer counts as a good one.') : l10n.t('The answer counts as a bad one.'))); // prettier-ignore
  fill(panel, element('div', { class: 'chat', role: 'list', 'aria-label': l10n.t('Messages') }, ...parts));
}

function bubble(role: string, name: string, content: string, findings: readonly HTMLElement[]): HTMLElement {
  const text = element('div', { class: 'text' }, ...visible(content.slice(0, LONG)));
  const rest = content.length - LONG;
  const more = rest > 0 ? element('button', { type: 'button', class: 'link', onclick: () => { fill(text, ...visible(content)); more?.remove(); } }, l10n.t('Show {0} more characters', formatCount(rest))) : undefined; // prettier-ignore
  const empty = content.trim() === '' ? element('span', { class: 'dim' }, content === '' ? l10n.t('(empty)') : l10n.t('(white space alone)')) : undefined; // prettier-ignore
  return element(
    'div',
    { class: `bubble ${knownRole(role)}`, role: 'listitem' },
    element('div', { class: 'who dim' }, name),
    empty ?? text,
    more,
    ...findings,
  );
}

function toolsOf(tools: string): HTMLElement {
  return element(
    'details',
    { class: 'bubble tools-list', role: 'listitem' },
    element('summary', { class: 'who dim' }, l10n.t('tools')),
    element('pre', { class: 'text' }, ...visible(indented(tools))),
  );
}

/** JSON over several lines; what is none as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A class for the style sheet: what comes from data is none. */
const knownRole = (role: string): string => ['user', 'assistant', 'function', 'observation', 'system'].find((known) => known === role) ?? 'other'; // prettier-ignore

function roleName(role: string): string {
  const names: Readonly<Record<string, string>> = {
    user: l10n.t('user'),
    assistant: l10n.t('assistant'),
    function: l10n.t('assistant calls a tool'),
    observation: l10n.t('result of the tool'),
    system: l10n.t('system'),
  };
  return names[role] ?? role;
}

function weightOf(weight: number | undefined): string {
  if (weight === undefined || weight === 1) return '';
  return weight === 0 ? ` · ${l10n.t('not trained, the row says so')}` : ` · ${l10n.t('counts {0} times', weight)}`;
}
