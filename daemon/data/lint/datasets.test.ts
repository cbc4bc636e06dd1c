// Every rule on dataset_info.json by its meaning, with the data files that it is about.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { editsOf, type Finding } from '../../recipe/finding.ts';
import { checkDatasets, type DataUse } from './check-datasets.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

function folderOf(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-info-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function findings(files: Files, use: Partial<DataUse> = {}): Promise<Finding[]> {
  const folder = folderOf(files);
  const all: Finding[] = [];
  const whole = { datasetDir: folder, stage: undefined, templateName: undefined, cutoffLength: undefined, ...use };
  for await (const finding of checkDatasets(whole)) all.push({ ...finding, file: finding.file.slice(folder.length + 1) }); // prettier-ignore
  return all;
}

/** Findings as `line severity code ‹text at the range›`, those in other files than dataset_info.json with their name. */
async function told(files: Files, use?: Partial<DataUse>): Promise<string[]> {
  return (await findings(files, use)).map(({ file, line, column, endLine, endColumn, severity, code }) => {
    const text = files[file];
    const lines = (typeof text === 'string' ? text : '').replace(/^\uFEFF/, '').split('\n');
    const at = (lines[line - 1] ?? '').slice(column - 1, endLine > line ? undefined : endColumn - 1);
    const where = file === 'dataset_info.json' ? '' : `${file}:`;
    return `${where}${line} ${severity} ${code} ‹${at.length > 40 ? `${at.slice(0, 40)}…` : at}›`;
  });
}

const info = (entry: unknown): string => JSON.stringify({ mine: entry }, null, 1);
const flat = JSON.stringify([{ instruction: 'a', input: '', output: 'b' }, { instruction: 'c', input: 'd', output: 'e' }]); // prettier-ignore
const other = JSON.stringify([{ question: 'a', answer: 'b' }]);
const chats = JSON.stringify([{ conversations: [{ from: 'human', value: 'a' }, { from: 'gpt', value: 'b' }] }]); // prettier-ignore
const roles = JSON.stringify([{ messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }] }]); // prettier-ignore
const pairs = JSON.stringify([{ conversations: [{ from: 'human', value: 'a' }], chosen: { from: 'gpt', value: 'b' }, rejected: { from: 'gpt', value: 'c' } }]); // prettier-ignore

type Variant = readonly [
  name: string,
  entry: unknown,
  files: Files,
  found: readonly string[],
  use?: Partial<DataUse> | undefined,
];

const check = (variants: readonly Variant[]): void =>
  test.each(variants.map((variant) => ({ name: variant[0], variant })))('$name', async ({ variant }) => {
    const [, entry, files, found, use] = variant;
    const text = typeof entry === 'string' ? entry : info(entry);
    expect(await told({ 'dataset_info.json': text, ...files }, use)).toEqual(found);
  });

