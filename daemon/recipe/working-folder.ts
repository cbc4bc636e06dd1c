// The folder in which a recipe runs, from which its relative paths start: that of the workspace, as on a command line, unless what
// the recipe names lies further in.
import type { Recipe } from './recipe.ts';

/** Folders between two, the outer one first. Both are absolute, `inner` lies in `outer` or is it. */
function foldersBetween(outer: string, inner: string): string[] {
  const folders = [outer];
  const rest = inner.slice(outer.length);
  for (const match of rest.matchAll(/[\\/][^\\/]+/g))
    folders.push(outer + rest.slice(0, match.index + match[0].length));
  return folders;
}

/**
 * `workspace` is the folder that was opened, `home` the recipe's own. `exists` says whether a path is there. The outermost
 * folder in which dataset_info.json, or else the model, is found; the workspace where none is.
 */
export function workingFolder(
  { dataset_dir, model_name_or_path }: Pick<Recipe, 'dataset_dir' | 'model_name_or_path'>,
  workspace: string,
  home: string,
  exists: (path: string) => boolean,
): string {
  const folders = foldersBetween(workspace, home);
  const model = model_name_or_path;
  return (
    folders.find((folder) => exists(`${folder}/${dataset_dir}/dataset_info.json`)) ??
    folders.find((folder) => model !== null && model !== '' && exists(`${folder}/${model}/config.json`)) ??
    workspace
  );
}
