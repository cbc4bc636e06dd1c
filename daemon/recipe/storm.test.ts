// 10,000 random edits and truncations of recipes: no exception, every place lies in the text, and every fix can be made.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkRecipe } from './check.ts';
import { applyEdits } from './edits.ts';
import { editsOf, type Finding } from './finding.ts';
import { withoutIgnored } from './ignore.ts';
import { Lines } from './lines.ts';

const folder = join(import.meta.dirname, '../../tests/corpus/recipes/valid');
const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
const pieces = [
  '\n', '\r\n', '\r', ' ', '  ', '\t', ':', ': ', '- ', '[', ']', '{', '}', ',', '"', "'", '#', ' # ', '&a ', '*a', '<<: ', '|\n', '>', '!!str ', '!x ', '---\n', '...\n',
  '${', '${a:', '%', '@', '\uFEFF', '\u200B', '：', '，', '中文', '😀', '\ud83d', '\u0000', '\u0085', '\u2028', '1e-4', 'no', 'None', '08', '1:30', 'stage: SFT\n', 'dataset: ', 'template: qwen3\n',
  'lora_rank: 8\n', 'adapter: x\n', '"a": ', '\\', '# anneal-ignore: x\n', '? ', 'deepspeed: {zero_optimization: {stage: 3}}\n', 'fp16: true\n', 'use_galore: true\n',
]; // prettier-ignore

/** xorshift32: the same storm every time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function edit(text: string, pick: (below: number) => number): string {
  const at = pick(text.length + 1);
  switch (pick(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + pick(12));
    case 2:
      return text.slice(at) + text.slice(0, at);
    default:
      return text.slice(0, at) + (pieces[pick(pieces.length)] ?? '') + text.slice(at);
  }
}

function inside({ line, column, endLine, endColumn }: Omit<Finding, 'file'>, lines: Lines): boolean {
  const long = (each: number): number => lines.start(each + 1) - lines.start(each) + 1;
  return line >= 1 && endLine <= lines.count && column >= 1 && column <= long(line) && endColumn <= long(endLine) && (line < endLine || column <= endColumn); // prettier-ignore
}

test('10,000 edits', { timeout: 180_000 }, () => {
  const pick = numbers(20250115);
  let text = texts[0] ?? '';
  for (let round = 0; round < 10_000; round++) {
    text = round % 8 === 0 || text.length > 1500 ? (texts[pick(texts.length)] ?? '') : edit(text, pick);
    const lines = new Lines(text.replace(/^\uFEFF/, ''));
    const findings = withoutIgnored(checkRecipe(text, 'r.yaml').findings, text, 'r.yaml');
    for (const finding of findings) {
      if (!inside(finding, lines)) expect([text, finding]).toBe('a place in the text');
      for (const fix of [finding.fix, ...(finding.otherFixes ?? [])])
        if (fix) applyEdits({ lines, text: lines.text }, editsOf(finding, fix));
    }
  }
});