describe('the text', () => {
  check([
    ['is empty', ' \n', {}, ['1 error top-level-not-mapping ‹›']],
    ['is a list', '[]', {}, ['1 error top-level-not-mapping ‹[›']],
    ['is a word', '"rows.json"', {}, ['1 error top-level-not-mapping ‹"›']],
    ['has no entries', '{}', {}, []],
    ['has a comma at the end', '{\n "mine": {"file_name": "a.json"},\n}', { 'a.json': flat }, ['2 error json-syntax ‹,›']],
    ['has a comma missing', '{\n "mine": {"file_name": "a.json"}\n "b": {"file_name": "no.json"}\n}', { 'a.json': flat }, ['3 error json-syntax ‹"b"›']],
    ['has single quotes', "{'mine': {}}", {}, ["1 error json-syntax ‹'mine'›"]],
    ['has a brace too many', '{\n "mine": {\n  "file_name": "a.json",\n  "columns": {\n   "prompt": "instruction"}\n  },\n  "ranking": false\n },\n "b": {}\n}', { 'a.json': flat }, ['6 error json-syntax ‹}›']],
    ['lacks a brace', '{\n "mine": {\n  "file_name": "a.json",\n  "columns": {\n   "prompt": "instruction"\n },\n "b": {\n  "file_name": "no.json"\n }\n}', { 'a.json': flat }, ['6 error json-syntax ‹}›']],
    ['has a brace and a comma too many', '{\n "mine": {\n  "columns": {\n   "prompt": "instruction",}\n   "response": "output"\n  }\n }\n}', { 'a.json': flat }, ['4 error json-syntax ‹,›']],
    ['is cut off', '{\n "mine": {\n  "file_name": "a.json"', { 'a.json': flat }, ['3 error json-syntax ‹›']],
    ['has Python words', '{"mine": {"file_name": "a.json", "ranking": False}}', { 'a.json': flat }, ['1 error json-syntax ‹False›']],
    ['has full-width quotes', '{“mine”: {"file_name": "a.json"}}', { 'a.json': flat }, ['1 error invisible-character ‹“›']],
    ['has a no-break space between', '{\u00a0"mine": {"file_name": "a.json"}}', { 'a.json': flat }, ['1 error invisible-character ‹\u00a0›']],
    ['begins with a mark', `\ufeff${info({ file_name: 'a.json' })}`, { 'a.json': flat }, ['1 warning file-bom ‹›']],
    ['has a field twice', '{"mine": {"file_name": "no.json", "file_name": "a.json"}}', { 'a.json': flat }, ['1 error duplicate-key ‹"file_name"›']],
    ['has a column twice', '{"mine": {"file_name": "a.json", "columns": {"prompt": "instruction", "query": "input", "response": "input", "response": "output"}}}', { 'a.json': flat }, ['1 error duplicate-key ‹"response"›']],
    ['is Latin-1', Buffer.from('{"caf\xe9": {}}', 'latin1').toString('latin1'), {}, ['1 error missing-source ‹"café"›']],
  ]); // prettier-ignore

  test('bytes that are no UTF-8', async () => {
    expect(await told({ 'dataset_info.json': Buffer.from('{"caf\xe9": {}}', 'latin1') })).toEqual(['1 error file-encoding ‹›']); // prettier-ignore
  });
});

describe('fields', () => {
  const file = { 'a.json': flat };
  check([
    ['a list as entry', ['a.json'], file, ['2 error entry-not-mapping ‹[›']],
    ['null as entry', null, file, ['2 error entry-not-mapping ‹null›']],
    ['a name for file_name', { file: 'a.json' }, file, ['2 error missing-source ‹"mine"›', '3 error unknown-entry-key ‹"file"›']],
    ['a column outside of columns', { file_name: 'a.json', prompt: 'instruction' }, file, ['4 error unknown-entry-key ‹"prompt"›']],
    ['a comment as field', { file_name: 'a.json', _comment: 'x' }, file, ['4 error unknown-entry-key ‹"_comment"›']],
    ['text as ranking', { file_name: 'a.json', ranking: 'false' }, file, ['4 error boolean-like-string ‹"false"›']],
    ['null as ranking', { file_name: 'a.json', ranking: null }, file, []],
    ['a word as ranking', { file_name: 'a.json', ranking: 'pairs' }, file, ['4 error wrong-type ‹"pairs"›']],
    ['text as number', { file_name: 'a.json', num_samples: '2' }, file, ['4 error wrong-type ‹"2"›']],
    ['a fraction', { file_name: 'a.json', num_samples: 1.5 }, file, ['4 error wrong-type ‹1.5›']],
    ['zero rows', { file_name: 'a.json', num_samples: 0 }, file, ['4 error out-of-range ‹0›']],
    ['more rows than there are', { file_name: 'a.json', num_samples: 3 }, file, ['4 warning num-samples-exceeds-rows ‹3›']],
    ['null as columns', { file_name: 'a.json', columns: null }, file, ['4 error wrong-type ‹null›']],
    ['a list as columns', { file_name: 'a.json', columns: ['a'] }, file, ['4 error wrong-type ‹[›']],
    ['a list as column', { file_name: 'a.json', columns: { prompt: ['instruction'], query: 'input', response: 'output' } }, file, ['5 error wrong-type ‹[›', '4 info unused-data-column ‹›'].slice(0, 1)],
    ['a number as file', { file_name: 3 }, file, ['3 error wrong-type ‹3›']],
    ['a misspelt layout', { file_name: 'a.json', formatting: 'alpacca' }, file, ['4 error invalid-enum ‹"alpacca"›']],
    ['a layout of another kind', { file_name: 'a.json', formatting: 'chatml' }, file, ['4 error invalid-enum ‹"chatml"›']],
    ['null as layout', { file_name: 'a.json', formatting: null }, file, ['4 error wrong-type ‹null›']],
    ['another split', { file_name: 'a.json', split: 'test' }, file, ['4 error invalid-enum ‹"test"›']],
    ['an invisible space in a name', { 'file_name\u200b': 'a.json' }, file, ['2 error missing-source ‹"mine"›', '3 error invisible-character ‹"file_name\u200b"›', '3 error unknown-entry-key ‹"file_name\u200b"›']],
    ['a full-width letter in a column', { file_name: 'a.json', columns: { prompt: 'ｉnstruction', query: 'input', response: 'output' } }, file, ['5 error invisible-character ‹"ｉnstruction"›', '5 error column-not-in-file ‹"ｉnstruction"›']],
    ['names in Chinese', { file_name: '数据（一）.json' }, { '数据（一）.json': flat }, []],
  ]); // prettier-ignore
});

