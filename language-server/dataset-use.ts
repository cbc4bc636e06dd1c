// What the open recipes say of how a data set is used: its rows are checked for that.
import { datasetNamesIn } from '../daemon/recipe/assist/targets.ts';
import { infoFileOf } from './library.ts';
import type { Session } from './session.ts';

export interface DatasetUsage {
  readonly stage: string | undefined;
  readonly templateName: string | undefined;
  readonly cutoffLength: number | undefined;
  readonly mediaDir?: string;
}

/** By the first open recipe that names the data set; nothing is said where there is none. */
export function usesOf(session: Session, infoFile: string, name: string): DatasetUsage {
  for (const document of session.documents.all()) {
    if (session.kindOf(document) !== 'recipe' || infoFileOf(session, document) !== infoFile) continue;
    if (!datasetNamesIn(document.getText()).some((word) => word.text === name)) continue;
    const { recipe } = session.viewOf(document);
    return { stage: recipe.stage, templateName: recipe.template ?? undefined, cutoffLength: recipe.cutoff_len };
  }
  return { stage: undefined, templateName: undefined, cutoffLength: undefined };
}
