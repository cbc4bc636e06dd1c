// anneal check on the template: does it write what the model's own chat template writes?
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as l10n from '@vscode/l10n';
import { UserError } from '../../errors.ts';
import type { Finding, Fix, Range } from '../../recipe/finding.ts';
import type { RecipeDocument } from '../../recipe/document.ts';
import type { DataOptions } from '../options.ts';
import { readChatTemplate, readTokenizerConfig, specialText } from '../tokenizer/files.ts';
import { probeTemplates, type ChatSource, type TemplateDifference } from './parity.ts';
import { findTemplate, templateNames, type Template } from './registry.ts';

/**
 * Findings on the template of a recipe whose model is a folder here. `data` are the recipe's options. Reads the tokenizer's
 * settings and its chat template, not its vocabulary. Nothing where there is no chat template, or no template is named.
 */
export async function* checkTemplate(
  document: RecipeDocument,
  data: DataOptions,
  modelFolder: string,
): AsyncGenerator<Finding> {
  const name = data.templateName;
  if (name === undefined || data.stage === 'pt' || !templateNames.includes(name)) return;
  if (!existsSync(join(modelFolder, 'tokenizer.json'))) return;
  const template = findTemplate(name);
  const source = await chatSource(modelFolder, template);
  if (source?.chatTemplate === undefined) return;
  const difference = probe(template, source, data, data.maskHistory);
  if (!difference) return;
  const { around } = difference;
  const place = document.entries.get('template');
  const range: Range = place?.valueRange ?? { line: 1, column: 1, endLine: 1, endColumn: 1 };
  const message = l10n.t(
    'The template {0} writes another text than the chat template of the model: behind {1} it goes on with {2}, the model\'s own with {3}.',
    name, shown(around.before), shown(around.named), shown(around.own),
  ); // prettier-ignore
  const fixes = place ? fixesOf(document, template, source, data) : [];
  const [fix, ...others] = fixes;
  const finding: Finding = { file: document.file, ...range, severity: 'warning', code: 'template-differs', message };
  yield { ...finding, ...(fix ? { fix } : {}), ...(others.length > 0 ? { otherFixes: others } : {}) };
}

const probe = (
  template: Template,
  source: ChatSource,
  data: DataOptions,
  maskHistory: boolean,
): TemplateDifference | undefined =>
  probeTemplates(template, source, { ...data, discardHistoryThoughts: maskHistory && !data.preserveThinking });

/** Thoughts in history where that is the difference; the model's own template in any case. */
function fixesOf(document: RecipeDocument, template: Template, source: ChatSource, data: DataOptions): Fix[] {
  const fixes: Fix[] = [];
  const place = document.entries.get('template');
  if (!place) return [];
  const { line } = place.keyRange;
  const next: Range = { line: line + 1, column: 1, endLine: line + 1, endColumn: 1 };
  if (!data.maskHistory && !data.trainOnPrompt && !probe(template, source, data, true)) {
    const text = 'mask_history: true\n';
    fixes.push({ title: l10n.t('Train the last answer alone, without thoughts before it'), text, edits: [{ range: { ...next, line, endLine: line }, text }] }); // prettier-ignore
  }
  const whole: Range = { line, column: 1, endLine: place.valueRange.endLine + 1, endColumn: 1 };
  fixes.push({ title: l10n.t("Use the model's own chat template"), text: '', edits: [{ range: whole, text: '' }] });
  return fixes;
}

/** The texts of special tokens as they are once a template is prepared; undefined where the files cannot be read. */
async function chatSource(folder: string, template: Template): Promise<ChatSource | undefined> {
  try {
    const config = await readTokenizerConfig(folder);
    const [stop] = template.stop_words;
    const eos = template.replace_eos && stop !== undefined ? stop : (specialText(config.eos_token) ?? '<|endoftext|>');
    return {
      chatTemplate: await readChatTemplate(folder, config),
      bosToken: specialText(config.bos_token),
      eosToken: eos,
      padToken: specialText(config.pad_token),
      unkToken: specialText(config.unk_token),
    };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A text on one line. */
const shown = (text: string): string => (text === '' ? l10n.t('nothing') : JSON.stringify(text));
