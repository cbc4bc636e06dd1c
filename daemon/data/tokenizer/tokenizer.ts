// The tokenizer of a model folder: the official Rust tokenizers, the special tokens by role, and a memory for what recurs.
import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AddedToken, Tokenizer as RustTokenizer } from 'tokenizers';
import { z } from 'zod';
import { UserError } from '../../errors.ts';

/** A special token in tokenizer_config.json: its text, or an object that holds it. */
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

const textOf = (value: z.infer<typeof special>): string | undefined =>
  typeof value === 'string' ? value : (value?.content ?? undefined);

/** Longest text worth remembering, and how many of them: template parts recur, rows do not. */
const REMEMBERED_LENGTH = 64;
const REMEMBERED = 50_000;

export class Tokenizer {
  readonly #rust: RustTokenizer;
  readonly #memory = new Map<string, Int32Array>();
  readonly folder: string;
  readonly config: TokenizerConfig;
  readonly chatTemplate: string | undefined;
  bosToken: string | undefined;
  eosToken: string | undefined;
  padToken: string | undefined;
  #added = false;

  constructor(rust: RustTokenizer, config: TokenizerConfig, chatTemplate: string | undefined, folder = '') {
    this.#rust = rust;
    this.folder = folder;
    this.config = config;
    this.chatTemplate = chatTemplate;
    this.bosToken = textOf(config.bos_token);
    this.eosToken = textOf(config.eos_token);
    this.padToken = textOf(config.pad_token);
  }

  /** Reads tokenizer.json and what stands beside it. Throws UserError where it is missing or broken. */
  static async load(folder: string): Promise<Tokenizer> {
    const path = join(folder, 'tokenizer.json');
    if (!existsSync(path)) {
      throw new UserError(
        'tokenizer-missing',
        `${folder} has no tokenizer.json: copy the model's tokenizer files into it.`,
      );
    }
    let rust: RustTokenizer;
    try {
      rust = RustTokenizer.fromFile(path);
    } catch (cause) {
      throw new UserError('tokenizer-broken', `${path} cannot be read as a tokenizer: ${(cause as Error).message}.`, {
        cause,
      });
    }
    const config = configSchema.safeParse(await readJson(join(folder, 'tokenizer_config.json')));
    if (!config.success) {
      throw new UserError(
        'tokenizer-broken',
        `${join(folder, 'tokenizer_config.json')} cannot be used: ${config.error.issues[0]?.message}.`,
      );
    }
    return new Tokenizer(rust, config.data, await readChatTemplate(folder, config.data), folder);
  }

