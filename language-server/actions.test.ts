// Findings and their fixes over the protocol: where they stand, what a quick fix makes of the text, all certain ones at once.
import {
  CodeActionRequest,
  DidChangeConfigurationNotification,
  WorkspaceDiagnosticRequest,
  type CodeAction,
} from 'vscode-languageserver-protocol/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyEdits, caret, positionAt, TestClient } from './testing/client.ts';
import { tinyLlama, workspace } from './testing/workspace.ts';

let client: TestClient;

const files = {
  ...tinyLlama(),
  'data/dataset_info.json': { chats: { file_name: 'chats.jsonl' } },
  'data/chats.jsonl': '{"instruction": "Hi", "output": "Hello"}\n',
  'ok.yaml': 'model_name_or_path: models/tiny\nstage: sft\ndo_train: true\ndataset: chats\ntemplate: llama3\noutput_dir: saves/a\n',
  'wrong.yaml': 'model_name_or_path: models/tiny\nstage: sfft\ndo_train: true\ndataset: chats\ntemplate: llama3\noutput_dir: saves/b\n',
  'ci.yaml': 'on: push\njobs: {}\n',
}; // prettier-ignore

const base = 'model_name_or_path: models/tiny\ndo_train: true\ndataset: chats\ntemplate: llama3\noutput_dir: saves/c\n';

beforeEach(async () => void (client = await TestClient.start({ folder: workspace(files) })));
afterEach(() => client.stop());

async function actionsAt(marked: string, only?: string): Promise<{ text: string; uri: string; actions: CodeAction[] }> {
  const { text, offset } = caret(marked);
  const uri = await client.open('a.yaml', text);
  const position = positionAt(text, offset);
  const context = { diagnostics: [], ...(only === undefined ? {} : { only: [only] }) };
  const params = { textDocument: { uri }, range: { start: position, end: position }, context };
  const actions = (await client.connection.sendRequest(CodeActionRequest.type, params)) as CodeAction[];
  return { text, uri, actions };
}

describe('quick fixes', () => {
  test.each([
    ['a value that is nearly right', `${base}stage: sf|ft\n`, `${base}stage: sft\n`],
    ['a key that is nearly right', `${base}stage: sft\nlearning_rat|: 1.0e-4\n`, `${base}stage: sft\nlearning_rate: 1.0e-4\n`],
    ['a number in quotes', `${base}stage: sft\nlearning_rate: "1.0|e-4"\n`, `${base}stage: sft\nlearning_rate: 1.0e-4\n`],
    ['a key of earlier days', `${base}stage: sft\nevaluation_s|trategy: epoch\n`, `${base}stage: sft\neval_strategy: epoch\n`],
    ['a template that is nearly right', base.replace('llama3', 'lama|3') + 'stage: sft\n', `${base}stage: sft\n`],
  ])('%s', async (_, marked, after) => {
    const { text, uri, actions } = await actionsAt(marked, 'quickfix');
    const [fix] = actions.filter(({ isPreferred }) => isPreferred);
    expect(applyEdits(text, fix?.edit?.changes?.[uri] ?? [])).toBe(after);
    expect(fix?.diagnostics).toHaveLength(1);
  }); // prettier-ignore

  test('none where the caret is elsewhere', async () => {
    const { actions } = await actionsAt(`mod|el_name_or_path: models/tiny\nstage: sfft\ndo_train: true\n`, 'quickfix');
    expect(actions).toEqual([]);
  });
});

describe('pull diagnostics', () => {
  test('unchanged findings are not sent again', async () => {
    const uri = await client.open('a.yaml', `${base}stage: sfft\n`);
    const first = await client.pull(uri);
    const again = await client.pull(uri, first.resultId);
    expect(again).toEqual({ kind: 'unchanged', resultId: first.resultId });
  });

  test('the workspace: every recipe, open or not, and nothing else', async () => {
    await client.open('ok.yaml', `${base}stage: sft\nnothing_known: 1\n`);
    const { items } = await client.connection.sendRequest(WorkspaceDiagnosticRequest.type, { previousResultIds: [] });
    const codes = items.map((item) => [
      item.uri.split('/').at(-1),
      item.kind === 'full' ? item.items.filter(({ severity }) => severity === 1).length : undefined,
    ]);
    expect(Object.fromEntries(codes)).toMatchObject({ 'ok.yaml': 1, 'wrong.yaml': 1 });
    expect(codes.map(([name]) => name)).not.toContain('ci.yaml');
  });

  test('a file that is gone loses its findings', async () => {
    const previousResultIds = [{ uri: client.uri('gone.yaml'), value: 'x' }];
    const { items } = await client.connection.sendRequest(WorkspaceDiagnosticRequest.type, { previousResultIds });
    expect(items.find(({ uri }) => uri.endsWith('gone.yaml'))).toMatchObject({ kind: 'full', items: [] });
  });
});

describe('which files are recipes', () => {
  const odd = 'nothing_known: 1\n';
  test.each([
    ['by its keys', `${base}${odd}`, 1],
    ['by a comment', `# anneal: recipe\n${odd}`, 1],
    ['other files are left alone', odd, 0],
  ])('%s', async (_, text, count) => {
    const found = await client.diagnostics(await client.open('x/odd.yaml', text));
    expect(found.filter(({ code }) => code === 'unknown-key')).toHaveLength(count);
  });

  test('by a setting', async () => {
    const uri = await client.open('x/odd.yaml', odd);
    expect(await client.diagnostics(uri)).toEqual([]);
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: { anneal: { recipes: ['x/**'] } } }); // prettier-ignore
    expect((await client.diagnostics(uri)).map(({ code }) => code)).toContain('unknown-key');
  });
});
