// The tokenizer of a model folder: the official Rust tokenizers, the special tokens by role, and a memory for what recurs.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AddedToken, Tokenizer as RustTokenizer } from 'tokenizers';
import { UserError } from '../../errors.ts';
import {
  readChatTemplate,
  readTokenizerConfig,
  specialText,
  writeTokenizerConfig,
  type TokenizerConfig,
} from './files.ts';
import { FastEncoder, fastEncoder } from './fast/encoder.ts';

/**
 * Characters after which an encoder of our own has paid for itself: making one means reading tokenizer.json once more, which takes
 * as long as it takes the tokenizer to encode a character for every 20 bytes of that file.
 */
const worthAnEncoder = (fileBytes: number): number => 20_000 + fileBytes / 20;

/** What makes a tokenizer again that was loaded and changed since. */
export interface TokenizerState {
  readonly folder: string;
  readonly added: readonly { readonly token: string; readonly isSpecial: boolean }[];
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
  readonly padToken: string | undefined;
}

export class Tokenizer {
  readonly #rust: RustTokenizer;
  readonly folder: string;
  readonly config: TokenizerConfig;
  readonly chatTemplate: string | undefined;
  bosToken: string | undefined;
  eosToken: string | undefined;
  padToken: string | undefined;
  readonly unkToken: string | undefined;
  /** Whether the tokenizer itself puts bos in front of a text. */
  writesBos: boolean;
  /** Tokens added since loading, in order. */
  readonly #added: { token: string; isSpecial: boolean }[] = [];
  #encoder: FastEncoder | 'none' | undefined;
  #encoded = 0;
  #fileBytes: number | undefined;

  constructor(rust: RustTokenizer, config: TokenizerConfig, chatTemplate: string | undefined, folder = '') {
    this.#rust = rust;
    this.folder = folder;
    this.config = config;
    this.chatTemplate = chatTemplate;
    this.bosToken = specialText(config.bos_token);
    this.eosToken = specialText(config.eos_token);
    this.padToken = specialText(config.pad_token);
    this.unkToken = specialText(config.unk_token);
    this.writesBos = config.add_bos_token ?? false;
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
    const config = await readTokenizerConfig(folder);
    const tokenizer = new Tokenizer(rust, config, await readChatTemplate(folder, config), folder);
    const { bosToken, eosToken, padToken, unkToken } = tokenizer;
    const roles = [bosToken, eosToken, padToken, unkToken].filter((token) => token !== undefined);
    // a token that has a role and is missing from the vocabulary is added, as transformers does
    tokenizer.add(roles.filter((token) => !tokenizer.has(token)), true); // prettier-ignore
    const start = await rust.encode('', null, { addSpecialTokens: true });
    tokenizer.writesBos ||= tokenizer.bosId !== undefined && start.getIds()[0] === tokenizer.bosId;
    return tokenizer;
  }

