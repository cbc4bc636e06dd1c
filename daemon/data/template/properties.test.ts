// What holds for any JSON, any call and any conversation: values survive, calls come back, turns join to what a template writes.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import type { Message } from '../conversation.ts';
import { chatTemplates } from '../testing/chat-templates.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { ChatTemplate, type ChatMessage } from './chat-template.ts';
import { deriveTemplate } from './jinja.ts';
import { parseCalls } from './parse-calls.ts';
import { dumpPython, parsePython, toPython } from './python-json.ts';
import { RenderError } from './render-error.ts';
import { renderTurns } from './renderer.ts';
import type { Element } from './slot.ts';
import { renderCalls } from './tools.ts';

const json = fc.jsonValue({ maxDepth: 3 });

test('JSON goes through Python and comes back as it was', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 4), (value, indent) => {
      const text = JSON.stringify(value);
      // Python knows no -0 among integers
      const plain = JSON.parse(text.replaceAll('-0', '0')) as unknown;
      const written = dumpPython(parsePython(text.replaceAll('-0', '0')), indent);
      expect(JSON.parse(written)).toEqual(plain);
      expect(dumpPython(toPython(JSON.parse(written)), indent)).toEqual(dumpPython(toPython(plain), indent));
    }),
  );
});

test('what is no JSON to JavaScript is none to Python, but for its words for numbers', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:0123.eE+-tru nlfas\\/\n') }), (written) => {
      const text = written.replaceAll(/-0(?![.\de])/gi, '0'); // an integer -0 is 0 to Python
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expect(() => parsePython(text)).toThrow(SyntaxError);
        return;
      }
      expect(JSON.parse(dumpPython(parsePython(text)).replaceAll('Infinity', '1e999'))).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

describe('calls come back as they were written', () => {
  const name = fc.stringMatching(/^[a-z_]\w{0,12}$/);
  // text formats cannot tell a text that looks like JSON from JSON; words survive in all of them
  const word = fc
    .stringMatching(/^[a-z][a-z .,!?äöü日本]{0,20}[a-z]$/)
    .filter((text) => !/^(true|false|null)$/.test(text));
  const args = fc.dictionary(name, fc.oneof(word, fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 })), { maxKeys: 4 }); // prettier-ignore
  const calls = fc.array(fc.record({ name, arguments: args }), { minLength: 1, maxLength: 3 });

  // glm4_moe, minimax2 and seed_oss write what they cannot read, glm4 takes one call
  test.each(['default', 'gemma4', 'lfm2', 'ling', 'llama3', 'minimax1', 'mistral', 'qwen', 'qwen3_5'])(
    '%s',
    (format) => {
      fc.assert(
        fc.property(calls, (written) => {
          const read = parseCalls(format, renderCalls(format, JSON.stringify(written)));
          const values = read?.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) as unknown }));
          expect(values).toEqual(written.map((each) => ({ ...each, arguments: { ...each.arguments } })));
        }),
        { numRuns: 60 },
      );
    },
  );

  test('text is never a call, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('qwen', 'minimax1', 'lfm2', 'gemma4', 'seed_oss'), (text, format) => {
        expect(parseCalls(format, text)).toBeUndefined();
      }),
    ); // prettier-ignore
  });
});

const path = new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url).pathname;
const tokenizerOf = (source: string): Tokenizer =>
  new Tokenizer(RustTokenizer.fromFile(path), { bos_token: '<|bos|>', eos_token: '<|eos|>', pad_token: '<|pad|>' }, source); // prettier-ignore

describe('any conversation in the model\u2019s own chat template', () => {
  const thought = fc.tuple(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 })).map(([a, b]) => `<think>\n${a}\n</think>\n\n${b}`); // prettier-ignore
  const words = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    thought,
    fc.constantFrom(
      '',
      '\n',
      'user',
      '<|im_end|>\n',
      '<|im_start|>assistant\n',
      '[/INST]',
      '<|end|>\n<|user|>\n',
      '</think>',
    ),
  );
  const rows = fc.record({
    system: fc.oneof(fc.constant(''), fc.stringMatching(/^\w{1,9}$/)),
    tools: fc.constant(''),
    messages: fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 4 }).map((turns) =>
      turns.flatMap(([question, answer]): Message[] => [
        { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ]),
    ),
  });
  const options = { enableThinking: true, discardHistoryThoughts: false, today: '15 Jan 2025' };
  const text = (elements: readonly Element[]): string =>
    elements.map((element) => ('text' in element ? element.text : '')).join('');

  test.each(Object.entries(chatTemplates))('%s: turns join to the whole, or the row is refused', (name, source) => {
    const template = deriveTemplate(tokenizerOf(source));
    const own = new ChatTemplate(source, tokenizerOf(source));
    let refused = 0;
    fc.assert(
      fc.property(rows, (row) => {
        const system: ChatMessage[] = row.system === '' || name === 'gemma' ? [] : [{ role: 'system', content: row.system }];
        const given = name === 'gemma' ? { ...row, system: '' } : row;
        const whole = own.render([...system, ...(row.messages as ChatMessage[])], { generation: false });
        let turns: ReturnType<typeof renderTurns>;
        try {
          turns = renderTurns(template, given, options);
        } catch (error) {
          expect(error).toBeInstanceOf(RenderError);
          refused += 1;
          return;
        }
        expect(turns.map(({ source: from, target }) => text(from) + text(target)).join('')).toBe(whole);
      }),
      { numRuns: 60 },
    );
    // the odd ones that hold the template's own words
    expect(refused).toBeLessThan(name === 'chatml' || name === 'llama3' || name === 'marked' ? 1 : 30);
  }); // prettier-ignore
});
