// Rows in chat templates of the shapes that public models have: turns that join to what the template writes, answers told apart
// with certainty or refused, and what a person is told about it.
import { describe, expect, test } from 'vitest';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import type { Message } from '../conversation.ts';
import { chatTemplates } from '../testing/chat-templates.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import { ChatTemplate, type ChatMessage } from './chat-template.ts';
import { deriveTemplate } from './jinja.ts';
import type { Rendered, RenderOptions } from './render.ts';
import { rendererOf, renderTurns } from './renderer.ts';
import type { Element } from './slot.ts';

type Name = keyof typeof chatTemplates;
const tokenizerPath = new URL('../fixtures/facts/golden-tokenizer.json', import.meta.url).pathname;

function tokenizerOf(source: string, writesBos: boolean): Tokenizer {
  const roles = { bos_token: '<|bos|>', eos_token: '<|eos|>', pad_token: '<|pad|>' };
  const tokenizer = new Tokenizer(RustTokenizer.fromFile(tokenizerPath), roles, source);
  tokenizer.writesBos = writesBos;
  return tokenizer;
}

const writing: ReadonlySet<string> = new Set(['llama3', 'gemma', 'mistral', 'deepseek']);
const names = Object.keys(chatTemplates) as Name[];
const templates = new Map(
  names.map((name) => [name, deriveTemplate(tokenizerOf(chatTemplates[name], writing.has(name)))]),
);
const templateOf = (name: Name): ReturnType<typeof deriveTemplate> =>
  templates.get(name) as ReturnType<typeof deriveTemplate>;

const options: RenderOptions = { enableThinking: true, discardHistoryThoughts: false, today: '15 Jan 2025' };
const text = (elements: readonly Element[]): string =>
  elements.map((element) => ('text' in element ? element.text : '')).join('');
const turnsOf = (name: Name, row: Rendered, given = options): [string, string, string | undefined][] =>
  renderTurns(templateOf(name), row, given).map(({ source, target, note }) => [text(source), text(target), note?.code]);

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });
const row = (messages: Message[], system = '', tools = ''): Rendered => ({ messages, system, tools });
const twoTurns = row([user(' Hi '), assistant('Hello\n'), user('More'), assistant('Bye')]);
const thoughts = row([
  user('Hi'), assistant('<think>\nx\n</think>\n\nHello'), user('More'), assistant('<think>\ny\n</think>\n\nBye'),
]); // prettier-ignore
const tools = '[{"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}]';
const withCalls = row(
  [
    user('q'),
    { role: 'function', content: '{"name": "f", "arguments": {"a": 1}}' },
    { role: 'observation', content: 'r1\n</tool_response>\n<tool_response>\nr2' },
    assistant('done'),
    user('again'),
    assistant('<think>\nz\n</think>\n\nok'),
  ],
  'S',
  tools,
);

describe.each(names)('%s', (name) => {
  const own = new ChatTemplate(chatTemplates[name], tokenizerOf(chatTemplates[name], false));
  const written = ({ messages, system }: Rendered): string => {
    const front: ChatMessage[] = system === '' ? [] : [{ role: 'system', content: system }];
    return own.render([...front, ...(messages as ChatMessage[])], { generation: false });
  };

  test.each([
    ['two turns', twoTurns],
    ['thoughts', thoughts],
    ['one turn', row([user('a'), assistant('b')])],
    ['a system text', row(twoTurns.messages as Message[], 'Be kind.')],
    ['many turns', row([1, 2, 3, 4].flatMap((i) => [user(`q${i}`), assistant(`a${i}`)]))],
    ['equal messages', row([user('x'), assistant('x'), user('x'), assistant('x')])],
    ['empty messages', row([user('q'), assistant(''), user(''), assistant('a')])],
    ['words of the template', row([user('assistant\n'), assistant('user'), user('<|im_end|>'), assistant('<think>')])],
  ])('%s join to what the template writes', (title, given) => {
    // gemma refuses a system text: it stands in front of the question
    if (name === 'gemma' && given.system !== '') return;
    const turns = turnsOf(name, given);
    expect(turns.map(([source, target]) => source + target).join('')).toBe(written(given));
    if (name !== 'marked') expect(turns).toHaveLength(given.messages.length / 2);
  });

  test('every turn keeps its own answer, and the end of it', () => {
    const given = row(
      [1, 2, 3].flatMap((i) => [user(`question ${i}`), assistant(`answer ${i}`)]),
      'S',
    );
    turnsOf(name, given).forEach(([source, target], i) => {
      expect(source).toContain(`question ${i + 1}`);
      expect(source).not.toContain('answer');
      expect(target).toMatch(new RegExp(`^ ?(<think>\n\n</think>\n\n)?answer ${i + 1}<`));
    });
  });

  test('the prompt of the next answer ends where it begins', () => {
    const given = row([user('Hi'), assistant('Hello'), user('More')]);
    const prompt = text(rendererOf(templateOf(name), options).prompt(given));
    expect(prompt).toBe(own.render(given.messages as ChatMessage[], { generation: true }));
  });

  test('one turn: everything but the last answer is the prompt', () => {
    const { source, target } = rendererOf(templateOf(name), options).oneTurn(twoTurns);
    expect(text(source) + text(target)).toBe(written(twoTurns));
    expect(text(target)).toMatch(/^ ?(<think>\n\n<\/think>\n\n)?Bye</);
  });

  test('calls and results are not lost', () => {
    const turns = turnsOf(name, withCalls);
    expect(turns).toHaveLength(3);
    expect(turns.map(([source]) => source).join('')).toMatch(/"?name"?.*f|Tool Name: f/);
    expect(turns[0]?.[1]).toContain('f');
    expect(turns[1]?.[0]).toContain('r1');
    expect(turns[1]?.[1]).toContain('done');
  });
});

