// Every rule on rows by its meaning, in the layouts and formats in which it can occur.
import { describe, expect, test } from 'vitest';
import { jsonl, roles, told, type Given } from './testing/check-text.ts';

const good = { instruction: 'Name a river.', input: '', output: 'The Danube.' };
const chat = (...texts: string[]): object => ({
  conversations: texts.map((value, i) => ({ from: i % 2 === 0 ? 'human' : 'gpt', value })),
});
const talk = chat('Hi', 'Hello.');
const openai = (...messages: object[]): object => ({ messages });
const user = (content: unknown): object => ({ role: 'user', content });
const assistant = (content: unknown): object => ({ role: 'assistant', content });
const sharegpt: Given = { entry: { formatting: 'sharegpt' } };
const open: Given = { entry: { formatting: 'openai', ...roles } };

type Variant = readonly [name: string, content: string | Uint8Array, given: Given, found: readonly string[]];

const check = (variants: readonly Variant[]): void =>
  test.each(variants)('%s', async (_name, content, given, found) => {
    expect(await told(content, given)).toEqual(found);
  });

describe('flat rows', () => {
  check([
    ['all is well', jsonl(good, { ...good, input: 'in Austria' }), {}, []],
    ['no input in some rows', jsonl(good, { instruction: 'Hi', output: 'Hello.' }), {}, []],
    ['null input, null system', jsonl({ ...good, input: null }), {}, []],
    ['prompt in input alone', jsonl({ instruction: '', input: 'Name a sea.', output: 'Baltic' }), {}, []],
    ['a number as answer', jsonl(good, { ...good, output: 7 }), {}, ['2 error response-not-string ‹7›']],
    ['null as answer', jsonl(good, { ...good, output: null }), {}, ['2 error response-not-string ‹null›']],
    ['a list as answer', jsonl(good, { ...good, output: ['a'] }), {}, ['2 error response-not-string ‹["a"]›']],
    ['true as answer', jsonl(good, { ...good, output: true }), {}, ['2 error response-not-string ‹true›']],
    ['white space as answer', jsonl(good, { ...good, output: ' \n' }), {}, ['2 warning empty-response ‹" \\n"›']],
    ['no prompt', jsonl(good, { ...good, instruction: '' }), {}, ['2 warning empty-prompt ‹""›']],
    ['null prompt', jsonl(good, { ...good, instruction: null }), {}, ['2 warning empty-prompt ‹null›']],
    ['prompt is missing', jsonl(good, { output: 'x' }), {}, ['2 error missing-field ‹{"output":"x"}›']],
    ['a number as prompt', jsonl(good, { ...good, instruction: 5 }), {}, ['2 error content-not-string ‹5›']],
    ['a list as input', jsonl(good, { ...good, input: ['a', 'b'] }), {}, ['2 error content-not-string ‹["a","b"]›']],
    ['answers are not needed for text', jsonl({ text: 'The tide.' }), { stage: 'pt', entry: { columns: { prompt: 'text' } } }, []],
    ['empty text', jsonl({ text: 'The tide.' }, { text: '' }), { stage: 'pt', entry: { columns: { prompt: 'text' } } }, ['2 warning empty-response ‹""›']],
    ['text that is none', jsonl({ text: 'The tide.' }, { text: 3 }), { stage: 'pt', entry: { columns: { prompt: 'text' } } }, ['2 error content-not-string ‹3›']],
  ]); // prettier-ignore
});

describe('history', () => {
  const given: Given = { entry: { columns: { prompt: 'instruction', query: 'input', response: 'output', history: 'history' } } }; // prettier-ignore
  const row = (history: unknown): string => jsonl({ ...good, history: [] }, { ...good, output: 'x', history });
  check([
    ['pairs, none, null', jsonl({ ...good, history: [['a', 'b'], ['c', 'd']] }, { ...good, input: '2', history: [] }, { ...good, input: '3', history: null }), given, []],
    ['one', row([['a']]), given, ['2 error history-shape ‹["a"]›']],
    ['a flat list', row(['a', 'b']), given, ['2 error history-shape ‹"a"›', '2 error history-shape ‹"b"›']],
    ['objects', row([{ q: 'a', a: 'b' }]), given, ['2 error history-shape ‹{"q":"a","a":"b"}›']],
    ['text', row('a: b'), given, ['2 error history-shape ‹"a: b"›']],
    ['a number in a pair', row([['a', 3]]), given, ['2 error history-shape ‹3›']],
    ['null in a pair', row([['a', null]]), given, ['2 error history-shape ‹null›']],
  ]); // prettier-ignore
});

