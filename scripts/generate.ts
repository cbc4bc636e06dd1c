// Writes what is made from tables: JSON Schemas and the page of recipe keys, and the extension's part of the manifest.
import { mkdirSync, writeFileSync } from 'node:fs';
import { generated } from './generated.ts';
import { manifestFiles } from './manifest.ts';

for (const folder of ['schema', 'docs']) mkdirSync(folder, { recursive: true });
for (const [file, text] of Object.entries({ ...generated(), ...(await manifestFiles()) })) writeFileSync(file, text);
