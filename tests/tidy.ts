// Removes the folder in which the tests keep their files, once all of them have run.
import { rmSync } from 'node:fs';

export function teardown(): void {
  const folder = process.env['ANNEAL_TESTS']; // made by vitest.config.ts
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
