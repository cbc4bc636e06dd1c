// A tokenizer's folder: what is read, what is missing, what is written, and the texts of single tokens.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { toSegments } from '../encoding/segments.ts';
import { Tokenizer } from './tokenizer.ts';

const fixture = new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url).pathname;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-tokenizer-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, value: unknown): void =>
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
const withTokenizer = (): void => copyFileSync(fixture, join(folder, 'tokenizer.json'));

describe('reading', () => {
  test('roles come from tokenizer_config.json, else from special_tokens_map.json', async () => {
    withTokenizer();
    write('special_tokens_map.json', { bos_token: '<|bos|>', eos_token: { content: '<|endoftext|>' } });
    write('tokenizer_config.json', { eos_token: { content: '<|eos|>' }, pad_token: null });
    const tokenizer = await Tokenizer.load(folder);
    expect([tokenizer.bosToken, tokenizer.eosToken, tokenizer.padToken]).toEqual(['<|bos|>', '<|eos|>', undefined]);
    expect(tokenizer.padId).toBe(tokenizer.eosId);
    expect(tokenizer.writesBos).toBe(false);
  });

  test('a token with a role that the vocabulary lacks is added', async () => {
    withTokenizer();
    write('tokenizer_config.json', { eos_token: '<|mine|>' });
    const tokenizer = await Tokenizer.load(folder);
    expect([...((await tokenizer.encodeAll(['a<|mine|>b']))[0] ?? [])]).toEqual([97, tokenizer.eosId, 98]);
  });

  test('bos that the tokenizer itself writes is seen', async () => {
    const json = JSON.parse(readFileSync(fixture, 'utf8')) as { added_tokens: { id: number; content: string }[] };
    const id = json.added_tokens.find(({ content }) => content === '<|bos|>')?.id;
    const bos = { SpecialToken: { id: '<|bos|>', type_id: 0 } };
    const text = { Sequence: { id: 'A', type_id: 0 } };
    write('tokenizer.json', {
      ...json,
      post_processor: {
        type: 'TemplateProcessing',
        single: [bos, text],
        pair: [text, { Sequence: { id: 'B', type_id: 1 } }],
        special_tokens: { '<|bos|>': { id: '<|bos|>', ids: [id], tokens: ['<|bos|>'] } },
      },
    });
    write('tokenizer_config.json', { bos_token: '<|bos|>' });
    const tokenizer = await Tokenizer.load(folder);
    expect(tokenizer.writesBos).toBe(true);
    expect([...((await tokenizer.encodeAll(['a']))[0] ?? [])]).toEqual([97]);
  });

  test.each([
    ['no files', {}, 'tokenizer-missing', 'has no tokenizer.json'],
    ['a broken tokenizer', { 'tokenizer.json': '{' }, 'tokenizer-broken', 'tokenizer.json cannot be read'],
    ['a broken config', { 'tokenizer_config.json': '{' }, 'tokenizer-broken', 'tokenizer_config.json is not JSON'],
    ['a wrong config', { 'tokenizer_config.json': { eos_token: 7 } }, 'tokenizer-broken', 'eos_token'],
  ])('%s', async (name, files, code, message) => {
    if (name !== 'no files') withTokenizer();
    for (const [file, content] of Object.entries(files)) write(file, content);
    await expect(Tokenizer.load(folder)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

test('what is saved loads again as it was', async () => {
  withTokenizer();
  write('tokenizer_config.json', { eos_token: '<|eos|>', model_max_length: 512, chat_template: 'mine' });
  const tokenizer = await Tokenizer.load(folder);
  expect(tokenizer.add(['<|new|>'], true)).toBe(1);
  expect(tokenizer.add(['<|new|>'], true)).toBe(0);
  tokenizer.eosToken = '<|new|>';
  const target = mkdtempSync(join(tmpdir(), 'anneal-saved-'));
  await tokenizer.save(target, 'theirs');
  const again = await Tokenizer.load(target);
  expect([again.eosId, again.size, again.chatTemplate]).toEqual([tokenizer.eosId, tokenizer.size, 'theirs']);
  expect(again.config.model_max_length).toBe(512);
  expect(readFileSync(join(target, 'chat_template.jinja'), 'utf8')).toBe('theirs');
  rmSync(target, { recursive: true });
});

test('a file that nothing was added to is copied byte for byte', async () => {
  withTokenizer();
  const tokenizer = await Tokenizer.load(folder);
  const target = mkdtempSync(join(tmpdir(), 'anneal-saved-'));
  await tokenizer.save(target);
  expect(readFileSync(join(target, 'tokenizer.json'))).toEqual(readFileSync(fixture));
  rmSync(target, { recursive: true });
});

test('ids are the same once pieces are remembered', async () => {
  withTokenizer();
  const tokenizer = await Tokenizer.load(folder);
  const texts = ['Hello, wörld', 'a<|eos|>b'];
  const before = await tokenizer.encodeAll(texts);
  await tokenizer.encodeAll(['word '.repeat(30_000)]);
  expect(await tokenizer.encodeAll(texts)).toEqual(before);
});

describe('texts of tokens', () => {
  const segmentsOf = async (tokenizer: Tokenizer, ids: Int32Array): Promise<string[]> => {
    const example = { origins: [], ids, labels: ids };
    const segments = await toSegments({ example, reasons: [{ reason: 'response', length: ids.length }] }, tokenizer);
    return segments.map(({ text }) => text);
  };

  test('characters of several bytes stand on their last token; cut ones are shown as broken', async () => {
    withTokenizer();
    const tokenizer = await Tokenizer.load(folder);
    const [ids = new Int32Array()] = await tokenizer.encodeAll(['aé<|eos|>👍b日']);
    const texts = ['a', '', 'é', '<|eos|>', '', '', '', '👍', 'b', '', '', '日'];
    expect(await segmentsOf(tokenizer, ids)).toEqual(texts);
    expect(await segmentsOf(tokenizer, ids.subarray(0, 7))).toEqual([
      ...texts.slice(0, 4),
      '\uFFFD',
      '\uFFFD',
      '\uFFFD',
    ]);
  });

  test('a decoder that drops the first space keeps those of later words', async () => {
    const rust = RustTokenizer.fromString(
      JSON.stringify({
        version: '1.0',
        added_tokens: [],
        decoder: {
          type: 'Sequence',
          decoders: [
            { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
            { type: 'Fuse' },
            { type: 'Strip', content: ' ', start: 1, stop: 0 },
          ],
        },
        model: { type: 'BPE', vocab: { '▁': 0, the: 1, '▁the': 2 }, merges: [] },
      }),
    );
    expect(await segmentsOf(new Tokenizer(rust, {}, undefined), Int32Array.of(2, 2, 1, 0, 2))).toEqual([
      'the', ' the', 'the', ' ', ' the',
    ]); // prettier-ignore
  });
});
