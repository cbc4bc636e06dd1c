// Ids made here are those of the official tokenizer: for every kind of pre-tokenizer that is known, in many scripts, with the
// tokenizer itself asked wherever that is not sure.
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, test } from 'vitest';
import { fastEncoder, type FastEncoder } from './encoder.ts';
import { cut, patternsOf } from './patterns.ts';
import { surrounded } from './trust.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/facts/golden-tokenizer.json', import.meta.url), 'utf8'),
) as { added_tokens: object[]; model: { vocab: Record<string, number> } };

const split = (...patterns: string[]): object => ({
  type: 'Sequence',
  pretokenizers: [
    ...patterns.map((Regex) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false })),
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
});
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const spaces = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const common = (digits: string): string =>
  `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}`;
const cased = (ending: string, digits: string): string => {
  const [upper, lower] = ['[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]', '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]'];
  return `[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+${ending}|[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*${ending}|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${spaces}`;
};
const preTokenizers: Readonly<Record<string, object>> = {
  gpt2: byteLevel,
  smollm: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel] },
  llama3: split(common('\\p{N}{1,3}')),
  qwen2: split(common('\\p{N}')),
  'qwen3.5': split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|${spaces}`), // prettier-ignore
  o200k: split(cased(`${contractions}?`, '\\p{N}{1,3}')),
  tekken: split(cased('', '\\p{N}')),
  deepseek: split(
    '\\p{N}{1,3}',
    '[一-龥぀-ゟ゠-ヿ]+',
    '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+',
  ),
};

const written = (bytes: string): string => Array.from(Buffer.from(bytes, 'utf8'), byteCharacter).join('');
const byteCharacter = (byte: number): string => {
  const found = Object.entries(fixture.model.vocab).find(([, id]) => id === byte);
  return found?.[0] ?? '';
};

/** A byte-level vocabulary with merges up to whole words, two orders of merging a word, and merges across characters. */
function byteTokenizer(pre_tokenizer: object, more: object = {}): object {
  const vocab: Record<string, number> = { ...fixture.model.vocab };
  const merges: [string, string][] = [];
  const learn = (left: string, right: string): void => {
    const pair: [string, string] = [written(left), written(right)];
    vocab[pair.join('')] ??= 5000 + merges.length;
    merges.push(pair);
  };
  // bytes within characters, as learned vocabularies have them
  for (const character of 'éдалоのは中国ا👍') {
    const bytes = Array.from(Buffer.from(character, 'utf8'), byteCharacter);
    let left = bytes[0] ?? '';
    for (const right of bytes.slice(1)) {
      if (vocab[left + right] !== undefined) {
        left += right;
        continue;
      }
      vocab[left + right] = 5000 + merges.length;
      merges.push([left, right]);
      left += right;
    }
  }
  for (const pair of [
    'h|e',
    't|h',
    'th|e',
    ' |t',
    ' t|h',
    ' t|he',
    'i|n',
    'in|g',
    'e|r',
    ' |a',
    'a|n',
    'n|d',
    'an|d',
    ' a|n',
    ' a|nd',
    'o|o',
    'oo|o',
    'oo|oo',
    ' | ',
    '  |  ',
    '\n|\n',
    '=|=',
    '==|==',
    '1|2',
    '12|3',
    'é|n',
    'д|а',
    'л|о',
    'の|は',
    '中|国',
    "'|s",
    "I|'",
    'A|B',
    'B|A',
    'AB|A',
    'a|b',
    'b|a',
    'a|ba',
  ]) {
    // prettier-ignore
    const [left = '', right = ''] = pair.split('|');
    learn(left, right);
  }
  return { ...fixture, pre_tokenizer, model: { ...fixture.model, vocab, merges, ...more } };
}

const byteTokens = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);

/** SentencePiece in small: spaces are ▁, unknown characters are bytes, and one token (`>▁<`) reaches across a space. */
function wordTokenizer(normalizer: object | null, pre_tokenizer: object | null): object {
  const tokens = ['<unk>', '<s>', ...byteTokens, ...'▁abcdehrt<>/日', '▁t', 'he', '▁the', '▁▁', '▁▁▁▁', '>▁', '>▁<'];
  return {
    version: '1.0',
    added_tokens: [0, 1].map((id) => ({ id, content: tokens[id], single_word: false, lstrip: false, rstrip: id === 1, normalized: false, special: true })),
    normalizer,
    pre_tokenizer,
    model: {
      type: 'BPE', unk_token: '<unk>', fuse_unk: true, byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: ['▁ t', 'h e', '▁t he', '▁ ▁', '▁▁ ▁▁', '> ▁', '>▁ <'],
    },
  }; // prettier-ignore
}
const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
const metaspace = (prepend_scheme: string): object => ({ type: 'Metaspace', replacement: '▁', prepend_scheme, split: false }); // prettier-ignore

const kinds: Readonly<Record<string, object>> = {
  ...Object.fromEntries(Object.entries(preTokenizers).map(([name, pre]) => [name, byteTokenizer(pre)])),
  'whole words first': byteTokenizer(preTokenizers['llama3'] ?? {}, { ignore_merges: true }),
  nfc: { ...byteTokenizer(preTokenizers['qwen2'] ?? {}), normalizer: { type: 'NFC' } },
  'llama 2': wordTokenizer({ type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, replace] }, null),
  gemma: wordTokenizer(replace, { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false }), // prettier-ignore
  'metaspace, first': wordTokenizer(null, metaspace('first')),
  'metaspace, never': wordTokenizer(null, metaspace('never')),
};

const load = (json: object): RustTokenizer => RustTokenizer.fromString(JSON.stringify(json));

async function encoderOf(json: object, rust = load(json)): Promise<FastEncoder> {
  const encoder = await fastEncoder(rust, json, [], []);
  if (!encoder) throw new Error('this kind is not known');
  return encoder;
}

/** How many of the texts were encoded here; the ids of those are the tokenizer's. */
async function expectEqual(encoder: FastEncoder, rust: RustTokenizer, texts: readonly string[]): Promise<number> {
  const expected = await rust.encodeBatch([...texts], { addSpecialTokens: false });
  let here = 0;
  // twice: the second time pieces are remembered
  for (let round = 0; round < 2; round++) {
    here = 0;
    for (const [i, ids] of encoder.encodeAll(texts).entries()) {
      if (!ids) continue;
      here += 1;
      expect([...ids], JSON.stringify(texts[i])).toEqual(expected[i]?.getIds());
    }
  }
  return here;
}

const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i));

const alphabets: Readonly<Record<string, readonly string[]>> = {
  latin: [...'abehinortABEHT', 'the', ' the', ' and', 'ing', 'oooo', 'aba', 'ABA', ...'éñøßſ'],
  greek: range(0x391, 0x3c9).filter((c) => /\p{L}/u.test(c)),
  cyrillic: range(0x410, 0x44f),
  arabic: [...range(0x620, 0x652), ...'٠١٢٣'],
  hebrew: [...range(0x5d0, 0x5ea), ...range(0x5b0, 0x5bc)],
  devanagari: range(0x905, 0x94d),
  thai: range(0xe01, 0xe3a),
  cjk: [...'中国日本語の', ...range(0x4e00, 0x4e30), ...range(0x3041, 0x3060), ...range(0x30a1, 0x30b0), '。', '、'],
  korean: [...range(0xac00, 0xac20), ...range(0x1100, 0x1108)],
  emoji: ['👍', '👍🏽', '👩‍👩‍👧', '🤔', '☺️', '1️⃣', '🇩🇪', '\u{1fae8}'],
  beyond: ['𝒳', '𝟘', '𠀀', '\u{1e900}'],
  code: [...'(){}[]<>=+-*/%&|!?.,:;_#@$^~`"\\', '==', '====', '//', "I'm", "'s", "'LL", "'re", "'ſ", "DON'T"],
  digits: [...'0123456789', '²', 'Ⅷ', '½', '१', '٣'],
  space: [' ', '  ', '    ', '\n', '\n\n', '\r\n', '\t', '\u00a0', '\u2003', '\u200b', '\u3000', '\u0085', '\ufeff', '\v'], // prettier-ignore
  special: ['<|bos|>', '<|eos|>', '<|im_start|>', '<|', '|>', '<s>', '<s> ', '<unk>', '▁', '> <', '> ', ' <'],
  odd: ['\u0000', '\u0001', '\u001f', '\u0378', '\u0301', '\ue000', '\ud800', '\udc00', '\ufffd'],
};

