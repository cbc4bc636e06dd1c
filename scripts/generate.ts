// Writes what is made from the tables of recipe keys and dataset fields: JSON Schemas and the page of keys.
import { mkdirSync, writeFileSync } from 'node:fs';
import { generated } from './generated.ts';

for (const folder of ['schema', 'docs']) mkdirSync(folder, { recursive: true });
for (const [file, text] of Object.entries(generated())) writeFileSync(file, text);
