// What all rules on rows share: what the rows are for, where findings go, and what has been seen in the row at hand.
import type { DatasetEntry } from '../../recipe/dataset-info.ts';
import type { Template } from '../template/registry.ts';
import { TextHash } from './duplicates.ts';
import type { Reporter } from './reporter.ts';
import type { LintRow, Path } from './row.ts';
import { controlTokens, mediaOf, type Medium, type TokenPattern } from './template-facts.ts';

export interface RowsUse {
  readonly entry: DatasetEntry;
  /** The recipe's stage; undefined where no recipe is known. */
  readonly stage: string | undefined;
  readonly template: Template | undefined;
  readonly templateName: string | undefined;
  readonly cutoffLength: number | undefined;
  /** As the recipe has it; undefined: not known. */
  readonly enableThinking?: boolean | null | undefined;
  /** Whether a media file of a row exists; undefined where nobody can look. */
  readonly mediaExists: ((path: string) => boolean) | undefined;
}

/** prompt: masked; answer: trained; system and tool texts are neither asked nor said. */
export type Side = 'prompt' | 'answer' | 'system' | 'tool';

/** What an entry is used for, as far as it decides what a row must have. */
export type Purpose = 'pretrain' | 'answer' | 'pair' | 'kto' | 'prompt';

export class Checker {
  readonly use: RowsUse;
  readonly report: Reporter;
  readonly purpose: Purpose;
  readonly media: readonly Medium[] | undefined;
  readonly tokens: TokenPattern;
  readonly hash = new TextHash();
  /** What the row at hand may have in its texts: signs that make it worth while to look closer. */
  mayHaveTags = false;
  mayHaveControls = false;
  mayBeBroken = false;
  /** <image>, <video>, <audio> in the row at hand. */
  readonly marks: Record<Medium, number> = { image: 0, video: 0, audio: 0 };
  /** Where the last mark of each kind stands. */
  readonly markPaths: Partial<Record<Medium, { readonly path: Path; readonly start: number }>> = {};
  /** Whether the row at hand has something to tell it from others by. */
  hashed = false;

  constructor(use: RowsUse, report: Reporter) {
    this.use = use;
    this.report = report;
    this.purpose = purposeOf(use);
    this.media = mediaOf(use.template);
    this.tokens = controlTokens(use.template);
  }

  /** Runs `work` without counting the marks of media in it: what is not shown together with the rest. */
  apart(work: () => void): void {
    const before = { ...this.marks };
    work();
    Object.assign(this.marks, before);
  }

  /** `plain`: the row's text is ASCII alone. */
  begin(row: LintRow, plain: boolean): void {
    this.report.failed = false;
    this.hash.reset();
    this.hashed = false;
    this.marks.image = 0;
    this.marks.video = 0;
    this.marks.audio = 0;
    const { raw } = row;
    if (raw === undefined) {
      this.mayHaveTags = true;
      this.mayHaveControls = true;
      this.mayBeBroken = true;
      return;
    }
    const escapes = raw.includes('\\');
    const unicode = escapes && raw.includes('\\u');
    this.mayHaveTags = unicode || this.tokens.starts.some((start) => raw.includes(start)) || raw.includes('<');
    this.mayHaveControls = escapes && (unicode || raw.includes('\\b') || raw.includes('\\f'));
    this.mayBeBroken = unicode || !plain;
  }
}

function purposeOf({ entry, stage }: RowsUse): Purpose {
  switch (stage) {
    case 'pt':
      return 'pretrain';
    case 'rm':
    case 'dpo':
      return 'pair';
    case 'kto':
      return 'kto';
    case 'ppo':
      return 'prompt';
    case undefined:
      return likelyPurpose(entry);
    default:
      return 'answer';
  }
}

/** What an entry is for when no recipe says so. */
function likelyPurpose({ ranking, formatting, columns }: DatasetEntry): Purpose {
  if (ranking) return 'pair';
  if (columns.kto_tag !== undefined) return 'kto';
  return formatting === 'alpaca' && columns.response === undefined ? 'pretrain' : 'answer';
}
