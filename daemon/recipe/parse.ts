// A recipe file with positions: one flat mapping, read as LLaMA-Factory reads it (PyYAML, OmegaConf).
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import * as l10n from '@vscode/l10n';
import type { Finding, Range } from './finding.ts';
import { readPlainScalar } from './yaml11.ts';

export interface RecipeEntry {
  readonly value: unknown;
  readonly keyRange: Range;
  readonly valueRange: Range;
  /** Written in quotes: stays text, whatever it looks like. */
  readonly quoted: boolean;
}

export interface RecipeDocument {
  readonly file: string;
  readonly text: string;
  readonly entries: ReadonlyMap<string, RecipeEntry>;
  readonly findings: readonly Finding[];
}

/** Parses a recipe; what cannot be read is a finding, and the rest is read all the same. */
export function parseRecipe(source: string, file: string): RecipeDocument {
  const text = source.replace(/^\uFEFF/, '');
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    schema: 'failsafe',
    uniqueKeys: false,
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const parser = new Parser(file, lines);
  const [first, second] = 'empty' in documents ? [] : documents;
  if (second)
    parser.report(
      second.range[0],
      second.range[0] + 1,
      'yaml-documents',
      l10n.t('A recipe is one YAML document; remove everything from the second "---" on.'),
    );
  if (first) parser.document(first);
  return { file, text, entries: parser.entries, findings: parser.findings };
}

/** Tags that only say what a value is anyway. */
const plainTags = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

class Parser {
  readonly entries = new Map<string, RecipeEntry>();
  readonly findings: Finding[] = [];
  readonly #file: string;
  readonly #lines: LineCounter;

  constructor(file: string, lines: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  report(start: number, end: number, code: string, message: string): void {
    this.findings.push({ file: this.#file, severity: 'error', code, message, ...this.range(start, end) });
  }

  range(start: number, end: number): Range {
    const from = this.#lines.linePos(start);
    const to = this.#lines.linePos(Math.max(end, start + 1));
    return { line: from.line, column: from.col, endLine: to.line, endColumn: to.col };
  }

  document(document: Document.Parsed): void {
    for (const { pos, message } of document.errors)
      this.report(pos[0], pos[1], 'yaml-syntax', l10n.t('The YAML cannot be read here: {0}.', message));
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === '')) return;
    if (!isMap(contents)) {
      const [start, end] = contents.range;
      this.report(
        start,
        Math.min(end, start + 1),
        'recipe-not-mapping',
        l10n.t('A recipe is a mapping of keys to values, like "stage: sft".'),
      );
      return;
    }
    this.#mapping(document, contents, true);
  }

  #mapping(document: Document.Parsed, map: YAMLMap, own: boolean): void {
    const seen = new Set<string>();
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const { key } = pair;
      if (!isScalar(key)) continue;
      const name = typeof key.value === 'symbol' ? '<<' : String(key.value);
      const [start = 0, end = 0] = key.range ?? [];
      if (name === '<<') {
        this.#merge(document, pair.value);
        continue;
      }
      if (seen.has(name)) {
        this.report(start, end, 'duplicate-key', l10n.t('{0} is given twice; remove one of the two.', name));
        continue;
      }
      seen.add(name);
      // a merged value gives way to one of the recipe's own
      if (!own && this.entries.has(name)) continue;
      const node = pair.value;
      const [valueStart = end, valueEnd = end] = node?.range ?? [];
      const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
      if (node?.tag && !plainTags.test(node.tag)) {
        this.report(valueStart, valueEnd, 'yaml-tag', l10n.t('The tag {0} has no meaning in a recipe.', node.tag));
      }
      this.entries.set(name, {
        value: this.#value(document, node),
        keyRange: this.range(start, end),
        valueRange: this.range(valueStart, valueEnd),
        quoted,
      });
    }
  }

  #merge(document: Document.Parsed, node: Node | null): void {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isMap(target)) this.#mapping(document, target, false);
    else if (isSeq(target)) for (const item of target.items) this.#merge(document, item as Node);
  }

  #value(document: Document.Parsed, node: Node | null | undefined): unknown {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (target === null || target === undefined) return null;
    if (isSeq(target)) return target.items.map((item) => this.#value(document, item as Node));
    if (isMap(target)) {
      const pairs = target.items as Pair<Node, Node | null>[];
      return Object.fromEntries(
        pairs.map(({ key, value }) => [String(this.#value(document, key)), this.#value(document, value)]),
      );
    }
    if (!isScalar(target)) return null;
    return target.type === 'PLAIN' || target.type === undefined
      ? readPlainScalar(textOf(target.value))
      : textOf(target.value);
  }
}

/** Words after the recipe on a command line: key=value, values read by the same rules; an empty value is null. */
export function parseOverrides(words: readonly string[]): { entries: Map<string, unknown>; findings: Finding[] } {
  const entries = new Map<string, unknown>();
  const findings: Finding[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 1) {
      const message = l10n.t('"{0}" is not key=value.', word);
      findings.push({
        file: 'command line',
        line: 1,
        column: 1,
        endLine: 1,
        endColumn: 1,
        severity: 'error',
        code: 'override-syntax',
        message,
      });
      continue;
    }
    const key = word.slice(0, equals).replace(/^--/, '');
    const { entries: read, findings: problems } = parseRecipe(`value: ${word.slice(equals + 1)}`, 'command line');
    findings.push(...problems);
    entries.set(key, read.get('value')?.value ?? null);
  }
  return { entries, findings };
}

/** Scalars are texts in the failsafe schema. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