const piece = fc.constantFrom(...Object.keys(alphabets)).chain((name) => fc.constantFrom(...(alphabets[name] ?? [])));
const text = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
  // a script of its own, as most texts are
  fc
    .constantFrom(...Object.keys(alphabets))
    .chain((name) => fc.array(fc.constantFrom(...(alphabets[name] ?? []), ' ', ' ', '.', '\n'), { maxLength: 60 }))
    .map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

describe('ids are those of the tokenizer', () => {
  test('a token that takes the white space behind it takes no byte order mark', async () => {
    for (const name of ['llama 2', 'gemma']) {
      const rust = load(kinds[name] ?? {});
      const texts = ['<s> \ufeff', '<s>\u0085a', '<s>\u3000 b', '<s>\ufeff'];
      await expectEqual(await encoderOf(kinds[name] ?? {}, rust), rust, texts);
    }
  });

  test.each(Object.entries(kinds))('%s', async (_, json) => {
    const rust = load(json);
    const encoder = await encoderOf(json, rust);
    let here = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 40, maxLength: 40 }), async (texts) => {
        here += await expectEqual(encoder, rust, texts);
      }),
      { numRuns: 25 },
    );
    expect(here).toBeGreaterThan(400);
  });

  test.each(['gpt2', 'llama3', 'llama 2'])('%s: long runs, where a heap finds the pairs', async (name) => {
    const json = kinds[name] ?? {};
    const rust = load(json);
    const runs = [' ', '=', 'ab', 'aba', 'the', '\n', '日', '> <', 'ooo', '0'].flatMap((part) => [part.repeat(95), part.repeat(97), part.repeat(1500)]); // prettier-ignore
    const texts = [...runs, runs.join('x'), Array.from({ length: 4000 }, (_, i) => 'aboth =e'[(i * i * 7) % 8]).join('')]; // prettier-ignore
    expect(await expectEqual(await encoderOf(json, rust), rust, texts)).toBe(texts.length);
  });

  test('plain text of every script is encoded here, what is in doubt is not', async () => {
    const json = kinds['llama3'] ?? {};
    const encoder = await encoderOf(json);
    const plain = [
      'the cat',
      'Привет',
      'שָׁלוֹם',
      'مرحبًا',
      'नमस्ते',
      'สวัสดี',
      '你好，世界',
      '안녕',
      '👩‍👩‍👧 🤔',
      'x = [1, 2]\n',
      'e\u0301',
    ];
    expect(encoder.encodeAll(plain).map((ids) => ids !== undefined)).toEqual(plain.map(() => true));
    const doubtful = ['a\u0085b', 'a\ufeffb', 'half \ud800 of one', "it'ſ", 'a\u0378'];
    expect(encoder.encodeAll(doubtful)).toEqual(doubtful.map(() => undefined));
  });

  test('a text that NFC changes is not encoded here', async () => {
    const encoder = await encoderOf(kinds['nfc'] ?? {});
    expect(encoder.encodeAll(['é', 'e\u0301', 'Å\u212b', '가', 'ᄀ\u1161']).map((ids) => ids !== undefined)).toEqual([
      true, false, false, true, false,
    ]); // prettier-ignore
  });
});

