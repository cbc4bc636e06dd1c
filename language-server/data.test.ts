// dataset_info.json and rows over the protocol, and what the data process finds out about whole files.
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import {
  CodeActionRequest,
  CodeLensRequest,
  InlayHintRequest,
  type CodeAction,
  type CodeLens,
  type CompletionItem,
  type InlayHint,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { afterEach, describe, expect, test } from 'vitest';
import { applyEdits, caret, positionAt, TestClient } from './testing/client.ts';
import { tinyLlama, workspace } from './testing/workspace.ts';

let client: TestClient;
afterEach(() => client.stop());

const dataProcess = join(import.meta.dirname, '../dist/language-server-data.js');

const turns = (...names: string[]): object[] => names.map((role, index) => ({ role, content: `text ${index}` }));

const files = {
  'data/dataset_info.json': {},
  'data/flat.json': [{ question: 'Why?', context: '', answer: 'Because.' }, { question: 'How?', context: 'x', answer: 'So.' }],
  'data/chat.jsonl': `${JSON.stringify({ messages: turns('user', 'assistant'), tools: '[]' })}\n${JSON.stringify({ messages: turns('system', 'user', 'assistant') })}\n`,
  'data/table.csv': 'instruction,output\nHi,Hello\nBye,See you\n',
}; // prettier-ignore

/** A dataset_info.json with one entry, and the caret where | stands in it. */
const info = (entry: string): string => `{\n  "mine": {\n    ${entry}\n  }\n}\n`;

async function start(
  more: Readonly<Record<string, unknown>> = {},
  options: { dataProcess?: string } = {},
): Promise<void> {
  client = await TestClient.start({ folder: workspace({ ...files, ...more }), ...options });
}

describe('completion in dataset_info.json', () => {
  const labels = async (marked: string): Promise<string[]> =>
    (await client.complete('data/dataset_info.json', marked)).map(({ label }: CompletionItem) => label);

  test.each([
    ['columns of the file, usual ones first', '"file_name": "flat.json", "columns": {"response": "|"}', ['answer', 'question', 'context']],
    ['columns of a table', '"file_name": "table.csv", "columns": {"prompt": "|"}', ['instruction', 'output']],
    ['fields of messages, the one with names first', '"file_name": "chat.jsonl", "formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": {"role_tag": "|"}', ['role', 'content']],
    ['authors that occur', '"file_name": "chat.jsonl", "formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": {"role_tag": "role", "user_tag": "|"}', ['user', 'assistant', 'system']],
    ['layouts', '"formatting": "|"', ['alpaca', 'sharegpt', 'openai']],
    ['switches', '"ranking": |', ['true', 'false']],
    ['files', '"file_name": "|"', ['chat.jsonl', 'flat.json', 'table.csv']],
  ])('%s', async (_, entry, offered) => {
    await start();
    expect(await labels(info(entry))).toEqual(offered);
  }); // prettier-ignore

  test('a new field comes with the column that fits it', async () => {
    await start();
    const items = await client.complete('data/dataset_info.json', info('"file_name": "flat.json", "columns": {|}'));
    const edit = items.find(({ label }) => label === 'response')?.textEdit as TextEdit;
    expect(edit.newText).toBe('"response": "${1:answer}"');
  });

  test('a whole entry for a file that nobody describes yet', async () => {
    await start();
    const items = await client.complete('data/dataset_info.json', '{\n  |\n}\n');
    const edit = items.find(({ label }) => label === 'chat')?.textEdit as TextEdit;
    expect(JSON.parse(`{${edit.newText}}`)).toMatchObject({
      chat: { file_name: 'chat.jsonl', formatting: 'sharegpt', columns: { messages: 'messages' }, tags: { role_tag: 'role' } },
    }); // prettier-ignore
  });
});

test('hover shows the first row, and what a column holds', async () => {
  await start();
  const hover = async (marked: string): Promise<string | undefined> => {
    const { text, offset } = caret(marked);
    return client.hoverAt(await client.open('data/dataset_info.json', text), positionAt(text, offset));
  };
  expect(await hover('{"mi|ne": {"file_name": "flat.json"}}')).toContain('"question": "Why?"');
  expect(await hover(info('"file_name": "flat.json", "columns": {"response": "ans|wer"}'))).toContain(
    '"answer": "Because."',
  );
  expect(await hover(info('"file_name": "flat.json",    |'))).toBeUndefined();
});

describe('findings', () => {
  test('of dataset_info.json, with fixes', async () => {
    await start();
    const text = info('"file_name": "flat.jsn", "rankng": true');
    const uri = await client.open('data/dataset_info.json', text);
    const found = await client.diagnostics(uri);
    expect(found.map(({ code }) => String(code)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'file-not-found',
      'unknown-entry-key',
    ]);
    const range = found.find(({ code }) => code === 'file-not-found')?.range ?? {
      start: positionAt(text, 0),
      end: positionAt(text, 0),
    };
    const actions = (await client.connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri },
      range,
      context: { diagnostics: [] },
    })) as CodeAction[];
    expect(applyEdits(text, actions[0]?.edit?.changes?.[uri] ?? [])).toContain('"flat.json"');
  });

  test('of the rows of a file that an entry names', async () => {
    await start({ 'data/dataset_info.json': { talk: { file_name: 'talk.jsonl', formatting: 'sharegpt' } } });
    const rows = [
      '{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}',
      '{"conversations": [{"from": "human", "value": "a"}]}',
      '{broken',
    ];
    const uri = await client.open('data/talk.jsonl', rows.join('\n'), 'jsonl');
    const found = await client.diagnostics(uri);
    expect(found.map(({ range, severity }) => [range.start.line, severity])).toEqual([[1, 1], [2, 1]]); // prettier-ignore
  });

  test('none in JSON that is no data', async () => {
    await start();
    expect(await client.diagnostics(await client.open('package.json', '{"name": 1,'))).toEqual([]);
  });

  test('a file on disk that changes its columns changes the findings', async () => {
    await start({
      'data/dataset_info.json': {
        flat: { file_name: 'flat.json', columns: { prompt: 'question', response: 'reply' } },
      },
    });
    const uri = await client.open(
      'data/dataset_info.json',
      readFileSync(join(client.folder, 'data/dataset_info.json'), 'utf8'),
    );
    expect((await client.diagnostics(uri)).map(({ code }) => code)).toContain('column-not-in-file');
    await client.write('data/flat.json', JSON.stringify([{ question: 'Why?', reply: 'Because.' }]));
    expect(await client.diagnostics(uri)).toEqual([]);
  });
});

