// Rows of the three layouts as Conversations: every column and tag, what is dropped without an error upstream and why, and what
// stops a run, each with its place in the row.
import { describe, expect, test } from 'vitest';
import { parseEntry } from '../../recipe/dataset-info.ts';
import type { Conversation, DroppedRow } from '../conversation.ts';
import { alignRow, checkColumns } from './align.ts';
import type { MediaFolder } from './media.ts';
import { RowError } from './row.ts';

const entryOf = (entry: object): ReturnType<typeof parseEntry> =>
  parseEntry('rows', { file_name: 'x.json', ...entry }, 'dataset_info.json');

const align = (entry: object, row: unknown, media?: MediaFolder): Conversation | DroppedRow =>
  alignRow(row, entryOf(entry), { dataset: 'rows', row: 4 }, media);

const alpaca = {
  columns: {
    prompt: 'p', query: 'q', response: 'r', history: 'h', system: 's', tools: 't', kto_tag: 'ok', chosen: 'yes', rejected: 'no',
  },
}; // prettier-ignore
const sharegpt = { formatting: 'sharegpt', columns: { messages: 'm', system: 's', tools: 't' } };
const openai = {
  formatting: 'openai',
  columns: { messages: 'm', system: 's', tools: 't' },
  tags: {
    role_tag: 'role', content_tag: 'content', user_tag: 'user', assistant_tag: 'assistant', observation_tag: 'tool',
    function_tag: 'function', system_tag: 'system',
  },
}; // prettier-ignore
const human = (value: unknown): object => ({ from: 'human', value });
const gpt = (value: unknown, more: object = {}): object => ({ from: 'gpt', value, ...more });
const said = (role: string, content: unknown, more: object = {}): object => ({ role, content, ...more });

describe('alpaca', () => {
  test('all columns', () => {
    const row = { p: 'do', q: 'it', r: 'done', h: [['a', 'b']], s: 'S', t: '[]' };
    expect(align(alpaca, row)).toEqual({
      dataset: 'rows',
      row: 4,
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'do\nit' },
        { role: 'assistant', content: 'done' },
      ],
      system: 'S',
      tools: '[]',
    });
  });

  test.each([
    [{ p: 'do', q: '', r: 'x' }, 'do'],
    [{ p: null, q: 'it', r: 'x' }, 'it'],
    [{ r: 'x' }, ''],
  ])('%j asks %j', (row, content) => {
    expect(align(alpaca, row)).toMatchObject({ messages: [{ role: 'user', content }, { role: 'assistant' }] });
  });

  test.each([null, 5, ['x'], { x: 1 }, undefined])('an answer that is %j is none', (r) => {
    expect(align(alpaca, { p: 'a', r })).toMatchObject({ messages: [{ role: 'user', content: 'a' }] });
  });

  test.each([
    [true, 'x', { desirable: true }],
    [false, 'x', { desirable: false }],
    [true, null, { desirable: true, messages: [{ role: 'user' }, { content: '' }] }],
  ])('kto_tag %j', (ok, r, expected) => {
    expect(align(alpaca, { p: 'a', r, ok })).toMatchObject(expected);
  });

  test.each([1, 'true', null])('kto_tag %j makes an ordinary row', (ok) => {
    expect(align(alpaca, { p: 'a', r: 'b', ok })).not.toHaveProperty('desirable');
  });

  test('pairs', () => {
    expect(align({ ...alpaca, ranking: true }, { p: 'a', yes: 'good', no: 'bad' })).toMatchObject({
      messages: [{ role: 'user', content: 'a' }],
      preference: { chosen: { role: 'assistant', content: 'good' }, rejected: { content: 'bad' } },
    });
  });

  test.each([
    [{ p: 'a', yes: 'good' }, 'missing-field', ['no']],
    [{ p: 'a', yes: 5, no: 'bad' }, 'response-not-string', ['yes']],
  ])('a pair without a side is dropped: %j', (row, code, at) => {
    expect(align({ ...alpaca, ranking: true }, row)).toMatchObject({ code, at, row: 4 });
  });

  test.each([
    [{ p: ['x'], r: 'b' }, 'content-not-string', ['p']],
    [{ p: 'a', r: 'b', s: 5 }, 'content-not-string', ['s']],
    [{ p: 'a', r: 'b', h: [['x', 'y', 'z']] }, 'history-shape', ['h', 0]],
    [
      {
        p: 'a',
        r: 'b',
        h: [
          ['x', 'y'],
          ['x', null],
        ],
      },
      'history-shape',
      ['h', 1],
    ],
    [{ p: 'a', r: 7, ok: false }, 'response-not-string', ['r']],
    [{ p: 'a', r: 'b', t: 5 }, 'tools-invalid', ['t']],
    ['text', 'row-not-object', []],
  ])('%j stops a run', (row, code, at) => {
    expect(() => align(alpaca, row)).toThrow(RowError);
    expect(() => align(alpaca, row)).toThrow(expect.objectContaining({ code, at, message: expect.stringMatching(/^Row 5 of the dataset rows /) })); // prettier-ignore
  });
});

