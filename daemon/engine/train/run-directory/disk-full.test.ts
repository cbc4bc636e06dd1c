// A full disk in the middle of a checkpoint: a sentence, and the old checkpoint as it was. /dev/full is a disk that is full.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFolder } from './files.ts';

test.skipIf(!existsSync('/dev/full'))('the last good checkpoint stays intact', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-full-'));
  const checkpoint = join(folder, 'checkpoint-2');
  mkdirSync(checkpoint);
  writeFileSync(join(checkpoint, 'weights'), 'good');
  const attempt = writeFolder(checkpoint, async (temporary) => {
    await writeFile(join(temporary, 'weights'), 'new');
    await writeFile('/dev/full', 'moments');
  });
  await expect(attempt).rejects.toMatchObject({ code: 'disk-full', status: 1 });
  await expect(attempt).rejects.toThrow(/The disk is full/);
  expect(readFileSync(join(checkpoint, 'weights'), 'utf8')).toBe('good');
  expect(readdirSync(folder)).toEqual(['checkpoint-2']);
});
