// A row in one line of a list: its first words, how many turns and tokens it has, and what is wrong with it.
import type { Conversation, DroppedRow } from '../conversation.ts';
import { RowError } from '../align/row.ts';
import { measureRows } from '../preview/measure.ts';
import { brokenRow, type AlignedRow, type DataPreview } from '../preview/preview.ts';
import { unusableRow } from '../preview/row.ts';
import { BrokenRowError, type SourceRow } from '../source/row.ts';
import type { RowFinding } from './row-check.ts';

export interface RowSummary {
  readonly row: number;
  /** 1-based line of its file, where that has lines. */
  readonly line?: number | undefined;
  /** Its first words, on one line. */
  readonly title: string;
  /** Messages, and whether tools are among them; where the row can be read as a conversation. */
  readonly turns?: number | undefined;
  readonly tools?: boolean | undefined;
  /** Tokens before cutting, trained ones after it, and what is cut away; where a tokenizer is known. */
  readonly tokens?: number | undefined;
  readonly trained?: number | undefined;
  readonly lost?: number | undefined;
  /** Why the row is left out: continues "because …". */
  readonly dropped?: string | undefined;
  /** The worst finding, and how many there are. */
  readonly finding?: Pick<RowFinding, 'severity' | 'code' | 'message'> | undefined;
  readonly findings: number;
}

const TITLE = 160;

export interface SummaryParts {
  readonly preview: DataPreview | undefined;
  readonly align: (row: SourceRow) => AlignedRow;
  readonly findings: ReadonlyMap<number, readonly RowFinding[]>;
  readonly dataset: string;
}

/** Summaries of rows in their order; one that cannot be read has the reason. */
export async function summarise(rows: readonly (SourceRow | BrokenRowError)[], parts: SummaryParts): Promise<RowSummary[]> {
  const aligned = rows.map((row) => row instanceof BrokenRowError ? brokenRow(parts.dataset, row.place.row ?? 0, row) : conversationOf(parts.align(row))); // prettier-ignore
  const measured = parts.preview && (await measureRows(parts.preview, aligned.map((row) => () => row))); // prettier-ignore
  return rows.map((source, i): RowSummary => {
    const row = source instanceof BrokenRowError ? (source.place.row ?? 0) : source.row;
    const conversation = aligned[i];
    const figures = measured?.[i];
    const dropped = [conversation, figures].find((one): one is DroppedRow => one !== undefined && 'dropped' in one);
    const found = parts.findings.get(row) ?? [];
    const worst = found.toSorted((a, b) => rank(a) - rank(b))[0];
    return {
      row,
      line: source instanceof BrokenRowError ? source.place.line : source.line,
      title: titleOf(source, conversation),
      ...(conversation && !('dropped' in conversation) ? { turns: conversation.messages.length, tools: conversation.tools !== '' } : {}),
      ...(figures && !('dropped' in figures) ? { tokens: figures.length, trained: figures.trained, lost: figures.lost } : {}),
      dropped: dropped?.dropped,
      finding: worst && { severity: worst.severity, code: worst.code, message: worst.message },
      findings: found.length,
    };
  });
} // prettier-ignore

const severityOrder = ['error', 'warning', 'info', 'hint'];
const rank = ({ severity }: RowFinding): number => severityOrder.indexOf(severity);

export function conversationOf(align: AlignedRow): Conversation | DroppedRow {
  try {
    return align();
  } catch (error) {
    if (error instanceof RowError) return unusableRow(error);
    throw error;
  }
}

/** What the user says first; else the first text that is in the row at all. */
function titleOf(source: SourceRow | BrokenRowError, conversation: Conversation | DroppedRow | undefined): string {
  if (source instanceof BrokenRowError) return '';
  const spoken = conversation && 'messages' in conversation ? conversation.messages.find(({ content }) => content.trim() !== '') : undefined; // prettier-ignore
  return oneLine(spoken?.content ?? firstText(source.value) ?? '');
}

const oneLine = (text: string): string =>
  text
    .slice(0, TITLE * 4)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, TITLE);

/** Deep, in the order in which it is written. */
function firstText(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || depth > 6) return undefined;
  for (const inner of Object.values(value)) {
    const found = firstText(inner, depth + 1);
    if (found !== undefined && found.length > 12) return found;
  }
  return Object.values(value).map((inner) => firstText(inner, depth + 1)).find((found) => found !== undefined); // prettier-ignore
}
