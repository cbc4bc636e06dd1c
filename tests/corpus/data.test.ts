// The corpus of data with known defects, and of tricky data without any: each defect with its code, place and suggestion.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkDataFile } from '../../daemon/cli/check-data.ts';

interface Case {
  readonly file: string;
  readonly entry: string;
  readonly stage: string;
  readonly template?: string;
  readonly cutoffLen?: number;
}

const corpus = resolve(import.meta.dirname);
const home = process.cwd();

describe.each(['rows', 'dataset-info'])('%s', (kind) => {
  // findings name files from where the command runs
  beforeEach(() => process.chdir(join(corpus, kind)));
  afterEach(() => process.chdir(home));

  test('every defect in its place, with its code, severity and suggestion, and nothing else', async () => {
    const expected = join(corpus, kind, 'expected.json');
    const { cases } = JSON.parse(readFileSync(expected, 'utf8')) as { cases: Case[] };
    const report: Record<string, object[]> = Object.fromEntries(cases.map(({ file }) => [file, []]));
    for (const { file, entry, stage, template, cutoffLen } of cases) {
      const words = [`dataset=${entry}`, `stage=${stage}`, `template=${template ?? 'qwen'}`];
      if (cutoffLen !== undefined) words.push(`cutoff_len=${cutoffLen}`);
      for await (const { file: where, line, column, endColumn, code, severity, message, fix } of checkDataFile(
        file,
        words,
      )) {
        const fixes = fix ? [fix.text] : [];
        (report[where] ??= []).push({ line, startColumn: column, endColumn, code, severity, message, fixes });
      }
    }
    const written = join(mkdtempSync(join(tmpdir(), 'anneal-corpus-')), 'report.json');
    writeFileSync(written, JSON.stringify(report));
    const score = execFileSync(process.execPath, [join(corpus, 'match.mjs'), expected, written, '--list'], { encoding: 'utf8' }); // prettier-ignore
    const count = cases.length;
    const sum = JSON.parse(score) as Record<'expected' | 'withSuggestion', number | undefined>;
    const { expected: all, withSuggestion: suggested = 0 } = sum;
    expect(sum).toMatchObject({ cases: count, passed: count, found: all, exactCode: all, rangeRight: all, severityRight: all, falseErrors: 0, extraWarnings: 0, failed: [] }); // prettier-ignore
    expect(sum).toMatchObject(suggested > 0 ? { suggested } : {});
  });
});
