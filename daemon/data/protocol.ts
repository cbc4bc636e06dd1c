// What the daemon says of rows: findings, previews, and what the dataset view shows. Nothing here needs Node: views import it too.
import { z } from 'zod';

const position = z.number().int().positive();

/** 1-based lines and columns (UTF-16 units), end exclusive. */
const range = { line: position, column: position, endLine: position, endColumn: position };

const fix = z.object({
  title: z.string(),
  /** What is written. Without `edits` it replaces the text of the finding's range. */
  text: z.string(),
  edits: z.array(z.object({ range: z.object(range), text: z.string(), file: z.string().optional() })).optional(),
  safe: z.boolean().optional(),
});

export const finding = z
  .object({
    file: z.string(),
    ...range,
    severity: z.enum(['error', 'warning', 'info', 'hint']),
    code: z.string(),
    message: z.string(),
    fix: fix.optional(),
    otherFixes: z.array(fix).optional(),
    rule: z.string().optional(),
  })
  .meta({ id: 'Finding' });

const shownText = {
  text: z.string(),
  ids: z.array(z.number().int()),
  labels: z.array(z.number().int()),
  tokens: z.array(
    z.looseObject({ text: z.string(), trained: z.boolean(), reason: z.string(), weight: z.number().optional() }),
  ),
  /** What was lost at cutoff_len, each with the number of kept tokens in front of it. */
  cut: z.array(z.object({ at: z.number().int(), text: z.string() })).optional(),
};

export const previewedTokens = z.looseObject({
  dataset: z.string(),
  row: z.number().int(),
  /** With the answer that `text` shows: of a pair the chosen one. */
  messages: z.array(z.looseObject({ role: z.string(), content: z.string() })),
  ...shownText,
  truncated: z.boolean(),
  /** Ranking rows: the other answer, behind the same prompt. */
  rejected: z.looseObject(shownText).optional(),
  /** KTO rows: what the answer counts as. */
  desirable: z.boolean().optional(),
  /** What a person should know of how the row was rendered. */
  notes: z.array(z.object({ code: z.string(), text: z.string() })).optional(),
  /** Where the model's own chat template writes the row in another way: both texts from there on. */
  ownTemplate: z.object({ at: z.number().int(), before: z.string(), named: z.string(), own: z.string() }).optional(),
});
export type PreviewedTokens = z.output<typeof previewedTokens>;

/** A row as the model will see it, or the reason why it is left out. Rows count from 0; labels are -100 where masked. */
export const previewedRow = z
  .union([previewedTokens, z.looseObject({ dataset: z.string(), row: z.number().int(), dropped: z.string() })])
  .meta({ id: 'PreviewedRow' });

const count = z.number().int().min(0);
export const rowFilter = z.enum(['errors', 'warnings', 'truncated', 'untrained', 'dropped', 'duplicates']);

/** Words that rows have in their texts, or the source of a regular expression. */
export const searchTerms = z.strictObject({
  text: z.string().min(1).max(1000),
  isExpression: z.boolean().default(false),
  matchCase: z.boolean().default(false),
});

export const rowFinding = z.looseObject({
  ...finding.shape,
  row: count,
  /** Keys and indices that lead to the part of the row that it is about. */
  path: z.array(z.union([z.string(), z.number()])),
  /** The message of the conversation that it is about, or its system text. */
  at: z.union([z.number().int(), z.literal('system')]).optional(),
});

/** Changes whenever a file of the dataset does; every reply has it. */
export const version = z.string();

export const datasetState = z
  .object({
    version,
    name: z.string(),
    /** Of the recipe, to choose among; the file's name where there is no recipe. */
    datasets: z.array(z.string()),
    files: z.array(z.object({ path: z.string(), firstRow: count, rows: count })),
    /** Null as long as they are being counted: `about` then says how many there may be. */
    rows: count.nullable(),
    about: count.nullable(),
    indexed: z.object({ bytes: count, total: count }),
    formatting: z.string(),
    ranking: z.boolean(),
    columns: z.array(z.string()),
    /** What is wrong with the shape of all rows. */
    findings: z.array(rowFinding),
    /** How rows are rendered; null where no tokenizer is known, and `problem` says why if a recipe is given. */
    rendered: z
      .object({
        stage: z.string(),
        /** Null: the model's own chat template. */
        template: z.string().nullable(),
        cutoffLength: count,
        packing: z.boolean(),
        model: z.string(),
      })
      .nullable(),
    problem: z.string().optional(),
    /** Names of all templates. */
    templates: z.array(z.string()),
  })
  .meta({ id: 'DatasetState' });
export type DatasetState = z.output<typeof datasetState>;

export const rowSummary = z
  .object({
    row: count,
    line: z.number().int().optional(),
    /** Its first words, on one line. */
    title: z.string(),
    turns: count.optional(),
    tools: z.boolean().optional(),
    /** Tokens before cutting, trained ones after it, and those that are cut away. */
    tokens: count.optional(),
    trained: count.optional(),
    lost: count.optional(),
    /** Why the row is left out. */
    dropped: z.string().optional(),
    /** The worst finding, of how many. */
    finding: z.object({ severity: z.string(), code: z.string(), message: z.string() }).optional(),
    findings: count,
  })
  .meta({ id: 'RowSummary' });
export type RowSummary = z.output<typeof rowSummary>;

const message = z.looseObject({ role: z.string(), content: z.string(), weight: z.number().optional() });

export const wholeRow = z
  .object({
    version,
    row: count,
    place: z.object({ file: z.string(), line: z.number().int().optional() }),
    /** As JSON, indented; without its last `unwritten` characters. */
    written: z.string(),
    unwritten: count,
    conversation: z.object({ system: z.string(), tools: z.string(), messages: z.array(message) }).optional(),
    /** As POST /v1/preview has it, without its last `unshown` tokens. */
    shown: previewedRow.optional(),
    unshown: count,
    /** Ids of `shown` that are special tokens. */
    special: z.array(z.number().int()),
    dropped: z.string().optional(),
    findings: z.array(rowFinding),
  })
  .meta({ id: 'WholeRow' });
export type WholeRow = z.output<typeof wholeRow>;

const job = z.object({
  state: z.enum(['running', 'done', 'stopped', 'failed']),
  done: count,
  total: count,
  /** Why it failed. */
  problem: z.string().optional(),
});

export const datasetFiguresNow = z.object({
  /** Rows that the figures are of, and whether these are only a sample, spread evenly. */
  looked: count,
  isSample: z.boolean(),
  /** After cutting. */
  tokens: count,
  trained: count,
  /** Lengths before cutting, in tokens. */
  median: count,
  p95: count,
  longest: count,
  histogram: z.array(z.object({ from: count, to: count.nullable(), rows: count })),
  truncated: count,
  lostTokens: count,
  untrained: count,
  dropped: z.array(z.object({ code: z.string(), reason: z.string(), rows: count, first: count })),
});

export const datasetScan = z
  .object({
    version,
    /** Null where nobody has asked for it. */
    scan: job.extend({ counts: z.record(rowFilter, count) }).nullable(),
    find: job.extend({ found: count }).nullable(),
    figures: datasetFiguresNow.nullable(),
  })
  .meta({ id: 'DatasetScan' });
export type DatasetScan = z.output<typeof datasetScan>;
