// anneal check: findings of recipes, and of data, for people and for continuous integration.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { totalmem } from 'node:os';
import { UserError } from '../errors.ts';
import { filesIn } from '../files.ts';
import { checkRecipe, type CheckedRecipe } from '../recipe/check.ts';
import type { Command } from '../recipe/commands.ts';
import { applyEdits } from '../recipe/edits.ts';
import { editsOf, type Edit, type Finding } from '../recipe/finding.ts';
import { withoutIgnored } from '../recipe/ignore.ts';
import { Lines } from '../recipe/lines.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { isCommand } from '../recipe/which-command.ts';
import { workingFolder } from '../recipe/working-folder.ts';
import { dataOptions } from '../data/recipe-options.ts';
import { judgeTemplate } from '../data/template/check-template.ts';
import { templateFinding } from '../data/template/template-finding.ts';
import { checkDataFile, checkRecipeData, isDataFile } from './check-data.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Arguments } from './main.ts';
import { readRecipeFile } from './recipe-file.ts';
import { report, reportFormats, type ReportFormat } from './report.ts';

interface Options {
  readonly overrides: readonly string[];
  readonly command: Command | undefined;
  readonly fix: boolean;
}

export async function check({ words, flags }: Arguments): Promise<number> {
  const files = words.filter((word) => !word.includes('=') || existsSync(word));
  const overrides = words.filter((word) => !files.includes(word));
  if (files.length === 0) throw new UserError('usage', 'Name at least one file: anneal check recipe.yaml');
  const format = formatOf(flags);
  const options = { overrides, command: commandOf(flags), fix: flags.has('--fix') };
  const findings: Finding[] = [];
  for (const file of files) {
    if (isDataFile(file)) for await (const finding of checkDataFile(file, overrides)) findings.push(finding);
    else findings.push(...(await checkRecipeFile(file, options)));
  }
  const text = report(findings, format, packageJson.version);
  if (text !== '') console.log(text);
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function formatOf(flags: Arguments['flags']): ReportFormat {
  const asked = flags.has('--json') ? 'json' : (flags.get('--format') ?? 'text');
  const format = reportFormats.find((each) => each === asked);
  if (!format) throw new UserError('usage', `There is no format "${asked}": choose ${reportFormats.join(', ')}.`);
  return format;
}

function commandOf(flags: Arguments['flags']): Command | undefined {
  const asked = flags.get('--command');
  if (asked === undefined) return undefined;
  if (typeof asked !== 'string' || !isCommand(asked))
    throw new UserError('usage', `There is no command "${asked}" of recipes: choose train, chat, api, export or eval.`);
  return asked;
}

async function checkRecipeFile(file: string, { overrides, command, fix }: Options): Promise<Finding[]> {
  const { text: read, findings: unreadable } = await readRecipeFile(file);
  // bytes that are no text at all say nothing else
  if (unreadable.length > 0 && read.trim() === '') return [...unreadable];
  const look = (text: string): ReturnType<typeof checkRecipe> =>
    checkRecipe(text, file, overrides, {
      command,
      machine: { memory: totalmem() },
      files: ({ recipe }) => filesIn(baseFolder(recipe, file)),
    });
  const text = fix && unreadable.length === 0 ? await mend(file, read, (each) => look(each).findings) : read;
  const checked = look(text);
  const { recipe, given, findings, resolved } = checked;
  const ofTemplate = await templateFindings(checked);
  const found = withoutIgnored([...unreadable, ...findings, ...ofTemplate], text, file);
  if (resolved.command !== 'train') return found;
  // rows of another kind than the stage takes are told once, not row by row
  const misfit = findings.some(({ code }) => code === 'dataset-stage-mismatch');
  const keys = new Set([...given].filter((key) => !misfit || key !== 'stage'));
  for await (const finding of checkRecipeData(seenFrom(relative('.', baseFolder(recipe, file)), recipe), keys))
    found.push(finding);
  return found;
}

/** Whether the template of a recipe and the chat template of its model, where that is a folder here, write the same. */
async function templateFindings({ recipe, given, findings, resolved }: CheckedRecipe): Promise<Finding[]> {
  if (!recipe.model_name_or_path || findings.some(({ severity }) => severity === 'error')) return [];
  const path = (value: string): string => resolve(value);
  const verdict = await judgeTemplate(dataOptions(recipe, given, path, '01 Jan 2025'), path(recipe.model_name_or_path));
  return verdict ? [templateFinding(resolved.document, verdict)] : [];
}

/**
 * Where the paths of a recipe start: the folder in which the command runs, as for LLaMA-Factory; where its data is not there, a folder
 * nearer to the recipe that has it.
 */
function baseFolder(recipe: Recipe, file: string): string {
  const [here, home] = [resolve('.'), dirname(resolve(file))];
  const way = relative(here, home);
  if (!way.startsWith('..') && !isAbsolute(way)) return workingFolder(recipe, here, home, existsSync);
  const holds = (folder: string): boolean => existsSync(join(folder, recipe.dataset_dir, 'dataset_info.json'));
  if (holds(here)) return here;
  for (let folder = home; ; folder = dirname(folder)) {
    if (holds(folder)) return folder;
    if (folder === dirname(folder)) return here;
  }
}

/** The recipe with the paths of its data as they are from here. */
function seenFrom(base: string, recipe: Recipe): Recipe {
  const at = (path: string): string => (isAbsolute(path) || /^(ONLINE$|REMOTE:)/.test(path) ? path : join(base, path));
  const { dataset_dir, media_dir, model_name_or_path: model } = recipe;
  return {
    ...recipe,
    dataset_dir: at(dataset_dir),
    media_dir: media_dir === null ? null : at(media_dir),
    model_name_or_path: model !== null && existsSync(at(model)) ? at(model) : model,
  };
}

/** Makes the fixes that cannot be wrong, as often as one leads to another. Returns the text as it then is. */
async function mend(file: string, text: string, look: (text: string) => readonly Finding[]): Promise<string> {
  let mended = text.replace(/^\uFEFF/, '');
  let count = 0;
  for (let round = 0; round < 10; round++) {
    const edits = safeEdits(look(mended));
    if (edits.length === 0) break;
    mended = applyEdits({ lines: new Lines(mended), text: mended }, edits);
    count += edits.length;
  }
  if (count === 0) return text;
  await writeFile(file, mended);
  console.error(`${file}: ${count} ${count === 1 ? 'place' : 'places'} mended.`);
  return mended;
}

/** Edits of safe fixes, none of which touches another. */
function safeEdits(findings: readonly Finding[]): Edit[] {
  const taken: Edit[] = [];
  const touches = ({ range: a }: Edit, { range: b }: Edit): boolean => a.line <= b.endLine && b.line <= a.endLine;
  for (const finding of findings) {
    if (finding.fix?.safe !== true) continue;
    const edits = editsOf(finding, finding.fix);
    if (edits.every((edit) => edit.file === undefined && !taken.some((other) => touches(edit, other))))
      taken.push(...edits);
  }
  return taken;
}
