// The files of a tokenizer beside tokenizer.json: its special tokens by role and its chat template.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';

/** A special token: its text, or an object that holds it. */
const special = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();

const configSchema = z.looseObject({
  bos_token: special,
  eos_token: special,
  pad_token: special,
  unk_token: special,
  add_bos_token: z.boolean().nullish(),
  add_eos_token: z.boolean().nullish(),
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
  model_max_length: z.number().nullish(),
});

export type TokenizerConfig = z.infer<typeof configSchema>;

export const specialText = (value: z.infer<typeof special>): string | undefined =>
  typeof value === 'string' ? value : value?.content;

/** tokenizer_config.json; roles it does not name come from special_tokens_map.json, as older models have it. */
export async function readTokenizerConfig(folder: string): Promise<TokenizerConfig> {
  const map = await readJson(join(folder, 'special_tokens_map.json'));
  const path = join(folder, 'tokenizer_config.json');
  const config = configSchema.safeParse({ ...map, ...(await readJson(path)) });
  if (config.success) return config.data;
  const [issue] = config.error.issues;
  throw new UserError(
    'tokenizer-broken',
    `${path} cannot be used: ${issue?.path.join('.')}: ${issue?.message}. Copy the file of the model again.`,
  );
}

async function readJson(path: string): Promise<object> {
  if (!existsSync(path)) return {};
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new UserError(
      'tokenizer-broken',
      `${path} is not JSON: ${(cause as Error).message}. Copy the file of the model again.`,
      {
        cause,
      },
    );
  }
  throw new UserError('tokenizer-broken', `${path} holds no JSON object. Copy the file of the model again.`);
}

/** The model's own chat template: a file of its own, or in tokenizer_config.json; of several the one called default. */
export async function readChatTemplate(
  folder: string,
  { chat_template: template }: TokenizerConfig,
): Promise<string | undefined> {
  const file = join(folder, 'chat_template.jinja');
  if (existsSync(file)) return readFile(file, 'utf8');
  if (Array.isArray(template)) return (template.find(({ name }) => name === 'default') ?? template[0])?.template;
  return template ?? undefined;
}

/** Writes tokenizer_config.json, special_tokens_map.json and, where there is a chat template, chat_template.jinja. */
export async function writeTokenizerConfig(
  folder: string,
  config: TokenizerConfig,
  tokens: Readonly<Record<'bos_token' | 'eos_token' | 'pad_token' | 'unk_token', string | undefined>>,
  chatTemplate: string | undefined,
): Promise<void> {
  const write = (name: string, value: object): Promise<void> =>
    writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  const named = Object.fromEntries(Object.entries(tokens).filter(([, text]) => text !== undefined));
  await write('special_tokens_map.json', named);
  await write('tokenizer_config.json', {
    ...config,
    ...named,
    ...(chatTemplate === undefined ? {} : { chat_template: chatTemplate }),
  });
  if (chatTemplate !== undefined) await writeFile(join(folder, 'chat_template.jinja'), chatTemplate);
}
