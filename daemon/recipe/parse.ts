// A recipe file with positions: one flat mapping, read as LLaMA-Factory reads it (PyYAML through OmegaConf). What cannot be read is
// a finding, and the rest is read all the same.
import * as l10n from '@vscode/l10n';
import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { RecipeDocument, RecipeEntry, ValueNode } from './document.ts';
import type { Finding, Fix, Range } from './finding.ts';
import { badInterpolation } from './interpolation.ts';
import { Lines } from './lines.ts';
import { explainSyntax, type Problem } from './yaml-errors.ts';
import { damaged, readDocuments } from './yaml-documents.ts';
import { strictProblem } from './yaml-strict.ts';
import { readPlainScalar } from './yaml11.ts';

/** Aliases may not make more of a text than this. */
const MOST_NODES = 10_000;

export function parseRecipe(source: string, file: string): RecipeDocument {
  const text = source.replace(/^\uFEFF/, '');
  const parser = new Parser(file, new Lines(text));
  parser.read();
  return parser.document();
}

/** Offsets, from and to, that could not be read. */
type Damage = readonly (readonly [number, number])[];

/** Tags that only say what a value is anyway. */
const plainTags = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

class Parser {
  readonly #entries = new Map<string, RecipeEntry>();
  readonly #findings: Finding[] = [];
  readonly #file: string;
  readonly #lines: Lines;
  #broken = false;
  #flow = false;
  #end: number;
  #nodes = 0;

  constructor(file: string, lines: Lines) {
    this.#file = file;
    this.#lines = lines;
    this.#end = lines.text.length;
  }

  document(): RecipeDocument {
    return {
      file: this.#file,
      text: this.#lines.text,
      lines: this.#lines,
      entries: this.#entries,
      findings: this.#findings,
      broken: this.#broken,
      flow: this.#flow,
      end: this.#end,
    };
  }

