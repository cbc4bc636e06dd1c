// A fix does away with what it is for, and brings nothing worse: every fix of the corpus is made, and the text checked again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesIn } from '../../files.ts';
import { checkRecipe } from '../check.ts';
import { applyEdits } from '../edits.ts';
import { editsOf, type Finding } from '../finding.ts';
import { isCommand } from '../which-command.ts';

const root = join(import.meta.dirname, '../../../tests/corpus/recipes');
const { cases } = JSON.parse(readFileSync(join(root, 'expected.json'), 'utf8')) as { cases: { file: string; command: string }[] }; // prettier-ignore
const files = filesIn(root);

const look = (text: string, command: string): readonly Finding[] =>
  checkRecipe(text, 'r.yaml', [], { files, command: isCommand(command) ? command : undefined }).findings;

const errors = (findings: readonly Finding[]): number => findings.filter(({ severity }) => severity === 'error').length;

test.each(cases)('$file', ({ file, command }) => {
  const text = readFileSync(join(root, file), 'utf8').replace(/^\uFEFF/, '');
  const { lines } = checkRecipe(text, 'r.yaml').resolved.document;
  const before = look(text, command);
  for (const finding of before) {
    for (const fix of [finding.fix, ...(finding.otherFixes ?? [])]) {
      if (!fix) continue;
      const after = look(applyEdits({ lines, text }, editsOf(finding, fix)), command);
      const left = after.filter(({ code, message }) => code === finding.code && message === finding.message);
      expect([fix.title, left]).toEqual([fix.title, []]);
      if (fix.safe === true) expect([fix.title, errors(after)]).toEqual([fix.title, errors(before) - (finding.severity === 'error' ? 1 : 0)]); // prettier-ignore
    }
  }
});