  /** Ids of texts without special tokens around them; special tokens written in a text count as such. */
  async encodeAll(texts: readonly string[]): Promise<Int32Array[]> {
    const missing = [...new Set(texts.filter((text) => !this.#memory.has(text)))];
    const fresh = new Map<string, Int32Array>();
    if (missing.length > 0) {
      const encodings = await this.#rust.encodeBatch(missing, { addSpecialTokens: false });
      missing.forEach((text, i) => {
        const ids = Int32Array.from(encodings[i]?.getIds() ?? []);
        fresh.set(text, ids);
      });
    }
    const result = texts.map((text) => fresh.get(text) ?? this.#memory.get(text) ?? new Int32Array());
    if (this.#memory.size > REMEMBERED) this.#memory.clear();
    for (const [text, ids] of fresh) if (text.length <= REMEMBERED_LENGTH) this.#memory.set(text, ids);
    return result;
  }

  /** Ids of texts with the tokens the tokenizer itself puts around a text (pre-training). */
  async encodeWhole(texts: readonly string[]): Promise<Int32Array[]> {
    const encodings = await this.#rust.encodeBatch([...texts], { addSpecialTokens: true });
    const bos = this.config.add_bos_token && this.bosToken ? this.idOf(this.bosToken) : undefined;
    return encodings.map((encoding) => {
      const ids = encoding.getIds();
      return Int32Array.from(bos !== undefined && ids[0] !== bos ? [bos, ...ids] : ids);
    });
  }

  async decode(ids: readonly number[], skipSpecialTokens = false): Promise<string> {
    return this.#rust.decode([...ids], skipSpecialTokens);
  }

  /** Each token's own text; bytes that are no whole character become one replacement character. */
  async tokenTexts(ids: readonly number[]): Promise<string[]> {
    return this.#rust.decodeBatch(ids.map((id) => [id]), false); // prettier-ignore
  }

  /** Id of a token. Throws UserError where the vocabulary lacks it. */
  idOf(token: string): number {
    const id = this.#rust.tokenToId(token);
    if (id === null)
      throw new UserError(
        'token-missing',
        `The tokenizer has no token "${token}", which the template needs; choose another template or add it with add_special_tokens.`,
      );
    return id;
  }

  has(token: string): boolean {
    return this.#rust.tokenToId(token) !== null;
  }

  get eosId(): number | undefined {
    return this.eosToken === undefined ? undefined : this.idOf(this.eosToken);
  }

  get bosId(): number | undefined {
    return this.bosToken === undefined ? undefined : this.idOf(this.bosToken);
  }

  get padId(): number {
    const token = this.padToken ?? this.eosToken;
    if (token === undefined) throw new UserError('no-pad-token', 'The tokenizer has neither a pad nor an eos token.');
    return this.idOf(token);
  }

  /** Size of the vocabulary with added tokens. */
  get size(): number {
    return this.#rust.getVocabSize(true);
  }

  /** Adds tokens that are not there; returns how many were new. */
  add(tokens: readonly string[], isSpecial: boolean): number {
    const fresh = tokens.filter((token) => !this.has(token));
    if (tokens.length === 0) return 0;
    this.#memory.clear();
    const before = this.size;
    this.#rust.addAddedTokens(tokens.map((token) => new AddedToken(token, isSpecial, { normalized: false })));
    if (fresh.length > 0) this.#added = true;
    return this.size - before;
  }

  /** Writes the tokenizer's files into a trained model's folder; `chatTemplate` replaces its own. */
  async save(folder: string, chatTemplate?: string): Promise<void> {
    const source = join(this.folder, 'tokenizer.json');
    if (this.#added || !existsSync(source)) this.#rust.save(join(folder, 'tokenizer.json'), true);
    else await copyFile(source, join(folder, 'tokenizer.json'));
    const template = chatTemplate ?? this.chatTemplate;
    const config = {
      ...this.config,
      ...(this.bosToken === undefined ? {} : { bos_token: this.bosToken }),
      ...(this.eosToken === undefined ? {} : { eos_token: this.eosToken }),
      ...(this.padToken === undefined ? {} : { pad_token: this.padToken }),
      ...(template === undefined ? {} : { chat_template: template }),
    };
    await writeFile(join(folder, 'tokenizer_config.json'), `${JSON.stringify(config, null, 2)}\n`);
    if (template !== undefined) await writeFile(join(folder, 'chat_template.jinja'), template);
    const map = {
      bos_token: this.bosToken,
      eos_token: this.eosToken,
      pad_token: this.padToken,
      unk_token: textOf(this.config.unk_token),
    };
    await writeFile(join(folder, 'special_tokens_map.json'), `${JSON.stringify(map, null, 2)}\n`);
  }
}

async function readJson(path: string): Promise<unknown> {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new UserError('tokenizer-broken', `${path} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

/** The model's own chat template: a file of its own, or in tokenizer_config.json; of several the one called default. */
async function readChatTemplate(
  folder: string,
  { chat_template: template }: TokenizerConfig,
): Promise<string | undefined> {
  const file = join(folder, 'chat_template.jinja');
  if (existsSync(file)) return readFile(file, 'utf8');
  if (Array.isArray(template)) return (template.find(({ name }) => name === 'default') ?? template[0])?.template;
  return template ?? undefined;
}
