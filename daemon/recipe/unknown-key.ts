// A key that no command knows: an old name, another trainer's name, a slip of the finger, or a sign that nobody sees.
import * as l10n from '@vscode/l10n';
import { acceptedBy, commands, type Command } from './commands.ts';
import { otherNames } from './other-names.ts';
import type { Fix, Severity } from './finding.ts';
import { visible } from './number-text.ts';
import type { RecipeEntry } from './document.ts';
import { argumentNames, argumentOf } from './recipe.ts';
import { removedKeys } from './removed.ts';
import { isMegatronKey } from './other-languages.ts';
import { nearest } from './suggest.ts';

export interface UnknownKey {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly rule: string;
  /** The key to write in its place. */
  readonly rename?: string;
  readonly fix?: Fix;
}

export function unknownKey(key: string, command: Command, entries: ReadonlyMap<string, RecipeEntry>): UnknownKey {
  const rule = 'unknown-key';
  if (isMegatronKey(key)) {
    const message = l10n.t('{0} is a key of Megatron training, which Anneal does not have yet.', key);
    return { code: 'not-built-yet', severity: 'info', rule, message };
  }
  const renamed = Object.hasOwn(removedKeys, key) ? removedKeys[key] : undefined;
  if (renamed?.replacement !== undefined) {
    const { replacement, note } = renamed;
    const free = argumentOf(replacement) && !entries.has(replacement);
    return {
      code: 'renamed-key',
      severity: renamed.inExamples ? 'warning' : 'error',
      rule,
      message: note
        ? l10n.t('{0} is an old name: use {1} ({2}).', key, replacement, note)
        : l10n.t('{0} is an old name: use {1}.', key, replacement),
      ...(free && note === undefined ? { rename: replacement } : {}),
    };
  }
  if (renamed) {
    const message = renamed.note
      ? l10n.t('LLaMA-Factory no longer has {0} ({1}): remove it.', key, renamed.note)
      : l10n.t('LLaMA-Factory no longer has {0}: remove it.', key);
    return { code: 'unknown-key', severity: 'error', rule, message };
  }
  const other = Object.hasOwn(otherNames, key.toLowerCase()) ? otherNames[key.toLowerCase()] : undefined;
  const close = exact(key) ?? other ?? nearest(key, namesOf.get(command) ?? []) ?? nearest(key, argumentNames); // prettier-ignore
  const severity = 'error';
  if (close === undefined)
    return { code: 'unknown-key', severity, rule, message: l10n.t('There is no recipe key "{0}".', key) };
  const taken = entries.has(close);
  const message = taken
    ? l10n.t('There is no recipe key "{0}"; {1} is here already.', visible(key), close)
    : l10n.t('There is no recipe key "{0}"; did you mean {1}?', visible(key), close);
  return { code: 'unknown-key', severity, rule, message, ...(taken ? {} : { rename: close }) };
}

/** The key, but for upper case, dashes, blanks, and characters that nobody sees. */
function exact(key: string): string | undefined {
  return byPlainName.get(plain(key));
}

const plain = (text: string): string =>
  visible(text)
    .toLowerCase()
    .replace(/[-_\s]/g, '');
const byPlainName = new Map(argumentNames.map((name) => [plain(name), name]));

const namesOf = new Map(commands.map((command) => [command, argumentNames.filter((name) => acceptedBy(name).includes(command))])); // prettier-ignore
