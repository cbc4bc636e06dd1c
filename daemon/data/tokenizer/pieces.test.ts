// The cuts are the tokenizer's own: compared with its pre-tokeniser over every character that counts as settled, and with its ids.
import { readFileSync } from 'node:fs';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, test } from 'vitest';
import { PieceMemory } from './memory.ts';
import { cutterOf } from './pieces.ts';

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url), 'utf8'),
) as object;

const split = (pattern: string): object => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
  ],
});
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const common = (digits: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const kinds: Readonly<Record<string, object>> = {
  gpt2: byteLevel,
  smollm: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel] },
  llama3: split(common('\\p{N}{1,3}')),
  qwen2: split(common('\\p{N}')),
};

const load = (tokenizerJson: object): RustTokenizer => RustTokenizer.fromString(JSON.stringify(tokenizerJson));

/** Every settled character between letters, digits, spaces, quotes and line feeds, a hundred to a text. */
function sweep(isCertain: (piece: string) => boolean): string[] {
  const texts: string[] = [];
  let text = '';
  let count = 0;
  for (let code = 0; code < 0x1f700; code++) {
    const c = String.fromCodePoint(code);
    if (!isCertain(c)) continue;
    text += `a${c}b 1${c}23 ${c}${c}'${c}s ${c}\n ${c}A  ${c}.`;
    count += 1;
    if (count % 100 === 0) {
      texts.push(text);
      text = '';
    }
  }
  return [...texts, text];
}

describe('cuts', () => {
  test.each(Object.entries(kinds))('%s', (_, preTokenizer) => {
    const tokenizerJson = { ...fixture, added_tokens: [], pre_tokenizer: preTokenizer };
    const cutter = cutterOf(tokenizerJson, []);
    const own = load(tokenizerJson).getPreTokenizer();
    if (!cutter || !own) throw new Error('unknown');
    const texts = sweep(cutter.isCertain);
    expect(texts.length).toBeGreaterThan(400);
    for (const text of texts) {
      const pieces = cutter.cut(text);
      expect(pieces.join('')).toBe(text);
      // the byte-level alphabet has one character a byte
      const lengths = pieces.map((piece) => Buffer.byteLength(piece));
      expect(lengths).toEqual(own.preTokenizeString(text).map(([piece]) => [...piece].length));
    }
  });

  test('a tokenizer of another kind has none', () => {
    expect(cutterOf({ ...fixture, pre_tokenizer: { type: 'Whitespace' } }, [])).toBeUndefined();
    expect(cutterOf({ ...fixture, pre_tokenizer: split('\\w+|.') }, [])).toBeUndefined();
    expect(cutterOf({ ...fixture, normalizer: { type: 'Lowercase' } }, [])).toBeUndefined();
  });
});

const byteTokens = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);

/** SentencePiece in small: spaces are ▁, unknown characters are bytes, and one token (`>▁<`) reaches across a space. */
function sentencePiece(prepends: boolean): object {
  const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const tokens = ['<unk>', '<s>', ...byteTokens, ...'▁abcdeht<>/', '▁t', 'he', '▁the', '▁▁', '▁▁▁▁', '>▁', '>▁<'];
  return {
    version: '1.0',
    added_tokens: [0, 1].map((id) => ({ id, content: tokens[id], single_word: false, lstrip: false, rstrip: id === 1, normalized: false, special: true })),
    normalizer: prepends ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, replace] } : replace,
    pre_tokenizer: null,
    model: {
      type: 'BPE', unk_token: '<unk>', fuse_unk: true, byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: ['▁ t', 'h e', '▁t he', '▁ ▁', '▁▁ ▁▁', '> ▁', '>▁ <'],
    },
  }; // prettier-ignore
}

const texts = [
  'the cat', ' the  the', 'the ', 'the   ', '   ', ' ', '', 'a> <b> </b> >  <', '<s>the <s>  b<s>', 'the▁ the', 'ñ 日本 the\nthe\tb',
  'e\u0301 I\u2019m DON\'T we\'LL 12345 x\r\n\r\n  y', '<|im_start|>user\n hi<|im_end|>\n', '\u0085 \ufeff\u{1fae8} ſ \'ſ', '👍🏽 𝒳 ﬁ Å\u212b',
]; // prettier-ignore

describe('remembered ids are those of the whole text', () => {
  const cases: [string, object][] = [
    ...Object.entries(kinds).map(([name, pre_tokenizer]): [string, object] => [name, { ...fixture, pre_tokenizer }]),
    ['nfc', { ...fixture, normalizer: { type: 'NFC' }, pre_tokenizer: kinds['qwen2'] }],
    ['sentencepiece', sentencePiece(false)],
    ['sentencepiece with a space in front', sentencePiece(true)],
  ];
  test.each(cases)('%s', async (_, tokenizerJson) => {
    const rust = load(tokenizerJson);
    const cutter = cutterOf(tokenizerJson, []);
    if (!cutter) throw new Error('unknown');
    const memory = new PieceMemory(rust, cutter);
    const expected = (await rust.encodeBatch(texts, { addSpecialTokens: false })).map((each) => each.getIds());
    for (let round = 0; round < 2; round++)
      expect((await memory.encodeAll(texts)).map((ids) => [...ids])).toEqual(expected);
  });

  test('a vocabulary that joins words is cut elsewhere', () => {
    const cutter = cutterOf(sentencePiece(false), []);
    expect(cutter?.cut('the a> <b the')).toEqual(['the', ' a> <b', ' the']);
  });
});

test('tokens added since loading are cut out as well', () => {
  expect(cutterOf(sentencePiece(true), ['<new>'])?.cut('the<new>the')).toEqual(['the', '<new>', 'the']);
});
