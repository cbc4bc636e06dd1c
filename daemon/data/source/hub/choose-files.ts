// Which files of a hub repository are a dataset's, by the rules of the datasets library: the configurations in the YAML head of
// README.md, or else the names of files and folders.
import { posix } from 'node:path';
import picomatch from 'picomatch';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../../errors.ts';
import { formatOf } from '../formats.ts';

const patterns = z.union([z.string(), z.array(z.string())]);

const configSchema = z.looseObject({
  config_name: z.coerce.string(),
  data_files: z
    .union([z.string(), z.array(z.union([z.string(), z.object({ split: z.coerce.string(), path: patterns })]))])
    .nullish(),
  data_dir: z.string().nullish(),
  default: z.boolean().nullish(),
});

type Config = z.infer<typeof configSchema>;

/** Patterns by split, in order. */
type Splits = ReadonlyMap<string, readonly string[]>;

export interface Choice {
  /** owner/name, for messages. */
  readonly repository: string;
  readonly subset: string | undefined;
  readonly split: string;
  readonly folder: string | undefined;
}

/** The configurations of a README.md; none where it has no head, or none in it. Throws UserError where they are broken. */
export function readConfigs(readme: string, repository: string): Config[] {
  const head = /^\uFEFF?---\r?\n(.*?)\r?\n---(?:\r?\n|$)/s.exec(readme)?.[1];
  if (head === undefined) return [];
  try {
    const { configs = [] } = z.looseObject({ configs: z.array(configSchema).nullish() }).parse(parse(head) ?? {});
    return configs ?? [];
  } catch (cause) {
    const what = cause instanceof z.ZodError ? cause.issues[0]?.message : (cause as Error).message;
    throw new UserError('hub-configs', `The README.md of ${repository} has configs that cannot be read: ${what}.`, {
      cause,
    });
  }
}

/** Files of the wanted subset and split in reading order. Throws UserError where there are none, naming what there is. */
export function chooseFiles(files: readonly string[], configs: readonly Config[], choice: Choice): string[] {
  const splits = splitsOf(files, configs, choice);
  const wanted = splits.get(choice.split);
  if (!wanted) {
    throw new UserError(
      'hub-split',
      `${choice.repository} has no split "${choice.split}"; it has ${[...splits.keys()].join(', ')}. Set split in dataset_info.json.`,
    );
  }
  const chosen = [...new Set(wanted.flatMap((pattern) => matching(files, pattern)))];
  const kind = commonKind(chosen);
  if (kind === undefined) {
    throw new UserError(
      'hub-file-types',
      `${choice.repository} has no files of rows for the split "${choice.split}" (.json, .jsonl, .csv, .parquet, .arrow or .txt).`,
    );
  }
  return chosen.filter((file) => formatOf(file)?.kind === kind);
}

function splitsOf(files: readonly string[], configs: readonly Config[], choice: Choice): Splits {
  const config = chooseConfig(configs, choice);
  const inFolder = (folder: string, pattern: string): string => posix.join(folder, pattern);
  // a folder overrides what the configuration says about files
  const folder = choice.folder ?? config?.data_dir ?? '';
  if (choice.folder === undefined && config?.data_files) {
    return new Map(
      [...splitsOfConfig(config.data_files)].map(([split, paths]) => [
        split,
        paths.map((path) => inFolder(folder, path)),
      ]),
    );
  }
  const found = splitsByName(
    files.filter((file) => folder === '' || file.startsWith(inFolder(folder, '/'))),
    folder,
  );
  if (!found) {
    throw new UserError(
      'hub-empty',
      `${choice.repository} has no files of rows${folder ? ` in the folder "${folder}"` : ''} (.json, .jsonl, .csv, .parquet, .arrow or .txt).`,
    );
  }
  return found;
}

