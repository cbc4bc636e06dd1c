// anneal check: its formats, the command it takes a recipe for, comments that take findings back, and mending.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anneal, temporary } from './command.ts';

const rows = [{ instruction: 'Say hello.', input: '', output: 'Hello.' }];

/** A folder to check in, with a dataset and a recipe. */
function workspace(recipe: string | Buffer): string {
  const folder = temporary('check');
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/rows.json'), JSON.stringify(rows));
  writeFileSync(join(folder, 'data/dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.json' } }));
  writeFileSync(join(folder, 'recipe.yaml'), recipe);
  return folder;
}

const good = 'model_name_or_path: owner/model\nstage: sft\ndo_train: true\ndataset: rows\ntemplate: qwen\nbf16: true\n';
const check = (folder: string, ...words: string[]): ReturnType<typeof anneal> => anneal(['check', 'recipe.yaml', ...words], folder); // prettier-ignore

interface Reported {
  line: number;
  code: string;
  severity: string;
  message: string;
}
const json = async (folder: string, ...words: string[]): Promise<Reported[]> => JSON.parse((await check(folder, '--json', ...words)).stdout) as Reported[]; // prettier-ignore

test('a recipe without a fault', async () => {
  const { status, stdout } = await check(workspace(good));
  expect([status, stdout]).toEqual([0, '']);
});

test('JSON holds the fields of the contract and no more', async () => {
  const folder = workspace(`${good}learning_rate: "1e-4"\ncutoff_lenn: 500\n`);
  const { status, stdout } = await check(folder, '--json');
  expect(status).toBe(1);
  const errors = (JSON.parse(stdout) as Reported[]).filter(({ severity }) => severity === 'error');
  expect(errors).toEqual([
    { file: 'recipe.yaml', line: 7, column: 16, endLine: 7, endColumn: 22, severity: 'error', code: 'wrong-type', message: 'learning_rate must be a number, but in quotes it is text: write 1e-4.', fix: { title: 'Change to 1e-4', text: '1e-4' } },
    { file: 'recipe.yaml', line: 8, column: 1, endLine: 8, endColumn: 12, severity: 'error', code: 'unknown-key', message: expect.stringContaining('"cutoff_lenn"') as string, fix: { title: 'Change to cutoff_len', text: 'cutoff_len' } },
  ]); // prettier-ignore
});

test('an unknown dataset, and rows that the recipe leads to', async () => {
  const folder = workspace(good.replace('dataset: rows', 'dataset: rows,row'));
  writeFileSync(
    join(folder, 'data/rows.json'),
    JSON.stringify([...rows, { instruction: 'Say it.', input: '', output: 5 }]),
  );
  const codes = (await json(folder)).map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(['unknown-dataset', 'response-not-string']));
});

describe('the command a recipe is for', () => {
  test.each([
    ['--command', 'export', 'missing-required-key'],
    ['--command', 'chat', 'key-of-other-command'],
  ])('%s %s', async (flag, command, code) => {
    expect((await json(workspace(good), flag, command)).map((finding) => finding.code)).toContain(code);
  });

  test('there is no such command', async () => {
    const { status, stderr } = await check(workspace(good), '--command', 'bake');
    expect([status, stderr]).toEqual([2, expect.stringContaining('choose train')]);
  });
});

test('words after the file are merged over it, and what is wrong with them is said of them', async () => {
  const [found] = (await json(workspace(good), 'learning_rate=fast')).filter(({ severity }) => severity === 'error');
  expect(found).toMatchObject({ line: 1, code: 'wrong-type', message: expect.stringContaining('On the command line') as string }); // prettier-ignore
});

test('annotations of GitHub', async () => {
  const { status, stdout } = await check(workspace(`${good}stage: dpo, or so\n`), '--format', 'github');
  expect(status).toBe(1);
  expect(stdout).toContain('::error file=recipe.yaml,line=7,endLine=7,col=1,endColumn=6,title=duplicate-key::stage is given twice'); // prettier-ignore
});

test('SARIF with places, rules and fixes', async () => {
  const { stdout } = await check(workspace(`${good}learning_rate: "1e-4"\n`), '--format', 'sarif');
  const { version, runs } = JSON.parse(stdout) as { version: string; runs: { results: object[]; tool: object }[] };
  expect(version).toBe('2.1.0');
  expect(runs[0]?.tool).toMatchObject({ driver: { name: 'Anneal', rules: expect.arrayContaining([{ id: 'wrong-type', name: 'wrong-type' }]) as object } }); // prettier-ignore
  expect(runs[0]?.results).toContainEqual(
    expect.objectContaining({
      ruleId: 'wrong-type',
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'recipe.yaml' }, region: { startLine: 7, startColumn: 16, endLine: 7, endColumn: 22 } } }],
      fixes: [expect.objectContaining({ artifactChanges: [{ artifactLocation: { uri: 'recipe.yaml' }, replacements: [{ deletedRegion: { startLine: 7, startColumn: 16, endLine: 7, endColumn: 22 }, insertedContent: { text: '1e-4' } }] }] })],
    }),
  ); // prettier-ignore
});

test('a format that does not exist', async () => {
  expect((await check(workspace(good), '--format', 'xml')).status).toBe(2);
});

test('comments take findings back: behind the line, above it, for the file', async () => {
  const folder = workspace(
    `# anneal-ignore-file: unusual-learning-rate\n${good}learning_rate: 0.5\ncutoff_lenn: 500 # anneal-ignore: unknown-key\n# anneal-ignore: wrong-type, unknown-key\nlora_rank: many\n`,
  );
  const { status, stdout } = await check(folder);
  expect([status, stdout]).toEqual([0, '']);
});

test('a comment that takes nothing back is told', async () => {
  expect(await json(workspace(`${good}# anneal-ignore: unknown-key\nlora_rank: 8\n`))).toContainEqual(
    expect.objectContaining({ line: 7, code: 'unneeded-ignore', severity: 'hint' }),
  );
});

test('--fix mends what has one meaning, and leaves the rest of the text alone', async () => {
  const text = `${good}learning_rate: "1e-4"   # as in the paper\npacking: "off"\ncutoff_lenn: 500\n`;
  const folder = workspace(text);
  const { status, stderr } = await check(folder, '--fix');
  expect([status, stderr]).toEqual([1, expect.stringContaining('2 places mended')]);
  expect(readFileSync(join(folder, 'recipe.yaml'), 'utf8')).toBe(
    text.replace('"1e-4"', '1e-4').replace('"off"', 'false'),
  );
});

test.each([
  ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good, 'utf16le')])],
  ['GBK', Buffer.concat([Buffer.from(`${good}# `), Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0a])])],
])('a file in %s is refused, for a run too', async (_, bytes) => {
  const folder = workspace(bytes);
  expect((await json(folder)).filter(({ severity }) => severity === 'error')[0]).toMatchObject({ code: 'file-encoding' }); // prettier-ignore
  expect((await anneal(['train', 'recipe.yaml'], folder)).status).toBe(2);
});

test('findings in Chinese', async () => {
  const { stdout } = await check(workspace(`${good}cutoff_lenn: 500\n`), '--lang', 'zh-cn');
  expect(stdout).toMatch(/没有名为“cutoff_lenn”的配方键；是不是 cutoff_len？/);
});

test('paths start where the command runs, or nearer to the recipe where the data is', async () => {
  const folder = workspace(good);
  const { stdout } = await anneal(['check', join(folder, 'recipe.yaml'), '--json'], temporary('elsewhere'));
  expect((JSON.parse(stdout) as Reported[]).filter(({ severity }) => severity === 'error')).toEqual([]);
});
