// What is wrong with a row, each in one sentence with the way out beside it; and what a person should know of how it was rendered.
import * as l10n from '@vscode/l10n';
import type { PreviewedTokens, WholeRow } from '../../daemon/data/protocol.ts';
import { element, fill, icon, type Child } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';
import { renderedRow } from './rendered-text.ts';
import { visible } from './visible.ts';

export interface FindingEvents {
  /** By its place among the findings of the row. */
  fixed(finding: number): void;
  revealed(): void;
  cutoffTried(tokens: number): void;
  ownTemplateTried(): void;
}

type Finding = WholeRow['findings'][number];

export class FindingsPart {
  readonly element = element('div', { class: 'findings' });
  readonly #events: FindingEvents;
  #row: WholeRow | undefined;
  #taken = new Set<number>();

  constructor(events: FindingEvents) {
    this.#events = events;
  }

  /** Findings at a message: they stand with it, and not below. To be called for a row before `show`. */
  at(place: number | 'system'): HTMLElement[] {
    const findings = this.#row?.findings ?? [];
    return findings.flatMap((finding, i) => {
      if (finding.at !== place) return [];
      this.#taken.add(i);
      return [this.#finding(finding, i)];
    });
  }

  /** Begins a row: its findings are asked for by place, and the others shown. */
  begin(row: WholeRow): void {
    this.#row = row;
    this.#taken = new Set();
  }

  /** 'elsewhere': those that do not stand at a message already. */
  show(row: WholeRow | undefined, which: 'all' | 'elsewhere', cutoff: number | undefined): void {
    const parts: Child[] = [];
    for (const [i, finding] of (row?.findings ?? []).entries())
      if (which === 'all' || !this.#taken.has(i)) parts.push(this.#finding(finding, i));
    if (row) parts.push(...this.#rendering(row, cutoff));
    this.element.hidden = parts.length === 0;
    fill(this.element, ...parts);
  }

  #finding(finding: Finding, index: number): HTMLElement {
    const { severity, code, message, fix, path, at } = finding;
    const links: Child[] = [];
    if (fix) links.push(this.#link(l10n.t('{0} (in the file)', fix.title), () => this.#events.fixed(index)));
    links.push(this.#link(l10n.t('Show in the file'), () => this.#events.revealed()));
    const where = at === undefined && path.length > 0 ? path.join(' › ') : '';
    return note(severity, code, message, where, links);
  }

  /** Cut texts, texts that train nothing, other texts than the model's own template makes. */
  #rendering(row: WholeRow, cutoff: number | undefined): Child[] {
    const shown = renderedRow(row);
    if (!shown) return [];
    const { unshown } = row;
    const parts: Child[] = [];
    for (const { code, text } of shown.notes ?? []) parts.push(note('info', code, text, '', []));
    if (shown.truncated && cutoff !== undefined) {
      const message = l10n.t('cutoff_len keeps {0} tokens of the row, what is struck through is lost.', formatCount(shown.tokens.length + unshown)); // prettier-ignore
      const longer = 2 ** Math.ceil(Math.log2(cutoff + 1));
      parts.push(note('warning', 'row-truncated', message, '', [this.#link(l10n.t('Try cutoff_len {0}', formatCount(longer)), () => this.#events.cutoffTried(longer))])); // prettier-ignore
    }
    if (!shown.tokens.some(({ trained }) => trained) && unshown === 0) parts.push(note('warning', 'no-trained-tokens', l10n.t('No token of the row is trained.'), '', [])); // prettier-ignore
    if (shown.ownTemplate) parts.push(this.#difference(shown.ownTemplate));
    return parts;
  }

  #difference({ before, own, named }: NonNullable<PreviewedTokens['ownTemplate']>): HTMLElement {
    const both = element(
      'details',
      {},
      element('summary', {}, l10n.t('Show the difference')),
      element('p', { class: 'dim' }, l10n.t('this template')),
      element('pre', { class: 'text' }, element('span', { class: 'dim' }, ...visible(before)), ...visible(named)),
      element('p', { class: 'dim' }, l10n.t("the model's own")),
      element('pre', { class: 'text' }, element('span', { class: 'dim' }, ...visible(before)), ...visible(own)),
    );
    const link = this.#link(l10n.t("Try the model's own"), () => this.#events.ownTemplateTried());
    const made = note('warning', 'template-differs', l10n.t("The model's own chat template writes this row in another way."), '', [link]); // prettier-ignore
    made.append(both);
    return made;
  }

  #link(text: string, act: () => void): HTMLElement {
    return element('button', { type: 'button', class: 'link', onclick: act }, ...visible(text));
  }
}

const words = (): Readonly<Record<string, string>> => ({
  error: l10n.t('error'),
  warning: l10n.t('warning'),
  info: l10n.t('note'),
  hint: l10n.t('note'),
});

function note(severity: string, code: string, message: string, where: string, links: readonly Child[]): HTMLElement {
  const level = severity === 'error' || severity === 'warning' ? severity : 'info';
  const parts: Child[] = [icon(level), element('b', { class: level }, ` ${words()[severity] ?? severity} `), element('code', { class: 'dim' }, code), ' ', ...visible(message)]; // prettier-ignore
  if (where !== '') parts.push(' ', element('code', { class: 'dim' }, ...visible(where)));
  for (const [i, link] of links.entries()) parts.push(i === 0 ? ' ' : ' · ', link);
  return element('div', { class: `finding ${level}` }, element('p', {}, ...parts));
}
