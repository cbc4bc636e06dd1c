// Definitions, references, rename, links, outline, folding, formatting, lenses and hints over the protocol.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CodeLensRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentLinkRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  InlayHintRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  SemanticTokensRequest,
  type CodeLens,
  type DocumentSymbol,
  type InlayHint,
  type LocationLink,
  type TextEdit,
} from 'vscode-languageserver-protocol/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyEdits, caret, positionAt, TestClient } from './testing/client.ts';
import { tinyLlama, workspace } from './testing/workspace.ts';

let client: TestClient;

const recipe = (dataset: string): string =>
  `model_name_or_path: models/tiny\nstage: sft\ndo_train: true\ndataset: ${dataset}\n`;

const files = {
  ...tinyLlama(),
  'data/dataset_info.json': { chats: { file_name: 'chats.jsonl' }, more: { file_name: 'more.jsonl' } },
  'data/chats.jsonl': '{"instruction": "Hi", "output": "Hello"}\n{"instruction": "Bye", "output": "See you"}\n',
  'a.yaml': recipe('chats'),
  'b.yaml': recipe('[more, "chats"]') + 'eval_dataset: chats\n',
  'c.yaml': recipe('chats') + 'dataset_dir: elsewhere\n',
  'saves/first/adapter_config.json': {},
  'ds/zero2.json': { zero_optimization: { stage: 2 } },
}; // prettier-ignore

beforeEach(async () => void (client = await TestClient.start({ folder: workspace(files) })));
afterEach(() => client.stop());

/** Opens a text with a caret and gives what requests about that place need. */
async function at(
  path: string,
  marked: string,
): Promise<{ textDocument: { uri: string }; position: ReturnType<typeof positionAt> }> {
  const { text, offset } = caret(marked);
  return { textDocument: { uri: await client.open(path, text) }, position: positionAt(text, offset) };
}

describe('definition', () => {
  const definition = async (path: string, marked: string): Promise<string | undefined> => {
    const found = (await client.connection.sendRequest(DefinitionRequest.type, await at(path, marked))) as
      LocationLink[] | null;
    const [link] = found ?? [];
    return link && `${link.targetUri.slice(client.uri('x').length - 1)}:${link.targetSelectionRange.start.line + 1}`;
  };
  test.each([
    ['a data set', recipe('chats, mo|re'), 'data/dataset_info.json:5'],
    ['a model', recipe('chats').replace('models/tiny', 'models|/tiny'), 'models/tiny/config.json:1'],
    ['an adapter', `${recipe('chats')}adapter_name_or_path: saves/|first\n`, 'saves/first/adapter_config.json:1'],
    ['a DeepSpeed file', `${recipe('chats')}deepspeed: ds/zero2|.json\n`, 'ds/zero2.json:1'],
    ['an unknown data set', recipe('nobo|dy'), undefined],
    ['a number', `${recipe('chats')}seed: 4|2\n`, undefined],
  ])('%s', async (_, marked, target) => expect(await definition('a.yaml', marked)).toBe(target));

  test('the file of an entry', async () => {
    expect(await definition('data/dataset_info.json', '{"chats": {"file_name": "chats.js|onl"}}')).toBe(
      'data/chats.jsonl:1',
    );
  });
});

describe('references and rename', () => {
  test('everybody who reads the data set, and its entry', async () => {
    const place = await at('a.yaml', recipe('ch|ats'));
    const found = await client.connection.sendRequest(ReferencesRequest.type, {
      ...place,
      context: { includeDeclaration: true },
    });
    const names = (found ?? []).map(
      ({ uri, range }) =>
        `${uri.slice(client.uri('x').length - 1)}:${range.start.line + 1}:${range.start.character + 1}`,
    );
    expect(names.sort()).toEqual(['a.yaml:4:10', 'b.yaml:4:17', 'b.yaml:5:15', 'data/dataset_info.json:2:3']);
  });

  test('a new name is written everywhere, in the quotes that are there', async () => {
    const place = await at('a.yaml', recipe('ch|ats'));
    expect(await client.connection.sendRequest(PrepareRenameRequest.type, place)).toMatchObject({
      placeholder: 'chats',
    });
    const edit = await client.connection.sendRequest(RenameRequest.type, { ...place, newName: 'talks' });
    const after = (path: string): string =>
      applyEdits(readFileSync(join(client.folder, path), 'utf8'), edit?.changes?.[client.uri(path)] ?? []);
    expect(after('a.yaml')).toBe(recipe('talks'));
    expect(after('b.yaml')).toBe(`${recipe('[more, "talks"]')}eval_dataset: talks\n`);
    expect(after('c.yaml')).toContain('dataset: chats\n');
    expect(JSON.parse(after('data/dataset_info.json'))).toMatchObject({ talks: { file_name: 'chats.jsonl' } });
  });

  test('a name that is taken is refused', async () => {
    const place = await at('a.yaml', recipe('ch|ats'));
    const rename = client.connection.sendRequest(RenameRequest.type, { ...place, newName: 'more' });
    await expect(rename).rejects.toThrow('There is a data set "more" already');
  });

  test('other words have no new names', async () => {
    const place = await at('a.yaml', recipe('chats').replace('sft', 's|ft'));
    expect(await client.connection.sendRequest(PrepareRenameRequest.type, place)).toBeNull();
  });
});