describe('sharegpt', () => {
  test('a first system message counts, the column then does not', () => {
    const row = { m: [{ from: 'system', value: 'A' }, human('q'), gpt('a')], s: 'B', t: '[1]' };
    expect(align(sharegpt, row)).toMatchObject({ system: 'A', tools: '[1]', messages: [{}, {}] });
    expect(align(sharegpt, { ...row, m: row.m.slice(1) })).toMatchObject({ system: 'B' });
  });

  test('roles by tags', () => {
    const m = [human('q'), { from: 'function_call', value: '{}' }, { from: 'observation', value: 'o' }, gpt('a')];
    expect(align(sharegpt, { m })).toMatchObject({
      messages: [{ role: 'user' }, { role: 'function' }, { role: 'observation' }, { role: 'assistant' }],
    });
  });

  test.each([
    ['no messages', [], 'empty-conversation', ['m']],
    ['a system text alone', [{ from: 'system', value: 'S' }], 'empty-conversation', ['m']],
    ['no answer at the end', [human('q'), gpt('a'), human('q')], 'odd-turn-count', ['m']],
    ['two questions', [human('q'), human('q')], 'role-order', ['m', 1, 'from']],
    ['an answer first', [gpt('a'), human('q')], 'role-order', ['m', 0, 'from']],
    ['a late system message', [human('q'), { from: 'system', value: 'S' }], 'role-order', ['m', 1, 'from']],
    ['a stranger', [human('q'), { from: 'bot', value: 'a' }], 'unknown-role', ['m', 1, 'from']],
    ['null content in a row that is dropped', [human(null), gpt('a'), human('q')], 'odd-turn-count', ['m']],
  ])('dropped: %s', (_, m, code, at) => {
    expect(align(sharegpt, { m })).toMatchObject({ code, at });
  });

  test.each([
    ['null content', { m: [human('q'), gpt(null)] }, 'response-not-string', ['m', 1, 'value']],
    ['a question that is a list', { m: [human(['q']), gpt('a')] }, 'content-not-string', ['m', 0, 'value']],
    ['a message that is text', { m: ['q', gpt('a')] }, 'content-not-string', ['m', 0]],
    ['no list', { m: 'q' }, 'content-not-string', ['m']],
    ['no messages at all', {}, 'missing-field', []],
  ])('stops a run: %s', (_, row, code, at) => {
    expect(() => align(sharegpt, row)).toThrow(expect.objectContaining({ code, at }));
  });

  test('naming one tag makes all others null', () => {
    expect(() => align({ ...sharegpt, tags: { user_tag: 'human' } }, { m: [human('q'), gpt('a')] })).toThrow(
      expect.objectContaining({ code: 'tags-incomplete' }),
    );
    // messages without an author meet the null tags, and count as the last of them, a system message
    const tags = { role_tag: 'from', content_tag: 'value' };
    expect(align({ ...sharegpt, tags }, { m: [human('q'), gpt('a')] })).toMatchObject({ code: 'unknown-role' });
    expect(() => align({ ...sharegpt, tags }, { m: [{ value: 'q' }, { value: 'a' }] })).toThrow(expect.objectContaining({ code: 'role-order' })); // prettier-ignore
  });

  const ranking = {
    formatting: 'sharegpt',
    ranking: true,
    columns: { messages: 'm', chosen: 'yes', rejected: 'no' },
  };

  test('pairs are messages', () => {
    expect(align(ranking, { m: [human('q')], yes: gpt('good'), no: gpt('bad') })).toMatchObject({
      messages: [{ role: 'user' }],
      preference: { chosen: { role: 'assistant', content: 'good' }, rejected: { content: 'bad' } },
    });
    expect(align(ranking, { m: [human('q')], yes: 'good', no: gpt('bad') })).toMatchObject({ code: 'response-not-string', at: ['yes'] }); // prettier-ignore
    expect(align(ranking, { m: [human('q'), gpt('a')], yes: gpt('x'), no: gpt('y') })).toMatchObject({ code: 'odd-turn-count' }); // prettier-ignore
    expect(() => align(ranking, { m: [human('q')], yes: { from: 'me', value: 'x' }, no: gpt('y') })).toThrow(
      expect.objectContaining({ code: 'unknown-role', at: ['yes', 'from'] }),
    );
  });

  test('kto_tag', () => {
    const entry = { formatting: 'sharegpt', columns: { messages: 'm', kto_tag: 'ok' } };
    expect(align(entry, { m: [human('q'), gpt('a')], ok: false })).toMatchObject({ desirable: false });
    expect(align(entry, { m: [human('q'), gpt('a')], ok: 'no' })).not.toHaveProperty('desirable');
  });
});

