// What assistance may ask of the machine around a recipe: folders, models, data sets. Answers come at once, from memory or one small read.

import type { DataFacts } from '../dataset-info/facts.ts';

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** A model or adapter that lies on this machine. */
export interface NearbyFolder {
  /** As a recipe would name it: relative to the working folder, with forward slashes. */
  readonly path: string;
  /** config.json's model_type, or adapter_config.json's base model. */
  readonly about: string | undefined;
}

export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Paths are relative to the folder in which the recipe would run, or absolute. */
export interface Surroundings {
  /** What a folder holds; undefined where there is none. */
  list(folder: string): readonly FolderEntry[] | undefined;
  isFile(path: string): boolean;
  /** A small JSON file, parsed; undefined where there is none or it is broken. An editor's unsaved text counts. */
  json(path: string): unknown;
  /** Names and shapes of a model folder's weights, from the headers of its safetensors files. */
  weights(folder: string): readonly Weight[] | undefined;
  /** Columns of a data file as far as it has been looked at; undefined where nobody has looked. */
  facts(path: string): DataFacts | undefined;
  /** The first rows of a data file that has been looked at. */
  firstRows(path: string): readonly unknown[] | undefined;
  /** Rows of a data file; undefined until they have been counted. */
  rowCount(path: string): number | undefined;
  /** A short conversation in a template's text; undefined for one that is not known. */
  templateExample(name: string): string | undefined;
  /** Folders near the working folder that hold a whole model, an adapter, a checkpoint, a dataset_info.json; and DeepSpeed files. */
  nearby(what: 'model' | 'adapter' | 'checkpoint' | 'dataset-dir' | 'deepspeed'): readonly NearbyFolder[];
}

export const joinPath = (folder: string, name: string): string =>
  /^(?:[\\/]|[A-Za-z]:[\\/])/.test(name) || folder === '' || folder === '.' ? name : `${folder.replace(/[\\/]+$/, '')}/${name}`; // prettier-ignore
