// npm run bench -- NAME [options]: runs one benchmark; its last line is one line of JSON.
import { existsSync } from 'node:fs';

const [name = '', ...rest] = process.argv.slice(2);
const file = new URL(`./${name}.mjs`, import.meta.url);
if (!/^[a-z-]+$/.test(name) || name === 'run' || name === 'measure' || name === 'large-model' || !existsSync(file)) {
  console.error(
    'usage: npm run bench -- train --model FOLDER [--peer LLAMAFACTORY_CLI] [--shape 4x128] [--method lora|full] [--responses] [--steps 6]',
  );
  process.exit(2);
}
const { run } = await import(file);
console.log(JSON.stringify(await run(rest)));