function chooseConfig(configs: readonly Config[], { repository, subset }: Choice): Config | undefined {
  const names = configs.map(({ config_name: name }) => name);
  const found =
    subset === undefined
      ? configs.find((config) => configs.length === 1 || config.config_name === 'default' || config.default === true)
      : configs.find((config) => config.config_name === subset);
  if (found) return found;
  if (subset !== undefined && !(configs.length === 0 && subset === 'default')) {
    throw new UserError(
      'hub-subset',
      `${repository} has no subset "${subset}"; it has ${names.join(', ') || 'only one, without a name: leave subset out'}.`,
    );
  }
  if (configs.length > 0) {
    throw new UserError(
      'hub-subset',
      `${repository} has several subsets: choose one of ${names.join(', ')} by subset in dataset_info.json.`,
    );
  }
  return undefined;
}

function splitsOfConfig(dataFiles: NonNullable<Config['data_files']>): Splits {
  const list = typeof dataFiles === 'string' ? [dataFiles] : dataFiles;
  const splits = new Map<string, string[]>();
  for (const item of list) {
    const [split, paths] = typeof item === 'string' ? ['train', [item]] : [item.split, [item.path].flat()];
    splits.set(split, [...(splits.get(split) ?? []), ...paths]);
  }
  return splits;
}

const SHARDED = /^data\/(.+)-\d{5}-of-\d{5}[^/]*\.[^/]*$/;

const keywords = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'dev', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};
const SEPARATOR = '[-._ 0-9]';

/** Splits by the names of shards, folders or files; all files are train where none of them says otherwise. */
function splitsByName(files: readonly string[], folder: string): Splits | undefined {
  const usable = files.filter((file) => formatOf(file) !== undefined && !isHidden(file, folder));
  if (usable.length === 0) return undefined;
  const below = (pattern: string): string => posix.join(folder, pattern);
  const relative = (file: string): string => posix.relative(folder, file);
  const sharded = new Set(usable.flatMap((file) => SHARDED.exec(relative(file))?.[1] ?? []));
  if (sharded.size > 0) {
    return new Map([...sharded].map((split) => [split, [below(`data/${split}-[0-9][0-9][0-9][0-9][0-9]-of-*`)]]));
  }
  const byFolder = (word: string): string[] => [
    `**/${word}/**`,
    `**/${word}${SEPARATOR}*/**`,
    `**/*${SEPARATOR}${word}/**`,
    `**/*${SEPARATOR}${word}${SEPARATOR}*/**`,
  ];
  const byFile = (word: string): string[] => [`**/${word}${SEPARATOR}*`, `**/*${SEPARATOR}${word}${SEPARATOR}*`];
  for (const make of [byFolder, byFile]) {
    const splits = Object.entries(keywords).map(([split, words]): [string, string[]] => [
      split,
      words.flatMap(make).map(below),
    ]);
    const found = splits.filter(([, list]) => list.some((pattern) => matching(usable, pattern).length > 0));
    if (found.length > 0) return new Map(found);
  }
  return new Map([['train', [below('**')]]]);
}

const notData = new Set(['README.md', 'config.json', 'dataset_info.json', 'dataset_infos.json', 'dataset_dict.json']);

/** Files that no dataset consists of, and what hides behind a dot or two underscores, unless the pattern names it. */
function isHidden(file: string, pattern: string): boolean {
  const hidden = (path: string): number =>
    path.split('/').filter((part, i, all) => part.startsWith('.') || (part.startsWith('__') && i < all.length - 1))
      .length;
  return (
    (notData.has(posix.basename(file)) && posix.basename(pattern) !== posix.basename(file)) ||
    hidden(file) !== hidden(pattern)
  );
}

/** Sorted files that fit a pattern. */
function matching(files: readonly string[], pattern: string): string[] {
  const fits = picomatch(pattern, { dot: true, nobrace: true, noextglob: true });
  return files.filter((file) => fits(file) && !isHidden(file, pattern)).sort();
}

const preference = ['parquet', 'json', 'csv', 'lines', 'arrow'];

/** The kind of most files, as the datasets library decides; parquet first where two are even. */
function commonKind(files: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const file of files) {
    const kind = formatOf(file)?.kind;
    if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const rank = (kind: string): number => preference.indexOf(kind);
  const [first] = [...counts].sort(([a, x], [b, y]) => y - x || rank(a) - rank(b));
  return first?.[0];
}
