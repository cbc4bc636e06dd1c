// What rules may ask about files. recipe/ reads none itself: the command line, the language server and tests each hand in their own.

export interface Files {
  /** What lies at a path as a recipe writes it (relative to where the run starts); undefined: nothing. */
  kind(path: string): 'file' | 'folder' | undefined;
  /** The text of a file; undefined where it cannot be read. */
  text(path: string): string | undefined;
  /** Names in a folder; none where it cannot be read. */
  names(folder: string): readonly string[];
  /** Names and shapes of the tensors in a .safetensors file, from its header; undefined where it cannot be read. */
  tensors(path: string): ReadonlyMap<string, readonly number[]> | undefined;
  /** Size in bytes. */
  size(path: string): number | undefined;
}

/** The machine that a run would start on; what is not known is left out. */
export interface Machine {
  /** Bytes. */
  readonly memory?: number;
}

/** Joins a folder and a name as they stand in recipes, which are written with / on every system. */
export const joined = (folder: string, name: string): string =>
  /^([/\\]|[A-Za-z]:[/\\])/.test(name) ? name : folder === '' || folder === '.' ? name : `${folder.replace(/[/\\]+$/, '')}/${name}`; // prettier-ignore

/** The folder above, and the name in it. */
export function split(path: string): { readonly folder: string; readonly name: string } {
  const trimmed = path.replace(/[/\\]+$/, '');
  const at = Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\'));
  return { folder: at < 0 ? '.' : trimmed.slice(0, at) || '/', name: trimmed.slice(at + 1) };
}

/** An object of a JSON text; undefined where it is none. */
export function jsonObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const json: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isMapping(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