describe('the shape of a recipe', () => {
  const text =
    '### model\nmodel_name_or_path: models/tiny # small\n\n### data\nstage: sft\ndataset:\n  - chats\n  - more\n';

  test('outline: sections and keys', async () => {
    const textDocument = { uri: await client.open('a.yaml', text) };
    const found = (await client.connection.sendRequest(DocumentSymbolRequest.type, {
      textDocument,
    })) as DocumentSymbol[];
    const lines = found.map(({ name, children }) => [
      name,
      ...(children ?? []).map((child) => `${child.name}=${child.detail}`),
    ]);
    expect(lines).toEqual([
      ['model', 'model_name_or_path=models/tiny'],
      ['data', 'stage=sft', 'dataset='],
    ]);
  });

  test('folding: sections, lists, runs of comments', async () => {
    const textDocument = { uri: await client.open('a.yaml', `${text}# one\n# two\n`) };
    const found = await client.connection.sendRequest(FoldingRangeRequest.type, { textDocument });
    expect(found?.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([[0, 1], [3, 9], [5, 7], [8, 9]]); // prettier-ignore
  });

  test('links: files and names at the hub', async () => {
    const textDocument = {
      uri: await client.open(
        'a.yaml',
        `${recipe('chats').replace('models/tiny', 'Qwen/Qwen3-0.6B')}deepspeed: ds/zero2.json\n`,
      ),
    };
    const found = await client.connection.sendRequest(DocumentLinkRequest.type, { textDocument });
    expect(found?.map(({ target }) => target)).toEqual([
      'https://huggingface.co/Qwen/Qwen3-0.6B',
      client.uri('ds/zero2.json'),
    ]);
  });

  test('lenses call the commands of the client', async () => {
    const textDocument = { uri: await client.open('a.yaml', `# mine\n${text}`) };
    const found = (await client.connection.sendRequest(CodeLensRequest.type, { textDocument })) as CodeLens[];
    expect(found.map(({ command }) => command?.command)).toEqual([
      'anneal.run',
      'anneal.previewData',
      'anneal.estimate',
    ]);
    expect(found[0]).toMatchObject({
      range: { start: { line: 2 } },
      command: { arguments: [{ uri: textDocument.uri, folder: client.folder }] },
    });
  });

  test('colours for names that are known', async () => {
    const textDocument = { uri: await client.open('a.yaml', `${recipe('[chats, nobody]')}template: qwen\n`) };
    const found = await client.connection.sendRequest(SemanticTokensRequest.type, { textDocument });
    // line, column and length of sft, chats and qwen, each from the one before
    expect(found?.data).toEqual([1, 7, 3, 1, 0, 2, 10, 5, 0, 0, 1, 10, 4, 1, 0]);
  });

  test('hints: what the values come to', async () => {
    const more =
      'finetuning_type: lora\nlora_rank: 4\nlora_target: q_proj,v_proj\nper_device_train_batch_size: 2 # each\ngradient_accumulation_steps: 8\n';
    const textDocument = { uri: await client.open('a.yaml', recipe('chats') + more) };
    const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    const found = (await client.connection.sendRequest(InlayHintRequest.type, { textDocument, range })) as InlayHint[];
    const shown = Object.fromEntries(
      found.map(({ position, label }) => [`${position.line}:${position.character}`, label]),
    );
    expect(shown).toMatchObject({ '5:12': '1.8K trained of 139K, 7.2 KB a checkpoint', '7:30': '16 rows a step' });
  });
});

describe('formatting', () => {
  const format = async (text: string): Promise<string> => {
    const textDocument = { uri: await client.open('a.yaml', text) };
    const edits = await client.connection.sendRequest(DocumentFormattingRequest.type, {
      textDocument,
      options: { tabSize: 2, insertSpaces: true },
    });
    await client.close(textDocument.uri);
    return applyEdits(text, edits as TextEdit[]);
  };
  const base = 'model_name_or_path: a/b\nstage: sft\n';
  test.each([
    ['spaces', `${base}seed :   1   \n`, `${base}seed: 1\n`],
    ['lists', `${base}dataset: [ a,b ]\n`, `${base}dataset: [a, b]\n`],
    ['items', `${base}dataset:   \n  -   a\n  - b   # mine\n`, `${base}dataset:\n  - a\n  - b   # mine\n`],
    ['blank lines', `\n\n${base}\n\n\nseed: 1\n\n\n`, `${base}\nseed: 1\n`],
    ['the end of the last line', `${base}seed: 1`, `${base}seed: 1\n`],
    ['comments', `#one\n${base}seed: 1      #two\n`, `# one\n${base}seed: 1      # two\n`],
    ['Windows line ends', `${base}seed:  1\n`.replaceAll('\n', '\r\n'), `${base}seed: 1\n`.replaceAll('\n', '\r\n')],
  ])('%s', async (_, before, after) => {
    expect(await format(before)).toBe(after);
    expect(await format(after)).toBe(after);
  });
  test.each([
    ['a text block', `${base}default_system: |\n  one   \n\n\n  two:   three\n`],
    ['a text over several lines', `${base}default_system: "one\n   two :  three"\n`],
    ['what cannot be read', `${base}dataset: [a\nseed :  1\n`],
  ])('leaves alone %s', async (_, text) => expect(await format(text)).toBe(text));
});
