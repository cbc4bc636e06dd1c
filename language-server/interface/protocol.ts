// What the extension may ask of the language server beside the protocol itself, and the answers. Both ends check what comes.
import { z } from 'zod';

const path = z.string().min(1).max(4096);

/** Sent by the server when what it would answer may have changed; without a content. Other editors leave it aside. */
export const changedNotification = '$/anneal/changed';

/** What a document is, and what a run of it would take. */
export const describe = {
  method: 'anneal/describe',
  request: z.object({ uri: z.string().max(10_000) }),
  answer: z.object({
    kind: z.enum(['recipe', 'draft', 'dataset-info', 'rows', 'other']),
    /** Where its paths start. */
    folder: z.string(),
    /** Of a recipe: train, chat, api, webchat, export or eval. */
    command: z.string().nullable(),
    /** As soon as it has been reckoned. */
    cost: z
      .object({ peakBytes: z.number().nullable(), freeBytes: z.number().nullable(), seconds: z.number().nullable() })
      .nullable(),
  }),
} as const;

const goalIds = ['sft', 'pt', 'dpo', 'kto', 'rm'] as const;
const datasetKind = z.enum(['plain', 'pairs', 'thumbs', 'text']);

export const surveyedDataset = z.object({
  name: z.string(),
  kind: datasetKind,
  /** Its file as it is written; null where it comes from a hub. */
  file: z.string().nullable(),
  /** Of its key in dataset_info.json, from 1. */
  line: z.number().int(),
  /** Null until they have been counted, or where they lie elsewhere. */
  rows: z.number().int().nullable(),
  errors: z.number().int(),
  warnings: z.number().int(),
  /** The first of them, or what is wrong with the entry. */
  finding: z.string().nullable(),
});
export type SurveyedDataset = z.infer<typeof surveyedDataset>;

/** Recipes, data and models of the workspace. */
export const survey = {
  method: 'anneal/survey',
  request: z.object({}),
  answer: z.object({
    recipes: z.array(z.string()),
    infos: z.array(z.object({ file: z.string(), datasets: z.array(surveyedDataset) })),
  }),
} as const;
export type Survey = z.infer<typeof survey.answer>;

/** What a new recipe in a folder can be made of. */
export const choices = {
  method: 'anneal/choices',
  request: z.object({ folder: path }),
  answer: z.object({
    goals: z.array(
      z.object({
        id: z.enum(goalIds),
        title: z.string(),
        /** One sentence. */
        detail: z.string(),
        /** Kinds of data that it takes, the fitting one first. */
        kinds: z.array(datasetKind),
      }),
    ),
    /** On this machine: as a recipe in the folder would name them. */
    models: z.array(z.object({ path: z.string(), about: z.string().nullable() })),
    /** Ids of models whose templates are known. */
    known: z.array(z.string()),
    /** By the folder of their dataset_info.json, as a recipe would name it. */
    data: z.array(z.object({ folder: z.string(), file: z.string(), datasets: z.array(surveyedDataset) })),
  }),
} as const;
export type Choices = z.infer<typeof choices.answer>;
export type GoalId = (typeof goalIds)[number];

/** Writes a recipe. Paths are as the recipe shall name them. */
export const compose = {
  method: 'anneal/compose',
  request: z.object({
    /** In which the recipe will run. */
    folder: path,
    /** The recipe's file name, for output_dir. */
    name: z.string().min(1).max(200),
    goal: z.enum(goalIds),
    method: z.enum(['lora', 'full']),
    model: z.string().min(1).max(1000),
    datasetDir: z.string().min(1).max(4096),
    dataset: z.string().min(1).max(1000),
  }),
  /** Findings of the recipe as it is written: none, unless something is missing that only a person can give. */
  answer: z.object({ text: z.string(), findings: z.array(z.string()) }),
} as const;
export type Composition = z.input<typeof compose.request>;

/** The dataset_info.json beside a file with an entry for it: null where the file's rows cannot be understood. */
export const describeFile = {
  method: 'anneal/describeFile',
  request: z.object({ file: path }),
  answer: z.object({ infoFile: z.string(), name: z.string(), kind: datasetKind, text: z.string(), isNew: z.boolean() }).nullable(),
} as const; // prettier-ignore

const range = z.object({ line: z.number(), column: z.number(), endLine: z.number(), endColumn: z.number() });

/** Edits that give keys of a recipe other values and leave all else as it is; null takes a key out. 1-based, end exclusive. */
export const setKeys = {
  method: 'anneal/setKeys',
  request: z.object({
    uri: z.string().max(10_000),
    values: z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), z.union([z.string().max(10_000), z.number(), z.null()])),
  }),
  answer: z.object({ edits: z.array(z.object({ range, text: z.string() })) }),
} as const;

export const requests = { describe, survey, choices, compose, describeFile, setKeys } as const;
export type Requests = typeof requests;
export type RequestName = keyof Requests;
