// Searches against a plain look at every text, and what must not take for ever.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowSearch, type SearchTerms } from './search.ts';

const found = (terms: Partial<SearchTerms> & { text: string }, value: unknown, text?: string): boolean =>
  new RowSearch({ isExpression: false, matchCase: false, ...terms }).match([{ value, text }])[0] ?? false;

describe('words', () => {
  test.each([
    ['deep inside', { a: [{ b: 'some Words here' }] }, true],
    ['in the name of a column', { words: 'nothing' }, false],
    ['of a number', { a: 12345 }, true],
    ['in another case', { a: 'WORDS' }, true],
    ['not at all', { a: 'word s' }, false],
    ['in no object', 'words', true],
  ])('%s', (name, value, expected) => {
    const text = name === 'of a number' ? '234' : 'words';
    expect(found({ text }, value)).toBe(expected);
    expect(found({ text }, value, JSON.stringify(value))).toBe(expected);
  });

  test('in their case, where that is asked for', () => {
    expect(found({ text: 'Words', matchCase: true }, { a: 'words' }, '{"a": "words"}')).toBe(false);
    expect(found({ text: 'Words', matchCase: true }, { a: 'Words' }, '{"a": "Words"}')).toBe(true);
  });

  test('whatever is escaped in the file', () => {
    const unit = fc.constantFrom('a', 'B', '"', '\\', '/', '\n', 'ü', '发', '\u2028', '🦜', '\t');
    const text = fc.string({ unit, minLength: 1, maxLength: 3 });
    const value = fc.record({ key: fc.string({ unit, maxLength: 12 }) });
    fc.assert(
      fc.property(text, value, fc.boolean(), (text, value, isAscii) => {
        const plain = JSON.stringify(value);
        const written = isAscii ? plain.replaceAll(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) : plain; // prettier-ignore
        expect(found({ text }, value, written)).toBe(value.key.toLowerCase().includes(text.toLowerCase()));
      }),
      { numRuns: 500 },
    );
  });
});

describe('expressions', () => {
  test('fit or do not', () => {
    expect(found({ text: '^order \\d+$', isExpression: true }, { a: 'Order 88213' })).toBe(true);
    expect(found({ text: '^order \\d+$', isExpression: true, matchCase: true }, { a: 'Order 88213' })).toBe(false);
  });

  test('one that is none', () => {
    expect(() => found({ text: '(', isExpression: true }, {})).toThrow('The expression cannot be read');
  });

  test('one that would never end is stopped', () => {
    expect(() => found({ text: '^(a+)+$', isExpression: true }, { a: `${'a'.repeat(50)}b` })).toThrow('takes too long');
  });
});