describe('openai', () => {
  test('calls and tools are written with the numbers and the order of keys that the row has', () => {
    const tool = '{"name": "f", "parameters": {"minimum": 1.0, "10": 2, "1": 1e3, "step": 12345678901234567890}}';
    const call = '{"function": {"name": "f", "arguments": {"x": 2.50, "y": 1.0}}}';
    const text = `{"m": [{"role": "user", "content": "q"}, {"role": "assistant", "content": null, "tool_calls": [${call}]}], "t": [${tool}]}`;
    const row = alignRow(JSON.parse(text), entryOf(openai), { dataset: 'd', row: 0 }, undefined, text);
    expect(row).toMatchObject({
      tools: '[{"name": "f", "parameters": {"minimum": 1.0, "10": 2, "1": 1000.0, "step": 12345678901234567890}}]',
      messages: [{}, { role: 'function', content: '[{"name": "f", "arguments": {"x": 2.5, "y": 1.0}}]' }],
    });
  });

  const system = (row: object): unknown => (align(openai, row) as Conversation).system;
  const m = [said('user', 'q'), said('assistant', 'a')];

  test.each([
    [{ m }, 'detailed thinking off'],
    [{ m, s: 'S' }, 'S\ndetailed thinking off'],
    [{ m, s: 'detailed thinking on' }, 'detailed thinking on'],
    [{ m, s: 'S', t: '[]' }, 'S\n'],
    [{ m, t: '[]' }, ''],
    [{ m, t: [] }, ''],
    [{ m: [said('system', 'A'), ...m] }, 'A\ndetailed thinking off'],
  ])('the system line of %j', (row, expected) => {
    expect(system(row)).toBe(expected);
  });

  test('calls, results in a row, results at the end', () => {
    const call = (args: unknown): object => ({ type: 'function', function: { name: 'f', arguments: args } });
    const row = {
      m: [
        said('user', 'q'),
        said('assistant', 'lost', { tool_calls: [call({ a: 1, b: 2.5 }), call('{"a": 1}')] }),
        said('tool', 'one'),
        said('tool', 'two'),
        said('assistant', 'a', { tool_calls: [] }),
        said('tool', 'late'),
      ],
    };
    expect(align(openai, row)).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'function', content: String.raw`[{"name": "f", "arguments": {"a": 1, "b": 2.5}}, {"name": "f", "arguments": "{\"a\": 1}"}]` },
        { role: 'observation', content: 'one\n</tool_response>\n<tool_response>\ntwo' },
        { role: 'assistant', content: 'a' },
      ],
    }); // prettier-ignore
  });

  test('tool_calls of somebody who does not answer are not looked at', () => {
    const row = { m: [said('user', 'q', { tool_calls: [{}] }), said('assistant', 'a')] };
    expect(align(openai, row)).toMatchObject({ messages: [{ role: 'user', content: 'q' }, {}] });
  });

  test.each([
    ['a stranger', [said('user', 'q'), said('bot', 'a')], 'unknown-role', ['m', 1, 'role']],
    ['a result without text', [said('user', 'q'), said('tool', null), said('assistant', 'a')], 'content-not-string', ['m', 1, 'content']],
    ['calls without functions', [said('user', 'q'), said('assistant', '', { tool_calls: [{}] })], 'function-call-invalid', ['m', 1, 'tool_calls']],
  ])('stops a run: %s', (_, messages, code, at) => {
    expect(() => align(openai, { m: messages })).toThrow(expect.objectContaining({ code, at }));
  }); // prettier-ignore

  test('tools as objects are JSON in the order of their keys', () => {
    expect(align(openai, { m, t: [{ name: 'f', parameters: { type: 'object', properties: {} } }] })).toMatchObject({
      tools: '[{"name": "f", "parameters": {"type": "object", "properties": {}}}]',
    });
  });
});