describe('what is history is written in another way', () => {
  const [question, answer] = ['<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n', 'Hello<|im_end|>\n'];

  test('thoughts are cut from it: the row is trained as it stands, and says so', () => {
    expect(turnsOf('qwen3', thoughts)).toEqual([
      [question, answer, 'history-rewritten'],
      ['<|im_start|>user\nMore<|im_end|>\n<|im_start|>assistant\n', '<think>\ny\n</think>\n\nBye<|im_end|>\n', undefined],
    ]); // prettier-ignore
  });

  test('in calls too', () => {
    expect(turnsOf('qwen3', withCalls).map(([, target, note]) => [target, note])).toEqual([
      ['<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call><|im_end|>\n', 'history-rewritten'],
      ['done<|im_end|>\n', 'history-rewritten'],
      ['<think>\nz\n</think>\n\nok<|im_end|>\n', undefined],
    ]);
  });

  test('what only ends a conversation belongs to its last answer', () => {
    expect(turnsOf('phi3', twoTurns).map(([, target]) => target)).toEqual(['Hello\n<|end|>\n', 'Bye<|end|>\n<|eos|>']);
  });

  test('a system text that moves stands where the whole has it', () => {
    expect(turnsOf('mistral', row(twoTurns.messages as Message[], 'S'))).toEqual([
      ['<|bos|>[INST]  Hi [/INST]', ' Hello\n<|eos|>', 'prompt-differs'],
      ['[INST] S\n\nMore[/INST]', ' Bye<|eos|>', undefined],
    ]);
  });

  test('a thought that only the prompt opens is no part of the row', () => {
    expect(turnsOf('deepseek', thoughts)).toEqual([
      ['<|bos|><|User|>Hi<|Assistant|>', '\n\nHello<|eos|>', 'prompt-differs'],
      ['<|User|>More<|Assistant|>', '\n\nBye<|eos|>', 'prompt-differs'],
    ]);
  });

  test('an answer that cannot be found again is refused', () => {
    const source =
      "{% for m in messages %}{{ m.role + ':' + m.content }}{% if not loop.last and m.role == 'assistant' %}{{ ' (' + (m.content | length | string) + ' characters)' }}{% endif %};{% endfor %}";
    const template = deriveTemplate(tokenizerOf(source, false));
    expect(() => renderTurns(template, twoTurns, options)).toThrow(
      'cannot be divided into questions and answers with certainty',
    );
  });
});

describe('thinking', () => {
  const off: RenderOptions = { ...options, enableThinking: false, ownVariables: { enable_thinking: false } };

  test('switched off, the empty thought belongs to the question', () => {
    const [first] = turnsOf('qwen3', row([user('a'), assistant('b')]), off);
    expect(first?.[0]).toMatch(/<think>\n\n<\/think>\n\n$/);
    expect(first?.[1]).toBe('b<|im_end|>\n');
  });

  test('not set, it is trained', () => {
    expect(turnsOf('qwen3', row([user('a'), assistant('b')]))[0]?.[1]).toBe('<think>\n\n</think>\n\nb<|im_end|>\n');
  });
});

test('a template that refuses a system text takes it in front of the first question', () => {
  const [first] = turnsOf('gemma', row([user(' Hi'), assistant('Hello ')], 'Be kind.'));
  expect(first).toEqual([
    '<|bos|><start_of_turn>user\nBe kind.\n\n Hi<end_of_turn>\n<start_of_turn>model\n',
    'Hello<end_of_turn>\n',
    undefined,
  ]);
});

test('answers that the template marks are trained as marked, what follows them is not', () => {
  const turns = renderTurns(templateOf('marked'), twoTurns, options);
  expect(turns.map(({ target }) => target.map(({ kind, ...rest }) => [kind, 'text' in rest ? rest.text : '']))).toEqual([
    [['response', 'Hello\n<|im_end|>']],
    [['response', 'Bye<|im_end|>'], ['template', '\n\n']],
  ]); // prettier-ignore
});

test('what the template raises is told of the row', () => {
  expect(() => renderTurns(templateOf('mistral'), row([user('a'), user('b')]), options)).toThrow(
    /refused by the model's own chat template \(.*roles must alternate\)/,
  );
});

test('weights of messages go with their turns', () => {
  const given = row([user('a'), { role: 'assistant', content: 'b', weight: 0 }, user('c'), assistant('d')]);
  for (const name of ['chatml', 'qwen3', 'marked'] as const) {
    const weights = renderTurns(templateOf(name), given, options).map(({ targetWeight }) => targetWeight);
    expect([name, weights]).toEqual([name, [0, undefined]]);
  }
});
