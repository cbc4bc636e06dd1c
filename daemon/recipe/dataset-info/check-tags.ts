// Tags of an entry: names of fields and authors inside messages, against each other and against the data.
import * as l10n from '@vscode/l10n';
import { nearest } from '../suggest.ts';
import { sourcePlace, tagPlace, type EntryView } from './entry.ts';
import type { KeyFacts } from './facts.ts';
import { tagNames, type TagName } from './fields.ts';
import { messageTags, writeEntry } from './infer.ts';

/** Questions and answers, told apart by their authors. */
const sides: Readonly<Partial<Record<TagName, 'question' | 'answer' | 'system'>>> = {
  user_tag: 'question',
  observation_tag: 'question',
  assistant_tag: 'answer',
  function_tag: 'answer',
  system_tag: 'system',
};

export function checkTags(view: EntryView): void {
  // a misspelt tag has a finding of its own, and what it leaves open is no second one
  const misspelt = [...(view.tagFields?.keys() ?? [])].some((name) => !(tagNames as readonly string[]).includes(name));
  checkCollisions(view);
  if (misspelt) return;
  checkReset(view);
  checkData(view);
}

function checkCollisions(view: EntryView): void {
  const { tags, document, tagFields } = view;
  const taken = new Map<string, TagName>();
  for (const tag of tagNames) {
    const value = tags[tag];
    if (value === undefined) continue;
    const isKey = tag === 'role_tag' || tag === 'content_tag';
    const id = `${isKey ? 'key' : 'author'} ${value}`;
    const other = taken.get(id);
    if (other === undefined) {
      taken.set(id, tag);
      continue;
    }
    // two names for one side of the conversation do little harm
    const severity = isKey || sides[tag] !== sides[other] ? 'error' : 'warning';
    const place = tagFields?.has(tag) ? tagPlace(view, tag) : tagPlace(view, other);
    document.report(place, severity, 'tag-collision', l10n.t('{0} and {1} are both "{2}", so one cannot be told from the other: give each its own name.', other, tag, value)); // prettier-ignore
  }
}

/** Tags that were reset because another one is named, without which no message can be read. */
function checkReset({ tags, tagFields, entry, document }: EntryView): void {
  if (!tagFields) return;
  const lost = (['role_tag', 'content_tag', 'user_tag', 'assistant_tag'] as const).filter((tag) => tags[tag] === undefined); // prettier-ignore
  if (lost.length === 0) return;
  const names = lost.map((tag) => `"${tag}"`).join(', ');
  const message = l10n.t('Naming one tag resets all others, so {0} must be named too.', names);
  document.report(entry.fields.get('tags')?.key ?? entry.key, 'error', 'tag-not-in-data', message);
}

function checkData(view: EntryView): void {
  const { data, tags, columns } = view;
  const keys = data?.columns?.get(columns.messages ?? '')?.keys;
  if (!keys || keys.size === 0 || tags.role_tag === undefined || tags.content_tag === undefined) return;
  const fits = messageTags(keys);
  if (!view.tagFields && !(keys.has(tags.role_tag) && keys.has(tags.content_tag))) {
    reportDefaults(view, keys);
    return;
  }
  for (const tag of ['role_tag', 'content_tag'] as const) {
    const name = tags[tag];
    if (name === undefined || keys.has(name)) continue;
    report(view, tag, name, [...keys.keys()], fits?.[tag]);
  }
  const authors = keys.get(tags.role_tag)?.texts;
  if (authors) checkAuthors(view, authors, fits);
}

/** Authors that do not occur, where others do that no tag names. */
function checkAuthors(view: EntryView, authors: ReadonlySet<string>, fits: ReturnType<typeof messageTags>): void {
  const { tags } = view;
  const named = new Set(tagNames.map((tag) => tags[tag]));
  const strangers = [...authors].filter((author) => !named.has(author));
  if (strangers.length === 0) return;
  for (const tag of ['user_tag', 'assistant_tag', 'function_tag', 'observation_tag', 'system_tag'] as const) {
    const name = tags[tag];
    if (name === undefined || authors.has(name)) continue;
    const likely = fits?.[tag] ?? strangers.find((author) => author.toLowerCase() === name.toLowerCase());
    const meant = likely !== undefined && strangers.includes(likely) ? likely : nearest(name, strangers);
    // tool calls, tool results and system texts need not occur
    if (meant === undefined && tag !== 'user_tag' && tag !== 'assistant_tag') continue;
    report(view, tag, name, [...authors], meant);
  }
}

function report(
  view: EntryView,
  tag: TagName,
  name: string,
  known: readonly string[],
  meant: string | undefined,
): void {
  const list = known.slice(0, 12).join(', ');
  const message =
    meant === undefined
      ? l10n.t('{0} is "{1}", which no message has: there are {2}.', tag, name, list)
      : l10n.t('{0} is "{1}", which no message has; did you mean "{2}"? There are {3}.', tag, name, meant, list);
  const own = view.tagFields?.has(tag) === true;
  const fix = meant === undefined || !own ? undefined : { title: l10n.t('Change to {0}', JSON.stringify(meant)), text: JSON.stringify(meant) }; // prettier-ignore
  view.document.report(
    tagPlace(view, tag),
    view.data?.allColumns ? 'error' : 'warning',
    'tag-not-in-data',
    message,
    fix,
  );
}

/** Neither default key is there: the whole block is proposed. */
function reportDefaults(view: EntryView, keys: ReadonlyMap<string, KeyFacts>): void {
  const { inferred, entry, document, data } = view;
  const tags = inferred && writeEntry('', inferred)['tags'];
  const place = entry.fields.get('formatting')?.key ?? sourcePlace(view);
  const message = l10n.t('Without "tags" messages must have "from" and "value", and these have {0}: add "tags" that name them.', [...keys.keys()].slice(0, 12).join(', ')); // prettier-ignore
  const fix = tags === undefined ? undefined : document.insertion(place, l10n.t('Add the tags of the file'), `"tags": ${JSON.stringify(tags)}, `); // prettier-ignore
  document.report(place, data?.allColumns ? 'error' : 'warning', 'tag-not-in-data', message, fix);
}