describe("a message's own weight", () => {
  test.each([
    [{ loss: false }, 0],
    [{ loss: true }, 1],
    [{ weight: 0.5 }, 0.5],
    [{ loss_weight: 2, weight: 1, loss: false }, 2],
    [{ loss: null }, undefined],
    [{}, undefined],
  ])('%j is %j', (more, expected) => {
    const aligned = align(sharegpt, { m: [human('q'), gpt('a', more)] }) as Conversation;
    expect(aligned.messages[1]?.weight).toBe(expected);
    const other = align(openai, { m: [said('user', 'q'), said('assistant', 'a', more)] }) as Conversation;
    expect(other.messages[1]?.weight).toBe(expected);
  });

  test.each([{ loss: 'false' }, { weight: -1 }, { loss_weight: [1] }])('%j stops a run', (more) => {
    expect(() => align(sharegpt, { m: [human('q'), gpt('a', more)] })).toThrow(
      expect.objectContaining({ code: 'loss-weight', at: ['m', 1] }),
    );
  });
});

describe('media', () => {
  const columns = { prompt: 'p', response: 'r', images: 'i', videos: 'v', audios: 'a' };
  const folder: MediaFolder = { find: (path) => (path.startsWith('there') ? `/media/${path}` : undefined) };
  const media = (row: object, entry: object = { columns }): unknown =>
    (align(entry, { p: 'x', r: 'y', ...row }, folder) as Conversation).media;

  test('paths below media_dir where there is such a file, else as they are', () => {
    expect(media({ i: ['there/1.png', 'away/2.png'], v: 'there/v.mp4', a: [] })).toEqual({
      images: ['/media/there/1.png', 'away/2.png'],
      videos: ['/media/there/v.mp4'],
      audios: [],
    });
  });

  test('frames, and what data files hold in place of paths', () => {
    expect(media({ v: [['there/1.png', '2.png']], i: { bytes: null, path: 'x.png' } })).toEqual({
      images: [{ bytes: null, path: 'x.png' }],
      videos: [['/media/there/1.png', '2.png']],
      audios: [],
    });
  });

  test('rows of a hub are not looked for', () => {
    expect(media({ i: 'there/1.png' }, { hf_hub_url: 'someone/some', columns })).toMatchObject({ images: ['there/1.png'] });
  });

  test('none at all', () => {
    expect(media({ i: [], v: null })).toBeUndefined();
  });
}); // prettier-ignore

describe('columns that no row has', () => {
  const check =
    (entry: object, ...seen: string[]): (() => void) =>
    () =>
      checkColumns(entryOf(entry), new Set(seen));

  test.each([
    [{}, ['instruction', 'output'], '"input"'],
    [{ columns: { prompt: 'p', images: 'i' } }, ['p'], '"i"'],
    [{ formatting: 'sharegpt', columns: { messages: 'm', tools: 't' } }, ['m'], '"t"'],
    [{ formatting: 'openai', columns: { messages: 'm', audios: 'a' } }, ['m'], '"a"'],
    [{ columns: { prompt: 'p', kto_tag: 'ok' } }, ['p'], '"ok"'],
  ])('%j', (entry, seen, missing) => {
    expect(check(entry, ...seen)).toThrow(missing);
  });

  test('openai rows may do without system and tools', () => {
    expect(check(openai, 'm')).not.toThrow();
  });

  test('pairs need both columns named', () => {
    expect(check({ ranking: true, columns: { prompt: 'p', chosen: 'c' } }, 'p', 'c')).toThrow('which column is chosen');
  });
});
