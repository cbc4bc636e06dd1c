// The manifest's problem matcher reads what the check command writes.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { repository, start } from './cli/command.ts';

const pattern = z.object({ regexp: z.string(), file: z.literal(1), line: z.literal(2), column: z.literal(3), severity: z.literal(4), code: z.literal(5), message: z.literal(6) }); // prettier-ignore

test('each line of "anneal check" is a problem at its place', async () => {
  const [matcher] = packageJson.contributes.problemMatchers;
  const { regexp } = pattern.parse(matcher?.pattern);
  const { stdout } = await start(['check', 'invalid/typo-batch-size.yaml'], join(repository, 'tests/corpus/recipes')).done;
  const lines = stdout.trim().split('\n');
  const read = lines.map((line) => new RegExp(regexp).exec(line)?.slice(1, 6));
  expect(read).toContainEqual(['invalid/typo-batch-size.yaml', '26', '1', 'error', 'unknown-key']);
  expect(read.every((fields) => fields !== undefined)).toBe(true);
}); // prettier-ignore