describe('conversations', () => {
  check([
    ['all is well', jsonl(talk, { conversations: [{ from: 'system', value: 'Be kind.' }, ...(chat('a', 'b', 'c', 'd') as { conversations: object[] }).conversations] }), sharegpt, []],
    ['answer first', jsonl(talk, { conversations: [{ from: 'gpt', value: 'a' }, { from: 'human', value: 'b' }] }), sharegpt, ['2 error role-order ‹"gpt"›']],
    ['two questions', jsonl(talk, { conversations: [{ from: 'human', value: 'a' }, { from: 'human', value: 'b' }, { from: 'gpt', value: 'c' }] }), sharegpt, ['2 error role-order ‹"human"›']],
    ['ends with a question', jsonl(talk, chat('a', 'b', 'c')), sharegpt, ['2 error odd-turn-count ‹{"from":"human","value":"c"}›']],
    ['a question alone', jsonl(talk, chat('a')), sharegpt, ['2 error odd-turn-count ‹{"from":"human","value":"a"}›']],
    ['a system message alone', jsonl(talk, { conversations: [{ from: 'system', value: 'a' }] }), sharegpt, ['2 error empty-conversation ‹[{"from":"system","value":"a"}]›']],
    ['two system messages', jsonl(talk, { conversations: [{ from: 'system', value: 'a' }, { from: 'system', value: 'b' }, { from: 'human', value: 'c' }, { from: 'gpt', value: 'd' }] }), sharegpt, ['2 error role-order ‹"system"›']],
    ['an author of another convention', jsonl(talk, { conversations: [{ from: 'user', value: 'a' }, { from: 'gpt', value: 'b' }] }), sharegpt, ['2 error unknown-role ‹"user"›']],
    ['an author with a capital', jsonl(talk, { conversations: [{ from: 'Human', value: 'a' }, { from: 'gpt', value: 'b' }] }), sharegpt, ['2 error unknown-role ‹"Human"›']],
    ['null as author', jsonl(talk, { conversations: [{ from: null, value: 'a' }, { from: 'gpt', value: 'b' }] }), sharegpt, ['2 error unknown-role ‹null›']],
    ['no author', jsonl(talk, { conversations: [{ value: 'a' }, { from: 'gpt', value: 'b' }] }), sharegpt, ['2 error missing-field ‹{"value":"a"}›']],
    ['no text', jsonl(talk, { conversations: [{ from: 'human', value: 'a' }, { from: 'gpt' }] }), sharegpt, ['2 error missing-field ‹{"from":"gpt"}›']],
    ['a number as text', jsonl(talk, { conversations: [{ from: 'human', value: 5 }, { from: 'gpt', value: 'x' }] }), sharegpt, ['2 error content-not-string ‹5›']],
    ['an object as answer', jsonl(talk, { conversations: [{ from: 'human', value: 'x' }, { from: 'gpt', value: { a: 1 } }] }), sharegpt, ['2 error response-not-string ‹{"a":1}›']],
    ['an empty answer in the middle', jsonl(talk, chat('a', '', 'b', 'c')), sharegpt, ['2 error empty-response ‹""›']],
    ['an empty question', jsonl(talk, chat('', 'b')), sharegpt, ['2 warning empty-prompt ‹""›']],
    ['a message that is text', jsonl(talk, { conversations: ['a', 'b'] }), sharegpt, ['2 error content-not-string ‹"a"›', '2 error content-not-string ‹"b"›']],
    ['a conversation that is text', jsonl(talk, { conversations: 'a' }), sharegpt, ['2 error content-not-string ‹"a"›']],
    ['no conversation', jsonl(talk, { id: 4 }), sharegpt, ['2 error missing-field ‹{"id":4}›']],
    ['null conversation', jsonl(talk, { conversations: null }), sharegpt, ['2 error missing-field ‹null›']],
    ['other fields of messages', jsonl({ conversations: [{ from: 'human', value: 'a', weight: null }, { from: 'gpt', value: 'b', loss: false, name: 'x' }] }), sharegpt, []],
    ['a flat row among them', jsonl(talk, good), sharegpt, ['2 error mixed-row-shape ‹{"instruction":"Name a river.","input":"…›']],
    ['a conversation among flat rows', jsonl(good, talk), {}, ['2 error mixed-row-shape ‹{"conversations":[{"from":"human","value…›']],
    ['calls and results', jsonl({ conversations: [{ from: 'human', value: 'a' }, { from: 'function_call', value: '{"name": "f", "arguments": {}}' }, { from: 'observation', value: '3' }, { from: 'gpt', value: 'b' }] }), sharegpt, []],
    ['two results in a row', jsonl(talk, { conversations: [{ from: 'human', value: 'a' }, { from: 'function_call', value: '{"name": "f", "arguments": {}}' }, { from: 'observation', value: '3' }, { from: 'observation', value: '4' }, { from: 'gpt', value: 'b' }] }), sharegpt, ['2 error role-order ‹"observation"›']],
    ['ends with a result', jsonl(talk, { conversations: [{ from: 'human', value: 'a' }, { from: 'function_call', value: '{"name": "f", "arguments": {}}' }, { from: 'observation', value: '3' }] }), sharegpt, ['2 error odd-turn-count ‹{"from":"observation","value":"3"}›']],
    ['calls in a field', jsonl({ conversations: [{ from: 'human', value: 'a' }, { from: 'gpt', value: 'b', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }] }), sharegpt, ['1 warning ignored-field ‹[{"function":{"name":"f","arguments":"{}…›']],
    ['a weight that is none', jsonl(talk, { conversations: [{ from: 'human', value: 'a' }, { from: 'gpt', value: 'b', weight: 'high' }] }), sharegpt, ['2 error loss-weight ‹"high"›']],
  ]); // prettier-ignore
});

