// What the language server and its client agree on beyond the protocol itself: commands the client supplies, options it may send.

/** Commands that lenses call; each takes one LensTarget. */
export const commands = {
  run: 'anneal.run',
  previewData: 'anneal.previewData',
  estimate: 'anneal.estimate',
} as const;

export interface LensTarget {
  /** The recipe, or the dataset_info.json. */
  readonly uri: string;
  /** The folder in which the recipe runs: its paths start there. */
  readonly folder: string;
  /** Of dataset_info.json: the entry. */
  readonly dataset?: string;
}

/** The section of settings that the server asks for. */
export const settingsSection = 'anneal';

export interface Settings {
  /** Globs of YAML files, relative to their workspace folder, that are recipes whatever is in them. */
  readonly recipes: readonly string[];
}
