// Finds added tokens in a text before anything else happens to it: at each place the longest one that begins there, from left to right.
import { z } from 'zod';
import { characterClasses, SPACE } from './character-classes.ts';
import { TOKEN_START, type Alerts } from './sections.ts';

const schema = z.object({
  added_tokens: z
    .array(
      z.object({
        content: z.string().min(1),
        single_word: z.literal(false).default(false),
        lstrip: z.literal(false).default(false),
        rstrip: z.boolean().default(false),
        normalized: z.boolean().default(true),
      }),
    )
    .default([]),
});

export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Spaces behind it belong to it. */
  readonly rstrip: boolean;
  /** It is looked for once the text is normalised. */
  readonly normalized: boolean;
}

export interface Found {
  readonly start: number;
  /** Behind the token, and behind the spaces that belong to it. */
  readonly end: number;
  readonly id: number;
}

/** Tokens of one kind as a tree of code units. Its nodes are numbers: most have one child, which is found without a search. */
class TokenTree {
  readonly #code: number[] = [-1];
  readonly #child: number[] = [0];
  /** Children beyond the first, by node and code unit. */
  readonly #others = new Map<number, number>();
  /** The token that ends at a node. */
  readonly #tokens: (AddedToken | undefined)[] = [undefined];
  readonly #first = new Set<number>();
  /** Behind the token that was found last. */
  end = 0;

  get isEmpty(): boolean {
    return this.#first.size === 0;
  }

  /** Code units that a token may begin with. */
  get starts(): Iterable<number> {
    return this.#first;
  }

  add(token: AddedToken): void {
    let node = 0;
    this.#first.add(token.content.charCodeAt(0));
    for (let i = 0; i < token.content.length; i++) {
      const code = token.content.charCodeAt(i);
      node = this.#childOf(node, code) || this.#newChild(node, code);
    }
    this.#tokens[node] = token;
  }

  /** 0 where there is none. */
  #childOf(node: number, code: number): number {
    if (this.#code[node] === code) return this.#child[node] ?? 0;
    return this.#others.size === 0 ? 0 : (this.#others.get(node * 0x10000 + code) ?? 0);
  }

  #newChild(node: number, code: number): number {
    const child = this.#tokens.push(undefined) - 1;
    this.#code.push(-1);
    this.#child.push(0);
    if (this.#code[node] === -1) {
      this.#code[node] = code;
      this.#child[node] = child;
    } else this.#others.set(node * 0x10000 + code, child);
    return child;
  }

  /** The longest token that begins at `at`; `end` tells where it ends. */
  find(codes: Uint16Array, at: number, end: number): AddedToken | undefined {
    let node = 0;
    let found: AddedToken | undefined;
    for (let i = at; i < end; i++) {
      node = this.#childOf(node, codes[i] ?? 0);
      if (node === 0) break;
      const token = this.#tokens[node];
      if (!token) continue;
      found = token;
      this.end = i + 1;
    }
    return found;
  }
}

export class AddedTokens {
  /** Tokens found in the text as it is, and those found afterwards in what lies between them. */
  readonly #first = new TokenTree();
  readonly #second = new TokenTree();
  readonly #classes = characterClasses();

  /** `alerts` gets the units that tokens begin with. */
  constructor(tokens: readonly AddedToken[], alerts: Alerts) {
    for (const token of tokens) (token.normalized ? this.#second : this.#first).add(token);
    for (const code of [...this.#first.starts, ...this.#second.starts])
      alerts[code] = (alerts[code] ?? 0) | TOKEN_START;
  }

  /** Tokens in codes[0, end) from left to right; `starts` are the places of units that tokens may begin with, in order. */
  find(codes: Uint16Array, end: number, starts: Int32Array): readonly Found[] {
    const found = this.#findAll(this.#first, codes, 0, end, starts);
    if (this.#second.isEmpty) return found;
    let from = 0;
    const all = found.flatMap((token) => {
      const between = this.#findAll(this.#second, codes, from, token.start, starts);
      from = token.end;
      return [...between, token];
    });
    return [...all, ...this.#findAll(this.#second, codes, from, end, starts)];
  }

  #findAll(tree: TokenTree, codes: Uint16Array, start: number, end: number, starts: Int32Array): Found[] {
    const found: Found[] = [];
    let from = start;
    for (let i = 0; i < starts.length; i++) {
      const at = starts[i] ?? 0;
      if (at < from) continue;
      if (at >= end) break;
      const token = tree.find(codes, at, end);
      if (!token) continue;
      let behind = tree.end;
      if (token.rstrip) while (behind < end && this.#isWhite(codes[behind] ?? 0)) behind += 1;
      found.push({ start: at, end: behind, id: token.id });
      from = behind;
    }
    return found;
  }

  /** Unicode's White_Space, which is JavaScript's \s with U+0085 and without U+FEFF. */
  #isWhite(code: number): boolean {
    return code === 0x85 || (code !== 0xfeff && ((this.#classes[code] ?? 0) & SPACE) !== 0);
  }
}

/**
 * The added tokens of a tokenizer.json and those added since by this process; `idOf` asks the tokenizer, which may number them
 * otherwise than the file. Undefined where one has to stand apart from words or takes the spaces in front of it, which is not known
 * here, or where the tokenizer does not have it.
 */
export function readAddedTokens(
  tokenizerJson: unknown,
  since: readonly string[],
  idOf: (content: string) => number | null,
): AddedToken[] | undefined {
  const parsed = schema.safeParse(tokenizerJson);
  if (!parsed.success) return undefined;
  // a token that is added once more is what it was added as the last time
  const again = since.map((content) => ({ content, rstrip: false, normalized: false }));
  const tokens = new Map([...parsed.data.added_tokens, ...again].map((token) => [token.content, token]));
  const numbered: AddedToken[] = [];
  for (const token of tokens.values()) {
    const id = idOf(token.content);
    if (id === null) return undefined;
    numbered.push({ ...token, id });
  }
  return numbered;
}