describe('openai rows', () => {
  const call = (name: unknown, given: unknown): object => ({ role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name, arguments: given } }] }); // prettier-ignore
  const result = { role: 'tool', content: '3', tool_call_id: 'a' };
  const fine = openai(user('Hi'), assistant('Hello.'));
  check([
    ['all is well', jsonl(fine, openai({ role: 'system', content: 'x' }, user('Size?'), call('f', '{"a": 1}'), result, result, assistant('Three.'))), open, []],
    ['a call with an object of arguments', jsonl(fine, openai(user('x'), call('f', { a: 1 }), result, assistant('y'))), open, []],
    ['a call that ends a row', jsonl(fine, openai(user('x'), call('f', '{}'))), open, []],
    ['a call without a name', jsonl(fine, openai(user('x'), call(undefined, '{}'), result, assistant('y'))), open, ['2 error function-call-invalid ‹{"id":"a","type":"function","function":{…›']],
    ['a call without arguments', jsonl(fine, openai(user('x'), call('f', undefined), result, assistant('y'))), open, ['2 error function-call-invalid ‹{"id":"a","type":"function","function":{…›']],
    ['arguments that are no JSON', jsonl(fine, openai(user('x'), call('f', 'a=1'), result, assistant('y'))), open, ['2 error function-call-invalid ‹"a=1"›']],
    ['calls that are an object', jsonl(fine, openai(user('x'), { role: 'assistant', content: '', tool_calls: { function: { name: 'f', arguments: '{}' } } }, result, assistant('y'))), open, ['2 error function-call-invalid ‹{"function":{"name":"f","arguments":"{}"…›']],
    ['null without a call', jsonl(fine, openai(user('x'), assistant(null))), open, ['2 error response-not-string ‹null›']],
    ['parts instead of text', jsonl(fine, openai(user([{ type: 'text', text: 'x' }]), assistant('y'))), open, ['2 error content-not-string ‹[{"type":"text","text":"x"}]›']],
    ['a result at the end', jsonl(fine, openai(user('x'), call('f', '{}'), result)), open, ['2 warning odd-turn-count ‹{"role":"tool","content":"3","tool_call_…›']],
    ['developer as author', jsonl(fine, openai({ role: 'developer', content: 'x' }, user('x'), assistant('y'))), open, ['2 error unknown-role ‹"developer"›']],
    ['a result that is no text', jsonl(fine, openai(user('x'), call('f', '{}'), { role: 'tool', content: { a: 1 } }, assistant('y'))), open, ['2 error content-not-string ‹{"a":1}›']],
  ]); // prettier-ignore
});
