// A storm of edits through the real server: 10,000 random insertions, deletions and truncations of recipes and dataset_info.json.
// Every request in between is answered, and what is said at the end is what a fresh look at the text says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CodeActionRequest,
  CodeLensRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  InlayHintRequest,
  SemanticTokensRequest,
} from 'vscode-languageserver-protocol/node';
import type { Diagnostic, Range } from 'vscode-languageserver-protocol/node';
import { applyEdits, positionAt, TestClient } from './testing/client.ts';

const folder = join(import.meta.dirname, '../tests/corpus/recipes');

/** Sixteen to a storm, so that a text stays more or less a recipe. */
const EDITS = 16;
const STORMS = 625;

const recipe = `### model
model_name_or_path: models/tiny-llama
stage: sft
do_train: true
finetuning_type: lora # adapters
lora_target: [q_proj, "v_proj"]

dataset: support_chat,faq_sharegpt
eval_dataset:
  - support_eval
template: qwen
lr_scheduler_kwargs: {num_cycles: 0.5}
default_system: |
  You are a
  helpful assistant: really.
deepspeed: ds/zero2.json
output_dir: saves/a
`;

const texts: readonly (readonly [string, string])[] = [
  ['storm.yaml', recipe],
  ['storm.yaml', recipe.replaceAll('\n', '\r\n')],
  ['storm.yaml', '{"model_name_or_path": "models/tiny-llama", "stage": "sft", "dataset": ["support_chat"], "lora_rank": 8}\n'],
  ['storm.yaml', 'base: &base\n  lora_rank: 8\n<<: *base\nmodel_name_or_path: a/b\nstage: dpo\n---\nstage: sft\n'],
  ['data/dataset_info.json', readFileSync(join(folder, 'data/dataset_info.json'), 'utf8')],
]; // prettier-ignore

const pieces = [
  '\n', '\r\n', ' ', '  ', '\t', ':', ': ', '- ', '\n- ', '[', ']', '{', '}', ',', '"', "'", '#', ' # ', '&a ', '*a', '<<: ', '|\n', '>', '!!str ', '---\n', '...',
  '${', '%', '\uFEFF', '\u200B', '中文', '😀', '\ud83d', '1e-4', 'no', 'null', 'stage', 'dataset: ', 'template: qwen\n', 'lora_rank: 8\n', '"a": ', '\\', '\u0000',
]; // prettier-ignore

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.oneof({ weight: 5, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.constant(10_000) }),
  insert: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 12, unit: 'binary' }), fc.constant('')),
});

let client: TestClient;
beforeAll(async () => void (client = await TestClient.start({ folder })));
afterAll(() => client.stop());

const everywhere: Range = { start: { line: 0, character: 0 }, end: { line: 1_000_000, character: 0 } };

/** Asks for everything that an editor asks for. */
async function askAll(uri: string, text: string, offset: number): Promise<void> {
  const textDocument = { uri };
  const place = { textDocument, position: positionAt(text, offset) };
  const { connection } = client;
  await Promise.all([
    client.diagnostics(uri),
    client.completeAt(uri, place.position),
    client.hoverAt(uri, place.position),
    connection.sendRequest(DefinitionRequest.type, place),
    connection.sendRequest(DocumentSymbolRequest.type, { textDocument }),
    connection.sendRequest(FoldingRangeRequest.type, { textDocument }),
    connection.sendRequest(CodeLensRequest.type, { textDocument }),
    connection.sendRequest(SemanticTokensRequest.type, { textDocument }),
    connection.sendRequest(InlayHintRequest.type, { textDocument, range: everywhere }),
    connection.sendRequest(CodeActionRequest.type, { textDocument, range: everywhere, context: { diagnostics: [] } }),
    connection.sendRequest(DocumentFormattingRequest.type, { textDocument, options: { tabSize: 2, insertSpaces: true } }),
  ]); // prettier-ignore
}

const facts = (diagnostics: readonly Diagnostic[]): unknown[] =>
  diagnostics.map(({ range, code, severity, message }) => ({ range, code, severity, message }));

test('10,000 edits', async () => {
  const storm = fc.asyncProperty(fc.constantFrom(...texts), fc.array(edit, { minLength: EDITS, maxLength: EDITS }), async ([path, start], edits) => {
    let text = start;
    let offset = 0;
    const uri = await client.open(path, text);
    for (const [index, { at, remove, insert }] of edits.entries()) {
      offset = Math.floor(at * text.length);
      const range = { start: positionAt(text, offset), end: positionAt(text, Math.min(text.length, offset + remove)) };
      const change = { range, text: insert };
      await client.change(uri, [change]);
      text = applyEdits(text, [{ range, newText: insert }]);
      offset = Math.min(text.length, offset + insert.length);
      if (index === EDITS / 2) await askAll(uri, text, offset);
    }
    await askAll(uri, text, offset);
    const after = await client.diagnostics(uri);
    await client.close(uri);
    const again = await client.open(path, text);
    expect(facts(after)).toEqual(facts(await client.diagnostics(again)));
    await client.close(again);
  }); // prettier-ignore
  await fc.assert(storm, { numRuns: STORMS, seed: 5 });
});