test('the entry that is missing is made from the file', async () => {
  await start({ ...tinyLlama(), 'data/dataset_info.json': { other: { file_name: 'table.csv' } } });
  const text =
    'model_name_or_path: models/tiny\nstage: sft\ndo_train: true\ndataset: chat\ntemplate: llama3\noutput_dir: saves/a\n';
  const uri = await client.open('a.yaml', text);
  const position = positionAt(text, text.indexOf('chat'));
  const params = {
    textDocument: { uri },
    range: { start: position, end: position },
    context: { diagnostics: [], only: ['quickfix'] },
  };
  const actions = (await client.connection.sendRequest(CodeActionRequest.type, params)) as CodeAction[];
  const action = actions.find(({ title }) => title.startsWith('Add chat.jsonl'));
  const infoFile = readFileSync(join(client.folder, 'data/dataset_info.json'), 'utf8');
  const after: unknown = JSON.parse(
    applyEdits(infoFile, action?.edit?.changes?.[client.uri('data/dataset_info.json')] ?? []),
  );
  expect(after).toMatchObject({
    other: { file_name: 'table.csv' },
    chat: { file_name: 'chat.jsonl', formatting: 'sharegpt' },
  });
});

describe('what the data process finds out', () => {
  const everywhere = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };

  /** Asks until an answer is there. */
  async function until<T>(ask: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (isThere(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  test('rows, steps, tokens: as hints', async () => {
    client = await TestClient.start({ folder: join(import.meta.dirname, '../tests/goldens'), dataProcess });
    const recipe = readFileSync(join(client.folder, 'cases/sft-lora-llama-base/recipe.yaml'), 'utf8');
    const text = recipe.replace('max_steps: 10', 'num_train_epochs: 2').replace('cutoff_len: 256', 'cutoff_len: 120');
    const textDocument = { uri: await client.open('mine.yaml', text) };
    const ask = async (): Promise<Record<string, unknown>> => {
      const hints = (await client.connection.sendRequest(InlayHintRequest.type, {
        textDocument,
        range: everywhere,
      })) as InlayHint[];
      return Object.fromEntries(
        hints.map(({ position, label }) => [text.split('\n')[position.line]?.split(':')[0], label]),
      );
    };
    const shown = await until(
      ask,
      (hints) => 'cutoff_len' in hints && 'dataset' in hints && String(hints['num_train_epochs']).includes('about'),
    );
    expect(shown).toMatchObject({
      dataset: expect.stringMatching(/^\d+ rows$/),
      num_train_epochs: expect.stringMatching(/^\d+ steps, about \d+ (s|min)$/),
      cutoff_len: expect.stringMatching(/^\d+(\.\d)?% of rows cut$/),
      per_device_train_batch_size: '2 rows a step',
    });
    const lenses = (await client.connection.sendRequest(CodeLensRequest.type, { textDocument })) as CodeLens[];
    expect(lenses.map(({ command }) => command?.title)).toContainEqual(expect.stringMatching(/^≈ \d+ MB, fits$/));
  });

  test('what is wrong with all rows, in one sentence at the entry', async () => {
    await start(
      {
        'data/dataset_info.json': { talk: { file_name: 'talk.jsonl', formatting: 'sharegpt' } },
        'data/talk.jsonl': '{"conversations": [{"from": "human", "value": "a"}]}\n'.repeat(3),
      },
      { dataProcess },
    );
    const uri = await client.open(
      'data/dataset_info.json',
      readFileSync(join(client.folder, 'data/dataset_info.json'), 'utf8'),
    );
    const found = await until(
      () => client.diagnostics(uri),
      (items) => items.some(({ code }) => code === 'rows-summary'),
    );
    expect(found.find(({ code }) => code === 'rows-summary')?.message).toMatch(
      /^Errors in 3 rows: 3, warnings: \d+\. The first, in line 1: /,
    );
  });

  test('a template that writes another text than the model\u2019s own, with the way out', async () => {
    await start(
      {
        ...tinyLlama(),
        'models/tiny/tokenizer.json': {},
        'models/tiny/tokenizer_config.json': { eos_token: '<|end|>' },
        'models/tiny/chat_template.jinja':
          "{% for message in messages %}{{ '<|' + message.role + '|>\\n' + message.content + '<|end|>\\n' }}{% endfor %}",
        'data/dataset_info.json': { chat: { file_name: 'chat.jsonl', formatting: 'sharegpt' } },
      },
      { dataProcess },
    );
    const recipe = (template: string): string =>
      `model_name_or_path: models/tiny\nstage: sft\ndo_train: true\ndataset: chat\ntemplate: ${template}\noutput_dir: saves/a\n`;
    const text = recipe('chatml');
    const uri = await client.open('a.yaml', text);
    const found = await until(
      () => client.diagnostics(uri),
      (items) => items.some(({ code }) => code === 'template-differs'),
    );
    const finding = found.find(({ code }) => code === 'template-differs');
    expect(finding).toMatchObject({
      severity: 2,
      range: { start: { line: 4, character: 10 }, end: { line: 4, character: 16 } },
    });
    expect(finding?.message).toMatch(/^The template chatml writes another text than the chat template of the model/);
    const params = { textDocument: { uri }, range: finding?.range, context: { diagnostics: [], only: ['quickfix'] } };
    const actions = (await client.connection.sendRequest(CodeActionRequest.type, params as never)) as CodeAction[];
    const action = actions.find(({ title }) => title === "Use the model's own chat template");
    expect(applyEdits(text, action?.edit?.changes?.[uri] ?? [])).toBe(text.replace('template: chatml\n', ''));
  });
});
