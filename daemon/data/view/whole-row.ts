// One row with everything that can be said of it: what is written in the file, the conversation that it is, text, tokens and mask, and
// its findings, each at the message that it is about.
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { Conversation, DroppedRow, Message } from '../conversation.ts';
import { brokenRow, type AlignedRow, type DataPreview } from '../preview/preview.ts';
import { previewRow, type PreviewedRow, type PreviewedText } from '../preview/row.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import type { Path } from '../lint/row.ts';
import type { RowFinding } from './row-check.ts';
import { conversationOf } from './summary.ts';

export interface WholeRow {
  readonly row: number;
  /** The file, and where in it where that has lines; bytes as they are in the file. */
  readonly place: { readonly file: string; readonly line?: number | undefined };
  /** The row as JSON, indented; its first part where it is longer than can be shown. */
  readonly written: string;
  /** Characters that `written` leaves out. */
  readonly unwritten: number;
  readonly conversation?: Pick<Conversation, 'system' | 'tools' | 'messages'> | undefined;
  /** As `anneal preview --json` has it, where a tokenizer is known; of very long rows the first tokens. */
  readonly shown?: PreviewedRow | undefined;
  /** Tokens that `shown` leaves out. */
  readonly unshown: number;
  /** Ids of `shown` that are special tokens. */
  readonly special: readonly number[];
  readonly dropped?: string | undefined;
  /** `at`: the number of the message in the conversation, or the system text, that a finding is about. */
  readonly findings: readonly (RowFinding & { readonly at?: number | "system" | undefined })[];
} // prettier-ignore

/** Characters of a row as it is written, and tokens, that one answer carries. */
const MOST_WRITTEN = 400_000;
const MOST_TOKENS = 20_000;

export interface WholeRowParts {
  readonly entry: DatasetEntry;
  readonly preview: DataPreview | undefined;
  readonly align: (row: SourceRow) => AlignedRow;
  readonly findings: readonly RowFinding[];
}

export async function wholeRow(source: SourceRow | BrokenRowError, parts: WholeRowParts): Promise<WholeRow> {
  const { entry, preview, align, findings } = parts;
  if (source instanceof BrokenRowError) {
    const { file, line, row = 0 } = source.place;
    const { dropped } = brokenRow(entry.name, row, source);
    return { row, place: { file, line }, written: '', unwritten: 0, unshown: 0, special: [], dropped, findings };
  }
  const conversation = conversationOf(align(source));
  const shown = preview && (await previewRow(() => conversation, preview.data, preview.template, preview.tokenizer));
  const written = JSON.stringify(source.value, plainValue, 2);
  const left = [conversation, shown].find((one): one is DroppedRow => one !== undefined && 'dropped' in one);
  return {
    row: source.row,
    place: { file: source.file, line: source.line },
    written: written.slice(0, MOST_WRITTEN),
    unwritten: Math.max(0, written.length - MOST_WRITTEN),
    conversation: 'dropped' in conversation ? undefined : { system: conversation.system, tools: conversation.tools, messages: messagesOf(conversation) }, // prettier-ignore
    ...cutShown(shown),
    special: preview && shown && 'ids' in shown ? await preview.tokenizer.specialAmong(shown.ids) : [],
    dropped: left?.dropped,
    findings: findings.map((finding) => ({ ...finding, at: 'dropped' in conversation ? undefined : messageAt(finding.path, source.value, entry, conversation) })), // prettier-ignore
  };
}

const messagesOf = ({ messages, preference }: Conversation): readonly Message[] =>
  preference ? [...messages, preference.chosen, preference.rejected] : messages;

function cutShown(shown: PreviewedRow | undefined): Pick<WholeRow, 'shown' | 'unshown'> {
  if (!shown || 'dropped' in shown || shown.tokens.length <= MOST_TOKENS) return { shown, unshown: 0 };
  const first = (text: PreviewedText): PreviewedText => {
    const tokens = text.tokens.slice(0, MOST_TOKENS);
    const cut = text.cut?.filter(({ at }) => at <= MOST_TOKENS) ?? [];
    return {
      text: tokens.map((token) => token.text).join(''),
      ids: text.ids.slice(0, MOST_TOKENS),
      labels: text.labels.slice(0, MOST_TOKENS),
      tokens,
      ...(cut.length > 0 ? { cut } : {}),
    };
  };
  const { rejected } = shown;
  const unshown = shown.tokens.length - MOST_TOKENS;
  const { cut: _, ...rest } = shown;
  return { shown: { ...rest, ...first(shown), ...(rejected ? { rejected: { message: rejected.message, ...first(rejected) } } : {}) }, unshown }; // prettier-ignore
}

/** What columns of data files hold and JSON does not. */
function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  // 20 bytes tell an image from another; megabytes of them nothing
  if (value instanceof Uint8Array) return `<${value.length} bytes: ${Buffer.from(value.subarray(0, 20)).toString('hex')}${value.length > 20 ? '…' : ''}>`; // prettier-ignore
  return value;
}

/** The message of the conversation that a place of the row became. */
function messageAt(path: Path, value: unknown, entry: DatasetEntry, { messages }: Conversation): number | 'system' | undefined {
  const [column, index, part] = path;
  if (column === undefined) return undefined;
  const { columns } = entry;
  if (column === columns.system) return 'system';
  if (column === columns.messages && typeof index === 'number') {
    const items = (value as Readonly<Record<string, unknown>>)[column];
    const item = Array.isArray(items) ? (items[index] as unknown) : undefined;
    const content = (item as Readonly<Record<string, unknown>> | undefined)?.[entry.tags.content_tag ?? ''];
    // a system message in front of the others is none of them, and neighbouring results of tools become one
    const fits = (part: boolean): number => messages.findIndex((message, i) => i >= index - 1 && typeof content === 'string' && (part ? message.content.includes(content) : message.content === content)); // prettier-ignore
    const [same, part] = [fits(false), fits(true)];
    return same >= 0 ? same : part >= 0 ? part : index === 0 ? 'system' : Math.min(index, messages.length - 1);
  }
  if (column === columns.history && typeof index === 'number') return index * 2 + (part === 1 ? 1 : 0);
  if (column === columns.prompt || column === columns.query) return messages.findLastIndex(({ role }) => role === 'user');
  if (column === columns.response || column === columns.chosen) return messages.length - 1;
  return column === columns.rejected ? messages.length : undefined;
} // prettier-ignore
