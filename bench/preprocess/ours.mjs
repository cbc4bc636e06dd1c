// One preprocessing by Anneal, as a run does it: rows to tokens through an empty cache. Prints one line of JSON.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { loadData } from '../../daemon/data/dataset.ts';
import { eachExample } from '../../daemon/data/example-set.ts';
import { dataOptions } from '../../daemon/data/recipe-options.ts';
import { prepareTemplate } from '../../daemon/data/template/prepare.ts';
import { Tokenizer } from '../../daemon/data/tokenizer/tokenizer.ts';
import { checkRecipe } from '../../daemon/recipe/check.ts';

const { model, folder, dataset, template: templateName, cutoff, cache, digests } = JSON.parse(process.argv[2]);
const text = `model_name_or_path: ${model}\nstage: sft\ndo_train: true\nfinetuning_type: lora\ntemplate: ${templateName}\ndataset_dir: ${folder}\ndataset: ${dataset}\ncutoff_len: ${cutoff}\n`;
const { recipe, given } = checkRecipe(text, 'recipe.yaml', []);
const options = dataOptions(recipe, given, (path) => path, '15 Jan 2025');
const tokenizer = await Tokenizer.load(model);
const template = prepareTemplate(templateName, tokenizer);
const settings = cache && { folder: cache, limit: 1e12, overwrite: false, now: () => new Date() };

const began = performance.now();
const { train } = await loadData(options, { tokenizer, template, cache: settings });
const seconds = (performance.now() - began) / 1000;
const peakBytes = process.resourceUsage().maxRSS * 1024;
const tokens = train.lengths.reduce((sum, length) => sum + length, 0);
if (digests) {
  const lines = [];
  for await (const { ids, labels } of eachExample(train))
    lines.push(createHash('sha256').update(ids).update(labels).digest('hex'));
  writeFileSync(digests, lines.join('\n'));
}
console.log(JSON.stringify({ rows: train.length, tokens, seconds, peakBytes }));
