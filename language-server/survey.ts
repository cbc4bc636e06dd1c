// The workspace as views and pickers show it: its recipes, its data sets with what is known of their rows, and recipes made of them.
import { basename, dirname, join, relative, sep } from 'node:path';
import * as l10n from '@vscode/l10n';
import { applyEdits, modify } from 'jsonc-parser';
import type { z } from 'zod';
import { isObject, kindOf, type NearbyDataset } from '../daemon/recipe/assist/datasets.ts';
import { infoEntries } from '../daemon/recipe/assist/info-targets.ts';
import {
  composeRecipe,
  goalDetail,
  goals,
  goalTitle,
  kindsOfGoal,
  type Goal,
} from '../daemon/recipe/assist/new-recipe.ts';
import { checkRecipe } from '../daemon/recipe/check.ts';
import { inspectDatasetInfo } from '../daemon/recipe/dataset-info/check.ts';
import { filesIn } from '../daemon/files.ts';
import { absolute } from './disk.ts';
import { usesOf } from './dataset-use.ts';
import type { Choices, Requests, Survey, SurveyedDataset } from './interface/protocol.ts';
import { allDocuments } from './library.ts';
import { pathOf, type Session } from './session.ts';

export async function surveyWorkspace(session: Session): Promise<Survey> {
  const recipes: string[] = [];
  const infos: { file: string; datasets: SurveyedDataset[] }[] = [];
  for await (const { document, kind } of allDocuments(session, ['recipe', 'dataset-info'])) {
    const file = pathOf(document.uri);
    if (file === undefined) continue;
    if (kind === 'recipe') recipes.push(file);
    else infos.push({ file, datasets: datasetsIn(session, file) });
  }
  return { recipes: recipes.sort(), infos: infos.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

/** Entries of a dataset_info.json, with what has been found out of their rows so far; what has not is asked for. */
function datasetsIn(session: Session, infoFile: string): SurveyedDataset[] {
  const document = session.readDocument(infoFile);
  const text = document?.getText() ?? '';
  const info = session.disk.json(infoFile);
  const { findings } = inspectDatasetInfo(text, infoFile);
  return infoEntries(text).map((entry) => {
    const written = isObject(info) && isObject(info[entry.name]) ? info[entry.name] : {};
    const name = written && isObject(written) && typeof written['file_name'] === 'string' ? written['file_name'] : null;
    const line = text.slice(0, entry.from).split('\n').length;
    const last = text.slice(0, entry.to).split('\n').length;
    const ofEntry = findings.filter((finding) => finding.line >= line && finding.line <= last);
    const lint = name === null ? undefined : session.data.summary(infoFile, entry.name, name, usesOf(session, infoFile, entry.name)); // prettier-ignore
    const count = (severity: string): number => ofEntry.filter((finding) => finding.severity === severity).length;
    return {
      name: entry.name,
      kind: kindOf(isObject(written) ? written : {}),
      file: name,
      line,
      rows: name === null ? null : (session.data.rowCount(join(dirname(infoFile), name)) ?? null),
      errors: count('error') + (lint?.errors ?? 0),
      warnings: count('warning') + (lint?.warnings ?? 0),
      finding: ofEntry[0]?.message ?? lint?.first?.message ?? null,
    };
  });
}

export async function choicesIn(session: Session, folder: string, known: readonly string[]): Promise<Choices> {
  const { infos } = await surveyWorkspace(session);
  return {
    goals: goals.filter(isBuilt).map((id) => ({ id, title: goalTitle(id), detail: goalDetail(id), kinds: [...kindsOfGoal(id)] })), // prettier-ignore
    models: session.places.of('model', folder).map(({ path, about }) => ({ path, about: about ?? null })),
    known: [...known].sort((a, b) => sizeOf(a) - sizeOf(b)),
    data: infos.map(({ file, datasets }) => ({ folder: nameFrom(folder, dirname(file)), file, datasets })),
  };
}

/** Billions of weights as a model's name tells them; those that tell nothing come last. */
function sizeOf(id: string): number {
  const [, size, unit] = /(?:^|[-_/])(\d+(?:\.\d+)?)([bm])(?=$|[-_.])/i.exec(id) ?? [];
  return size === undefined ? Infinity : Number(size) / (unit?.toLowerCase() === 'm' ? 1000 : 1);
}

/** Whether a run takes the goal's stage: what is known but not there yet is not offered. */
function isBuilt(goal: Goal): boolean {
  const { findings } = checkRecipe(`stage: ${goal}\n`, 'recipe.yaml');
  return findings.every(({ code }) => code !== 'not-built-yet');
}

type Composition = z.output<Requests['compose']['request']>;

export function compose(session: Session, choices: Composition): z.input<Requests['compose']['answer']> {
  const { folder, datasetDir, dataset, model } = choices;
  const modelFolder = absolute(folder, model);
  const config = session.disk.json(join(modelFolder, 'config.json'));
  const tokenizer = session.disk.json(join(modelFolder, 'tokenizer_config.json'));
  const modelType = isObject(config) && typeof config['model_type'] === 'string' ? config['model_type'] : undefined;
  const hasTemplate = session.disk.isFile(join(modelFolder, 'chat_template.jinja')) || (isObject(tokenizer) && tokenizer['chat_template'] !== undefined); // prettier-ignore
  const infoFile = join(absolute(folder, datasetDir), 'dataset_info.json');
  const rows = datasetsIn(session, infoFile).find(({ name }) => name === dataset)?.rows ?? undefined;
  const text = composeRecipe({ ...choices, modelType, ownTemplate: hasTemplate, rows });
  const { findings } = checkRecipe(text, join(folder, `${choices.name}.yaml`), [], { files: filesIn(folder) });
  const missing = config === undefined ? [l10n.t('The model {0} is not on this machine: download it into a folder, and name that.', model)] : []; // prettier-ignore
  const wrong = findings.filter(({ severity }) => severity === 'error' || severity === 'warning').map(({ message }) => message); // prettier-ignore
  return { text, findings: [...missing, ...wrong] };
}

/** An entry for a file in the dataset_info.json beside it; null where its rows cannot be understood. */
export async function describeFile(session: Session, file: string): Promise<z.input<Requests['describeFile']['answer']>> {
  const { proposeEntry } = await import('./data-room.ts');
  const infoFile = join(dirname(file), 'dataset_info.json');
  const before = session.disk.text(infoFile);
  const info = session.disk.json(infoFile);
  const entries = isObject(info) ? info : {};
  const [known] = Object.entries(entries).filter(([, entry]) => isObject(entry) && entry['file_name'] === basename(file));
  if (known) return { infoFile, name: known[0], kind: kindOf(known[1] as Parameters<typeof kindOf>[0]), text: before ?? '', isNew: false };
  const entry = await proposeEntry(file);
  if (!entry) return null;
  const stem = basename(file).replace(/\.(?:jsonl?|csv|tsv|parquet|arrow|txt)(?:\.gz)?$/i, '').replaceAll(',', '_') || 'data';
  let name = stem;
  for (let i = 2; name in entries; i += 1) name = `${stem}_${i}`;
  const text = before?.trim() ? before : '{}\n';
  const edits = modify(text, [name], entry, { formattingOptions: { tabSize: 2, insertSpaces: true, eol: '\n' } });
  return { infoFile, name, kind: kindOf(entry) satisfies NearbyDataset['kind'], text: applyEdits(text, edits), isNew: true };
} // prettier-ignore

/** A path as a recipe that runs in `folder` would write it. */
function nameFrom(folder: string, path: string): string {
  const way = relative(folder, path);
  return (way === '' ? '.' : way.startsWith('..') ? path : way).split(sep).join('/');
}