  read(): void {
    const { documents, damage } = readDocuments(this.#lines.text);
    const [first, second] = documents;
    if (second) this.#secondDocument(second);
    const [error] = damage;
    const strict = strictProblem(this.#lines, first?.contents, error?.pos[0]);
    if (strict) this.#syntax(strict);
    else if (error) this.#syntax(explainSyntax(this.#lines, error, first?.contents));
    if (first?.contents)
      this.#contents(first, first.contents, [
        ...damage.map((each) => damaged(this.#lines.text, each)),
        ...(strict ? [[strict.start, strict.end] as const] : []),
      ]);
    else if (!this.#broken) this.#notMapping(0, 0);
  }

  #syntax({ start, end, message, code = 'yaml-syntax', fix }: Problem): void {
    this.#broken = true;
    this.#report(start, end, code, message, fix);
  }

  #report(start: number, end: number, code: string, message: string, fix?: Fix): void {
    const range = this.#lines.range(start, end);
    this.#findings.push({ file: this.#file, severity: 'error', code, message, ...range, ...(fix ? { fix } : {}) });
  }

  #secondDocument(second: Document.Parsed): void {
    const { text } = this.#lines;
    const marker = text.lastIndexOf('---', second.range[0]);
    const start = marker >= 0 ? marker : second.range[0];
    this.#broken = true;
    this.#report(
      start,
      Math.min(start + 3, text.length),
      'yaml-syntax',
      l10n.t('A recipe is one YAML document; remove everything from the second "---" on.'),
    );
  }

  #notMapping(start: number, end: number): void {
    const message = l10n.t('A recipe is a mapping of keys to values, like "stage: sft".');
    this.#broken = true;
    this.#report(start, end, 'top-level-not-mapping', message);
  }

  #contents(document: Document.Parsed, contents: Node, damage: Damage): void {
    if (!isMap(contents)) {
      const [start = 0, end = start] = contents.range ?? [];
      const empty = isScalar(contents) && contents.value === '';
      if (!this.#broken) this.#notMapping(start, empty ? start : Math.min(end, this.#lines.start(this.#lines.lineOf(start) + 1))); // prettier-ignore
      return;
    }
    this.#flow = contents.flow === true;
    this.#end = this.#flow ? (contents.range?.[1] ?? 1) - 1 : this.#endOf(document);
    this.#mapping(document, contents, true, damage);
  }

  /** Behind the last line of the mapping, before an end marker. */
  #endOf(document: Document.Parsed): number {
    const marker = /^\.\.\.[ \t]*$/m.exec(this.#lines.text.slice(document.range[0]));
    return marker ? document.range[0] + marker.index : this.#lines.text.length;
  }

  #mapping(document: Document.Parsed, map: YAMLMap, own: boolean, damage: Damage): void {
    const seen = new Set<string>();
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const { key } = pair;
      const [start = 0, end = start] = key?.range ?? [];
      if (!isScalar(key)) {
        if (!this.#broken)
          this.#syntax({ start, end, message: l10n.t('A key of a recipe is one word, like "stage".') });
        continue;
      }
      const name = typeof key.value === 'symbol' ? '<<' : String(key.value);
      if (name === '<<') {
        this.#merge(document, pair.value, damage);
        continue;
      }
      const [valueStart = end, , nodeEnd = end] = pair.value?.range ?? [];
      // what stands on a line that could not be read may not be what was meant
      const last = this.#lines.lineOf(Math.max(valueStart, (pair.value?.range?.[1] ?? end) - 1));
      if (damage.some(([from, to]) => this.#touches(start, Math.min(nodeEnd, this.#lines.start(last + 1)), from, to)))
        continue;
      if (seen.has(name)) this.#duplicate(name, start, end);
      if (seen.has(name)) continue;
      seen.add(name);
      // a merged value gives way to one of the recipe's own
      if (!own && this.#entries.has(name)) continue;
      const node = this.#value(document, pair.value, end, []);
      const quoted = node.style === 'single' || node.style === 'double';
      const keyRange = this.#lines.range(start, end);
      this.#entries.set(name, { value: node.value, keyRange, valueRange: node.range, quoted, node, keyStart: start, own }); // prettier-ignore
    }
  }

  #touches(start: number, end: number, from: number, to: number): boolean {
    const line = (offset: number): number => this.#lines.lineOf(offset);
    return line(from) <= line(Math.max(start, end - 1)) && line(Math.max(from, to - 1)) >= line(start);
  }

  #duplicate(name: string, start: number, end: number): void {
    const line = this.#lines.lineOf(start);
    const whole = this.#lines.line(line).trimStart().startsWith(name) && !this.#flow;
    const range = this.#lines.range(this.#lines.start(line), this.#lines.start(line + 1));
    const fix = { title: l10n.t('Remove this line'), text: '', edits: [{ range, text: '' }] };
    this.#report(start, end, 'duplicate-key', l10n.t('{0} is given twice; remove one of the two.', name), whole ? fix : undefined); // prettier-ignore
  }

  #merge(document: Document.Parsed, node: Node | null, damage: Damage): void {
    const target = this.#resolve(document, node);
    if (isMap(target)) this.#mapping(document, target, false, damage);
    else if (isSeq(target)) for (const item of target.items) this.#merge(document, item as Node, damage);
    else if (!this.#broken) {
      const [start = 0, end = start] = node?.range ?? [];
      this.#syntax({ start, end, message: l10n.t('<< merges a mapping: name the anchor of one, like "<<: *base".') });
    }
  }

  /** The node an alias stands for; null, with a finding, where there is none. */
  #resolve(document: Document.Parsed, node: Node | null | undefined): Node | null {
    if (!isAlias(node)) return node ?? null;
    const target = node.resolve(document);
    if (target) return target;
    const [start = 0, end = start] = node.range ?? [];
    const text = this.#lines.text.slice(start, end);
    this.#syntax({
      start,
      end,
      message: l10n.t('{0} names an anchor that is not there; put it in quotes if it is meant as text.', text),
      fix: { title: l10n.t('Put it in quotes'), text: `"${text}"` },
    });
    return null;
  }

  #value(document: Document.Parsed, node: Node | null | undefined, after: number, inside: readonly Node[]): ValueNode {
    const [start = after, last = start] = node?.range ?? [];
    const end = this.#lines.trimmed(start, last);
    const place = { start, end, range: this.#lines.range(start, end) };
    const target = this.#resolve(document, node);
    this.#nodes += 1;
    if (target === null || inside.includes(target) || this.#nodes > MOST_NODES) {
      if (target !== null && !this.#broken)
        this.#syntax({ start, end, message: l10n.t('The anchors refer to each other without end, or make too much of the text.') }); // prettier-ignore
      return { ...place, value: null };
    }
    if (target.tag && !plainTags.test(target.tag)) {
      const message = l10n.t('The tag {0} has no meaning in a recipe.', target.tag);
      this.#syntax({ start, end, message });
    }
    const below = [...inside, target];
    if (isSeq(target)) {
      const items = target.items.map((item) => this.#value(document, item as Node, end, below));
      return { ...place, value: items.map(({ value }) => value), items };
    }
    if (isMap(target)) return { ...place, ...this.#fields(document, target, end, below) };
    if (!isScalar(target)) return { ...place, value: null };
    return { ...place, ...this.#scalar(target.type, textOf(target.value), target.tag, place) };
  }

  #fields(
    document: Document.Parsed,
    map: YAMLMap,
    after: number,
    inside: readonly Node[],
  ): Pick<ValueNode, 'value' | 'fields'> {
    const fields: { key: string; keyRange: Range; node: ValueNode }[] = [];
    const seen = new Set<string>();
    for (const { key, value } of map.items as Pair<Node, Node | null>[]) {
      // nothing looks into a key for interpolations
      const name = isScalar(key) ? textOf(key.value) : String(this.#value(document, key, after, inside).value);
      const [start = after, end = start] = key?.range ?? [];
      if (seen.has(name)) this.#duplicate(name, start, end);
      seen.add(name);
      fields.push({
        key: name,
        keyRange: this.#lines.range(start, end),
        node: this.#value(document, value, end, inside),
      });
    }
    return { value: Object.fromEntries(fields.map(({ key, node }) => [key, node.value])), fields };
  }

  #scalar(
    type: string | null | undefined,
    text: string,
    tag: string | undefined,
    { start, end }: { start: number; end: number },
  ): Pick<ValueNode, 'value' | 'style'> {
    const offset = badInterpolation(text);
    if (offset !== undefined)
      this.#syntax({
        start,
        end,
        message: l10n.t('"{0}" begins an interpolation that is not finished: close it with "}", or write another sign.', text.slice(offset, offset + 24)), // prettier-ignore
      });
    if (type === 'QUOTE_DOUBLE') return { value: text, style: 'double' };
    if (type === 'QUOTE_SINGLE') return { value: text, style: 'single' };
    if (type === 'BLOCK_FOLDED' || type === 'BLOCK_LITERAL') return { value: text, style: 'block' };
    // Python takes these as line breaks, which end a plain text
    const plain = text.replace(/[ \t\u0085\u2028\u2029]+$/u, '');
    return { value: tag?.endsWith(':str') ? plain : readPlainScalar(plain), style: 'plain' };
  }
}

/** Scalars are texts in the failsafe schema. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