describe('sources', () => {
  check([
    ['none', { formatting: 'alpaca' }, {}, ['2 error missing-source ‹"mine"›']],
    ['an empty one', { file_name: '' }, {}, ['3 error missing-source ‹""›']],
    ['two', { file_name: 'a.json', hf_hub_url: 'a/b' }, { 'a.json': flat }, ['3 warning multiple-sources ‹"file_name"›']],
    ['a hub alone', { ms_hub_url: 'a/b', subset: 'x', split: 'test', folder: 'y' }, {}, []],
    ['a file nearly of that name', { file_name: 'row.json' }, { 'rows.json': flat }, ['3 error file-not-found ‹"row.json"›']],
    ['a file above', { file_name: '../a.json' }, {}, ['3 warning path-outside-dataset-dir ‹"../a.json"›', '3 error file-not-found ‹"../a.json"›']],
    ['a folder', { file_name: 'data' }, { 'data/a.json': flat, 'data/b.jsonl': flat.slice(1, -1).replace('},', '}\n') }, []],
    ['a folder of several kinds', { file_name: 'data' }, { 'data/a.json': flat, 'data/b.csv': 'a\n1\n' }, ['3 error mixed-file-types ‹"data"›']],
    ['a folder with notes', { file_name: 'data' }, { 'data/a.json': flat, 'data/README.md': 'x' }, ['3 error mixed-file-types ‹"data"›']],
    ['another kind of file', { file_name: 'a.xlsx' }, { 'a.xlsx': 'x' }, ['3 error unsupported-file-type ‹"a.xlsx"›']],
    ['an ending in capitals', { file_name: 'A.JSON' }, { 'A.JSON': flat }, ['3 warning unsupported-file-type ‹"A.JSON"›']],
    ['a file with a header alone', { file_name: 'a.csv' }, { 'a.csv': 'instruction,input,output\n' }, ['3 error empty-data-file ‹"a.csv"›']],
    ['an empty list', { file_name: 'a.json' }, { 'a.json': '[]' }, ['3 error empty-data-file ‹"a.json"›']],
  ]); // prettier-ignore
});