  /** Loads a tokenizer again and brings it into a state. */
  static async restore({ folder, added, ...tokens }: TokenizerState): Promise<Tokenizer> {
    const tokenizer = await Tokenizer.load(folder);
    for (const { token, isSpecial } of added.slice(tokenizer.#added.length)) tokenizer.add([token], isSpecial);
    return Object.assign(tokenizer, tokens);
  }

  get state(): TokenizerState {
    const { folder, bosToken, eosToken, padToken } = this;
    return { folder, added: this.#added, bosToken, eosToken, padToken };
  }

  /** Ids of texts without special tokens around them; special tokens written in a text count as such. */
  async encodeAll(texts: readonly string[]): Promise<Int32Array[]> {
    if (this.#encoder === undefined) {
      for (const text of texts) this.#encoded += text.length;
      if (this.#encoded > (await this.#worth())) this.#encoder = (await this.#newEncoder(texts)) ?? 'none';
    }
    const encoder = this.#encoder instanceof FastEncoder ? this.#encoder : undefined;
    const ids: readonly (Int32Array | undefined)[] = encoder?.encodeAll(texts) ?? [];
    const asked = [...new Set(texts.filter((_, i) => ids[i] === undefined))];
    if (asked.length === 0) return ids.flatMap((list) => list ?? []);
    const encodings = await this.#rust.encodeBatch(asked, { addSpecialTokens: false });
    const answers = new Map(asked.map((text, i) => [text, Int32Array.from(encodings[i]?.getIds() ?? [])]));
    return texts.map((text, i) => ids[i] ?? answers.get(text) ?? new Int32Array());
  }

  async #worth(): Promise<number> {
    const path = join(this.folder, 'tokenizer.json');
    this.#fileBytes ??= existsSync(path) ? (await stat(path)).size : Number.POSITIVE_INFINITY;
    return worthAnEncoder(this.#fileBytes);
  }

  async #newEncoder(texts: readonly string[]): Promise<FastEncoder | undefined> {
    // as bytes first: a text read piece by piece takes thrice as long
    const bytes = await readFile(join(this.folder, 'tokenizer.json'));
    const tokenizerJson: unknown = JSON.parse(bytes.toString('utf8'));
    const added = this.#added.map(({ token }) => token);
    return fastEncoder(this.#rust, tokenizerJson, added, samplesOf(texts));
  }

  /** SHA-256 over all that ids depend on: tokenizer.json, what was added since, the special tokens by role. Undefined without a file. */
  async identity(): Promise<string | undefined> {
    const path = join(this.folder, 'tokenizer.json');
    if (!existsSync(path)) return undefined;
    const { bosToken, eosToken, padToken, unkToken, writesBos, config } = this;
    const roles = { bosToken, eosToken, padToken, unkToken, writesBos, addsBos: config.add_bos_token ?? null };
    const hash = createHash('sha256').update(await readFile(path));
    return hash.update(JSON.stringify({ roles, added: this.#added })).digest('hex');
  }

  async decode(ids: readonly number[], skipSpecialTokens = false): Promise<string> {
    return this.#rust.decode([...ids], skipSpecialTokens);
  }

  /** Texts of several lists of ids. */
  async decodeAll(lists: readonly (readonly number[])[]): Promise<string[]> {
    return this.#rust.decodeBatch(lists.map((ids) => [...ids]), false); // prettier-ignore
  }

  /** Those of some ids that are special tokens: what a decoder leaves out where it is told to. */
  async specialAmong(ids: Iterable<number>): Promise<number[]> {
    const each = [...new Set(ids)];
    const lists = each.map((id) => [id]);
    const [shown, bare] = [await this.#rust.decodeBatch(lists, false), await this.#rust.decodeBatch(lists, true)];
    return each.filter((_, i) => shown[i] !== '' && bare[i] === '');
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
    if (token === undefined)
      throw new UserError(
        'no-pad-token',
        `The tokenizer${this.folder && ` in ${this.folder}`} has neither a pad nor an eos token: name one in tokenizer_config.json.`,
      );
    return this.idOf(token);
  }

  /** Size of the vocabulary with added tokens. */
  get size(): number {
    return this.#rust.getVocabSize(true);
  }

  /** Adds tokens, or marks those that are there; returns how many were new. */
  add(tokens: readonly string[], isSpecial: boolean): number {
    if (tokens.length === 0) return 0;
    this.#encoder = undefined;
    this.#added.push(...tokens.map((token) => ({ token, isSpecial })));
    const before = this.size;
    this.#rust.addAddedTokens(tokens.map((token) => new AddedToken(token, isSpecial, { normalized: false })));
    return this.size - before;
  }

  /** Writes the tokenizer's files into a trained model's folder; `chatTemplate` replaces its own. */
  async save(folder: string, chatTemplate?: string): Promise<void> {
    const source = join(this.folder, 'tokenizer.json');
    const target = join(folder, 'tokenizer.json');
    if (this.#added.length > 0 || !existsSync(source)) this.#rust.save(target, true);
    else await copyFile(source, target);
    const tokens = {
      bos_token: this.bosToken,
      eos_token: this.eosToken,
      pad_token: this.padToken,
      unk_token: this.unkToken,
    };
    await writeTokenizerConfig(folder, this.config, tokens, chatTemplate ?? this.chatTemplate);
  }
}

/** Characters and texts that are compared with the tokenizer before an encoder is trusted. */
const SAMPLE = 20_000;
const SAMPLES = 64;

/** Texts from all over a list. */
function samplesOf(texts: readonly string[]): string[] {
  const samples: string[] = [];
  let characters = 0;
  const apart = Math.max(1, Math.floor(texts.length / SAMPLES));
  for (let i = 0; i < texts.length && characters < SAMPLE; i += apart) {
    const text = texts[i] ?? '';
    samples.push(text.slice(0, SAMPLE));
    characters += text.length;
  }
  return samples;
}