describe('cuts are those of the pre-tokenizer', () => {
  test.each(Object.entries(preTokenizers))('%s, over every character that is trusted', (_, preTokenizer) => {
    const own = load({ ...fixture, added_tokens: [], pre_tokenizer: preTokenizer }).getPreTokenizer();
    const patterns = patternsOf(preTokenizer);
    if (!own || !patterns) throw new Error('this kind is not known');
    let doubtful = 0;
    for (let start = 0; start < 0x2000; start += 16) {
      const characters = range(start, start + 15).filter((c) => !/\p{Cn}/u.test(c));
      const alike = (probe: string): boolean => {
        const lengths = own.preTokenizeString(probe).map(([found]) => found.length);
        return JSON.stringify(lengths) === JSON.stringify(cut(probe, patterns.steps).map((found) => Buffer.byteLength(found))); // prettier-ignore
      };
      if (alike(characters.map(surrounded).join(''))) continue;
      doubtful += characters.filter((character) => !alike(surrounded(character))).length;
    }
    // U+0085, a few letters and marks of the newest Unicode versions
    expect(doubtful).toBeLessThan(40);
  });

  test.each(['gpt2', 'smollm', 'llama3', 'qwen2'])('%s: the scanner does what the pattern does', (name) => {
    const patterns = patternsOf(preTokenizers[name]);
    const scan = patterns?.scanner;
    if (!scan) throw new Error('no scanner');
    // letters and numbers beyond the basic plane are not for scanners
    const scanned = text.filter(
      (t) => t.isWellFormed() && !/[\u{10000}-\u{10ffff}]/u.test(t.replace(/\p{S}|\p{Cf}|\p{M}/gu, '')),
    );
    fc.assert(
      fc.property(scanned, (t) => {
        const codes = Uint16Array.from({ length: t.length }, (_, i) => t.charCodeAt(i));
        const ends = new Int32Array(t.length);
        const count = scan(codes, 0, t.length, ends);
        let at = 0;
        expect([...ends.subarray(0, count)]).toEqual(cut(t, patterns.steps).map((found) => (at += found.length)));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('kinds that are not known have no encoder', () => {
  test.each<[string, object]>([
    ['another pre-tokenizer', { ...fixture, pre_tokenizer: { type: 'Whitespace' } }],
    ['another pattern', byteTokenizer(split('\\w+|.'))],
    ['no bytes at the end', byteTokenizer({ type: 'Digits', individual_digits: true })],
    ['another normalizer', { ...byteTokenizer(byteLevel), normalizer: { type: 'Lowercase' } }],
    ['another model', { ...byteTokenizer(byteLevel), model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' } }],
    ['a token that takes the spaces before it', { ...byteTokenizer(byteLevel), added_tokens: [{ id: 256, content: '<x>', lstrip: true, rstrip: false, single_word: false, normalized: false, special: true }] }],
  ])('%s', async (_, json) => {
    const rust = load(kinds['gpt2'] ?? {});
    expect(await fastEncoder(rust, json, [], [])).toBeUndefined();
  }); // prettier-ignore

  test('neither has one whose samples come out otherwise', async () => {
    const rust = load(kinds['gpt2'] ?? {});
    const other = byteTokenizer(byteLevel, { merges: [] });
    expect(await fastEncoder(rust, other, [], ['no pair here'.slice(0, 0)])).toBeDefined();
    expect(await fastEncoder(rust, other, [], ['the thing'])).toBeUndefined();
  });
});

test('tokens added since loading are found, and no longer take the spaces behind them', async () => {
  const json = wordTokenizer(replace, null);
  const rust = load(json);
  const { AddedToken } = await import('tokenizers');
  rust.addAddedTokens([new AddedToken('<new>', true, { normalized: false }), new AddedToken('<s>', true, { normalized: false })]); // prettier-ignore
  const encoder = await fastEncoder(rust, json, ['<new>', '<s>'], []);
  if (!encoder) throw new Error('this kind is not known');
  expect(await expectEqual(encoder, rust, ['the<new>the', 'a<s>   b', '<new><new> <s>', '<ne<new>w>'])).toBe(4);
});