describe('columns', () => {
  const chatColumns = { messages: 'conversations', chosen: 'chosen', rejected: 'rejected' };
  check([
    ['a misspelt column', { file_name: 'a.json', columns: { prompt: 'qestion', response: 'answer' } }, { 'a.json': other }, ['5 error column-not-in-file ‹"qestion"›']],
    ['a column of another name', { file_name: 'a.json', columns: { prompt: 'question', response: 'output' } }, { 'a.json': other }, ['6 error column-not-in-file ‹"output"›']],
    ['system that is not there', { file_name: 'a.json', columns: { prompt: 'instruction', query: 'input', response: 'output', system: 'system' } }, { 'a.json': flat }, ['8 error column-not-in-file ‹"system"›']],
    ['tools that openai rows do without', { file_name: 'a.json', formatting: 'openai', columns: { messages: 'messages', tools: 'tools' }, tags: { role_tag: 'role', content_tag: 'content', user_tag: 'user', assistant_tag: 'assistant' } }, { 'a.json': roles }, ['4 info openai-system-line ‹"openai"›']],
    ['no answer', { file_name: 'a.json', columns: { prompt: 'instruction', query: 'input' } }, { 'a.json': flat }, ['4 warning partial-columns ‹"columns"›']],
    ['no prompt', { file_name: 'a.json', columns: { response: 'output' } }, { 'a.json': flat }, ['4 warning partial-columns ‹"columns"›', '4 info unused-data-column ‹"columns"›']],
    ['text alone, for pre-training', { file_name: 'a.json', columns: { prompt: 'text' } }, { 'a.json': '[{"text": "a"}]' }, []],
    ['text alone, for answers', { file_name: 'a.json', columns: { prompt: 'text' } }, { 'a.json': '[{"text": "a"}]' }, ['4 warning partial-columns ‹"columns"›', 'a.json:1 error missing-field ‹{"text": "a"}›'], { stage: 'sft' }],
    ['no messages', { file_name: 'a.json', formatting: 'sharegpt', columns: { system: 'system' } }, { 'a.json': JSON.stringify([{ conversations: [], system: 'x' }]) }, ['5 error partial-columns ‹"columns"›']],
    ['an empty system column', { file_name: 'a.json' }, { 'a.json': flat.replaceAll('"output"', '"system": "", "output"') }, []],
    ['messages in a flat entry', { file_name: 'a.json', columns: { messages: 'conversations' } }, { 'a.json': chats }, ['4 warning partial-columns ‹"columns"›', '5 warning columns-format-mismatch ‹"messages"›']],
    ['conversations without a layout', { file_name: 'a.json' }, { 'a.json': chats }, ['3 error formatting-row-mismatch ‹"file_name"›']],
    ['prompt in an entry of messages', { file_name: 'a.json', formatting: 'sharegpt', columns: { messages: 'conversations', prompt: 'x' } }, { 'a.json': chats }, ['7 warning columns-format-mismatch ‹"prompt"›']],
    ['tags in a flat entry', { file_name: 'a.json', tags: { role_tag: 'role' } }, { 'a.json': flat }, ['4 warning columns-format-mismatch ‹"tags"›']],
    ['ranking without rejected', { file_name: 'a.json', formatting: 'sharegpt', ranking: true, columns: { messages: 'conversations', chosen: 'chosen' } }, { 'a.json': pairs }, ['5 error ranking-columns ‹"ranking"›']],
    ['pairs without ranking', { file_name: 'a.json', formatting: 'sharegpt', columns: chatColumns }, { 'a.json': pairs }, ['7 warning ranking-not-set ‹"chosen"›', 'a.json:1 error odd-turn-count ‹{"from":"human","value":"a"}›']],
    ['pairs that are not named', { file_name: 'a.json', formatting: 'sharegpt' }, { 'a.json': pairs }, ['3 info unused-data-column ‹"file_name"›', 'a.json:1 error odd-turn-count ‹{"from":"human","value":"a"}›']],
    ['a text where messages should be', { file_name: 'a.json', formatting: 'sharegpt' }, { 'a.json': '[{"conversations": "a", "output": "b"}]' }, ['4 error formatting-row-mismatch ‹"sharegpt"›']],
    ['CSV with tools', { file_name: 'a.csv', columns: { prompt: 'q', response: 'a' } }, { 'a.csv': 'q,a,system\nx,y,z\n' }, ['4 info unused-data-column ‹"columns"›']],
  ]); // prettier-ignore
});

