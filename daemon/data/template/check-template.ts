// Does the template of a recipe write what the model's own chat template writes? Found out from the tokenizer's settings alone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { DataOptions } from '../options.ts';
import { readChatTemplate, readTokenizerConfig, specialText } from '../tokenizer/files.ts';
import { probeTemplates, type ChatSource, type TemplateDifference } from './parity.ts';
import { findTemplate, templateNames, type Template } from './registry.ts';
import type { TemplateVerdict } from './template-finding.ts';

/**
 * Where the template of a recipe and the chat template of a model folder differ first; undefined where they write the same, where
 * the folder has no chat template, and where no template is named. Reads the tokenizer's settings, not its vocabulary.
 */
export async function judgeTemplate(data: DataOptions, modelFolder: string): Promise<TemplateVerdict | undefined> {
  const name = data.templateName;
  if (name === undefined || data.stage === 'pt' || !templateNames.includes(name)) return undefined;
  if (!existsSync(join(modelFolder, 'tokenizer.json'))) return undefined;
  const template = findTemplate(name);
  const source = await chatSource(modelFolder, template);
  if (source?.chatTemplate === undefined) return undefined;
  const difference = probe(template, source, data, data.maskHistory);
  if (!difference) return undefined;
  const mayMaskHistory = !data.maskHistory && !data.trainOnPrompt && !probe(template, source, data, true);
  return { template: name, around: difference.around, mayMaskHistory };
}

const probe = (
  template: Template,
  source: ChatSource,
  data: DataOptions,
  maskHistory: boolean,
): TemplateDifference | undefined =>
  probeTemplates(template, source, { ...data, discardHistoryThoughts: maskHistory && !data.preserveThinking });

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
