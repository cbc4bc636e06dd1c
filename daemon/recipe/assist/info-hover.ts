// Hover in dataset_info.json: what a field does, what a column holds, and at an entry its first row.
import * as l10n from '@vscode/l10n';
import { isObject } from './datasets.ts';
import type { Hover } from './hover.ts';
import { describeField, fieldsAt } from './info-fields.ts';
import { infoPlace, type InfoPlace } from './info-place.ts';
import { countText } from './numbers.ts';
import type { Surroundings } from './surroundings.ts';
import { rowText } from './things.ts';

export function hoverInfo(text: string, offset: number, surroundings: Surroundings): Hover | undefined {
  const place = infoPlace(text, offset);
  const { path, isKey, from, to } = place;
  if (from === to || offset < from || offset > to || path.length === 0) return undefined;
  const parts = isKey && path.length === 1 ? entryParts(place, surroundings) : fieldParts(place, text.slice(from, to), surroundings); // prettier-ignore
  const shown = parts.filter((part) => part !== undefined);
  return shown.length === 0 ? undefined : { text: shown.join('\n\n'), from, to };
}

type Parts = readonly (string | undefined)[];

function entryParts({ path, file }: InfoPlace, surroundings: Surroundings): Parts {
  return [`**${String(path[0])}**`, ...fileParts(file, surroundings)];
}

function fileParts(file: string | undefined, surroundings: Surroundings): Parts {
  if (file === undefined) return [];
  const count = surroundings.rowCount(file);
  const first = surroundings.firstRows(file)?.[0];
  const size = count === undefined ? undefined : l10n.t('{0}: {1} rows', `\`${file}\``, countText(count));
  return [size, first === undefined ? undefined : rowText(first)];
}

function fieldParts({ path, isKey, file }: InfoPlace, written: string, surroundings: Surroundings): Parts {
  const field = fieldsAt(path).find(({ name }) => name === path.at(-1));
  if (!field) return [];
  const described = describeField(field);
  if (field.name === 'file_name') return [described, ...fileParts(file, surroundings)];
  const columns = file === undefined ? undefined : surroundings.facts(file)?.columns;
  if (field.name === 'columns' && columns)
    return [described, l10n.t('The rows have {0}.', [...columns.keys()].map((name) => `\`${name}\``).join(', '))];
  const value = isKey ? undefined : textOf(written);
  const first = file === undefined ? undefined : surroundings.firstRows(file)?.[0];
  if (path[1] === 'columns' && value !== undefined && isObject(first)) {
    const shown = value in first ? rowText({ [value]: first[value] }) : l10n.t('The first row has no column {0}.', `\`${value}\``); // prettier-ignore
    return [described, shown];
  }
  return [described];
}

/** The text of a JSON string; undefined for anything else. */
function textOf(written: string): string | undefined {
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