describe('tags', () => {
  const entry = { file_name: 'a.json', formatting: 'sharegpt', columns: { messages: 'messages' } };
  const names = { role_tag: 'role', content_tag: 'content', user_tag: 'user', assistant_tag: 'assistant' };
  const file = { 'a.json': roles };
  check([
    ['all is well', { ...entry, tags: names }, file, []],
    ['left out', entry, file, ['4 error tag-not-in-data ‹"formatting"›']],
    ['one alone', { ...entry, tags: { user_tag: 'user', assistant_tag: 'assistant' } }, file, ['8 error tag-not-in-data ‹"tags"›']],
    ['a field that is not there', { ...entry, tags: { ...names, content_tag: 'text' } }, file, ['10 error tag-not-in-data ‹"text"›']],
    ['an author that is not there', { ...entry, tags: { ...names, assistant_tag: 'gpt' } }, file, ['12 error tag-not-in-data ‹"gpt"›']],
    ['in capitals', { ...entry, tags: { ...names, user_tag: 'User' } }, file, ['11 error tag-not-in-data ‹"User"›']],
    ['authors that need not occur', { ...entry, tags: { ...names, system_tag: 'system', function_tag: 'f', observation_tag: 'o' } }, file, []],
    ['one name for both sides', { ...entry, tags: { ...names, system_tag: 'user' } }, file, ['13 error tag-collision ‹"user"›']],
    ['one name for one side', { ...entry, tags: { ...names, function_tag: 'assistant' } }, file, ['13 warning tag-collision ‹"assistant"›']],
    ['one name for two fields', { ...entry, tags: { ...names, content_tag: 'role' } }, file, ['10 error tag-collision ‹"role"›']],
    ['a misspelt tag', { ...entry, tags: { ...names, sytem_tag: 'system' } }, file, ['13 error unknown-tag-key ‹"sytem_tag"›']],
  ]); // prettier-ignore
});

describe('fixes', () => {
  const applied = (text: string, { fix, ...finding }: Finding): string => {
    const edits = fix ? editsOf({ ...finding, fix }, fix) : [];
    const offset = (line: number, column: number): number => text.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1; // prettier-ignore
    return edits.reduceRight((rest, { range, text: added }) => rest.slice(0, offset(range.line, range.column)) + added + rest.slice(offset(range.endLine, range.endColumn)), text); // prettier-ignore
  };

  test.each([
    ['default columns', { file_name: 'a.json' }, { 'a.json': other }],
    ['another layout', { file_name: 'a.json' }, { 'a.json': roles }],
    ['a layout that is named', { file_name: 'a.json', formatting: 'alpaca' }, { 'a.json': chats }],
    ['tags', { file_name: 'a.json', formatting: 'sharegpt', columns: { messages: 'messages' } }, { 'a.json': roles }],
    ['ranking columns', { file_name: 'a.json', formatting: 'sharegpt', ranking: true }, { 'a.json': pairs }],
    ['a file', { file_name: 'A.json' }, { 'a.json': flat }],
    ['text as entry', 'a.json', { 'a.json': flat }],
    ['a column', { file_name: 'a.json', columns: { prompt: 'Question', response: 'answer' } }, { 'a.json': other }],
    ['a misspelt field', { file_nam: 'a.json' }, { 'a.json': flat }],
    ['numbers', { file_name: 'a.json', num_samples: 9 }, { 'a.json': flat }],
    ['ranking', { file_name: 'a.json', ranking: 'false' }, { 'a.json': flat }],
  ])('%s: making it leaves nothing to say', async (_name, entry, files) => {
    const text = info(entry);
    const fixable = (await findings({ 'dataset_info.json': text, ...files })).find(({ fix }) => fix);
    expect(fixable).toBeDefined();
    const mended = applied(text, fixable as Finding);
    expect([mended, await told({ 'dataset_info.json': mended, ...files })]).toEqual([mended, []]);
  });
});
