// The corpus of recipes with known defects, and of tricky ones without any, scored by its own scorer.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkRecipe } from '../daemon/recipe/check.ts';
import { isCommand } from '../daemon/recipe/which-command.ts';
import { filesIn } from '../daemon/files.ts';
import { repository, temporary } from './cli/command.ts';

const root = join(repository, 'tests/corpus/recipes');
const expected = join(root, 'expected.json');

interface Case {
  file: string;
  command: string;
  overrides?: string[];
}

const { cases } = JSON.parse(readFileSync(expected, 'utf8')) as { cases: Case[] };

function report(asked: boolean): Record<string, unknown> {
  const files = filesIn(root);
  return Object.fromEntries(
    cases.map(({ file, command, overrides }) => {
      const options = { files, command: asked && isCommand(command) ? command : undefined };
      const { findings } = checkRecipe(readFileSync(join(root, file), 'utf8'), file, overrides, options);
      return [
        file,
        findings.map(({ line, column, endLine, endColumn, code, severity, message, fix, otherFixes = [] }) => ({
          line,
          startColumn: column,
          endColumn: endLine === line ? endColumn : Number.MAX_SAFE_INTEGER,
          code,
          severity,
          message,
          fixes: (fix ? [fix, ...otherFixes] : otherFixes).map(({ text }) => text),
        })),
      ];
    }),
  );
}

interface Score {
  cases: number;
  passed: number;
  expected: number;
  failed: unknown[];
}

test.each([true, false])('every defect is found, and nothing else (command given: %s)', (asked) => {
  const file = join(temporary('corpus'), 'report.json');
  writeFileSync(file, JSON.stringify(report(asked)));
  const scorer = join(repository, 'tests/corpus/match.mjs');
  const score = JSON.parse(execFileSync(process.execPath, [scorer, expected, file, '--list'], { encoding: 'utf8' })) as Score; // prettier-ignore
  expect(score.failed).toEqual([]);
  expect(score).toMatchObject({
    passed: score.cases,
    found: score.expected,
    exactCode: score.expected,
    rangeRight: score.expected,
    severityRight: score.expected,
    falseErrors: 0,
    extraWarnings: 0,
  });
  expect(score).toHaveProperty('suggested', (score as unknown as { withSuggestion: number }).withSuggestion);
});
