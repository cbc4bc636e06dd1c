// What is said of a template that writes another text than the model's own, at its place in the recipe, with the ways out.
import * as l10n from '@vscode/l10n';
import type { RecipeDocument } from '../../recipe/document.ts';
import type { Finding, Fix, Range } from '../../recipe/finding.ts';

/** Where two templates differ first: the text before that place, and what each goes on with. */
export interface TemplateVerdict {
  readonly template: string;
  readonly around: { readonly before: string; readonly named: string; readonly own: string };
  /** The difference is thoughts in history, and mask_history would leave them out. */
  readonly mayMaskHistory: boolean;
}

export function templateFinding(document: RecipeDocument, verdict: TemplateVerdict): Finding {
  const { before, named, own } = verdict.around;
  const place = document.entries.get('template');
  const range: Range = place?.valueRange ?? { line: 1, column: 1, endLine: 1, endColumn: 1 };
  const message = l10n.t(
    'The template {0} writes another text than the chat template of the model: behind {1} it goes on with {2}, the model\'s own with {3}.',
    verdict.template, shown(before), shown(named), shown(own),
  ); // prettier-ignore
  const [fix, ...others] = fixesOf(document, verdict.mayMaskHistory);
  const finding: Finding = { file: document.file, ...range, severity: 'warning', code: 'template-differs', message };
  return { ...finding, ...(fix ? { fix } : {}), ...(others.length > 0 ? { otherFixes: others } : {}) };
}

/** Thoughts in history where that is the difference; the model's own template in any case. */
function fixesOf(document: RecipeDocument, mayMaskHistory: boolean): Fix[] {
  const fixes: Fix[] = [];
  const place = document.entries.get('template');
  if (!place) return [];
  const { line } = place.keyRange;
  if (mayMaskHistory) {
    const text = 'mask_history: true\n';
    const range: Range = { line, column: 1, endLine: line, endColumn: 1 };
    fixes.push({
      title: l10n.t('Train the last answer alone, without thoughts before it'),
      text,
      edits: [{ range, text }],
    });
  }
  const whole: Range = { line, column: 1, endLine: place.valueRange.endLine + 1, endColumn: 1 };
  fixes.push({ title: l10n.t("Use the model's own chat template"), text: '', edits: [{ range: whole, text: '' }] });
  return fixes;
}

/** A text on one line. */
const shown = (text: string): string => (text === '' ? l10n.t('nothing') : JSON.stringify(text));
