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

interface Added {
  readonly id: number;
  readonly rstrip: boolean;
}

/** A node of a tree of code units. */
interface Node {
  readonly next: Map<number, Node>;
  token: Added | undefined;
}

export interface Found {
  readonly start: number;
  /** Behind the token, and behind the spaces that belong to it. */
  readonly end: number;
  readonly id: number;
}

/** Where tokens of one kind are. */
class TokenTree {
  readonly #root: Node = { next: new Map(), token: undefined };

  get isEmpty(): boolean {
    return this.#root.next.size === 0;
  }

  /** Code units that a token may begin with. */
  get starts(): Iterable<number> {
    return this.#root.next.keys();
  }

  add(content: string, token: Added): void {
    let node = this.#root;
    for (let i = 0; i < content.length; i++) {
      const code = content.charCodeAt(i);
      let next = node.next.get(code);
      if (!next) {
        next = { next: new Map(), token: undefined };
        node.next.set(code, next);
      }
      node = next;
    }
    node.token = token;
  }

  /** The longest token that begins at `at`. */
  find(codes: Uint16Array, at: number, end: number): (Added & { readonly end: number }) | undefined {
    let node: Node | undefined = this.#root;
    let found: (Added & { readonly end: number }) | undefined;
    for (let i = at; i < end; i++) {
      node = node.next.get(codes[i] ?? 0);
      if (!node) break;
      if (node.token) found = { ...node.token, end: i + 1 };
    }
    return found;
  }
}

export class AddedTokens {
  /** Tokens found in the text as it is, and those found afterwards in what lies between them. */
  readonly #first = new TokenTree();
  readonly #second = new TokenTree();
  readonly #alerts: Alerts;
  readonly #classes = characterClasses();

  /** `alerts` gets the units that tokens begin with. */
  constructor(tokens: readonly AddedToken[], alerts: Alerts) {
    this.#alerts = alerts;
    for (const { content, id, rstrip, normalized } of tokens)
      (normalized ? this.#second : this.#first).add(content, { id, rstrip });
    for (const code of [...this.#first.starts, ...this.#second.starts])
      alerts[code] = (alerts[code] ?? 0) | TOKEN_START;
  }

  /** Tokens in [start, end) from left to right. */
  find(codes: Uint16Array, start: number, end: number): readonly Found[] {
    const found = this.#findAll(this.#first, codes, start, end);
    if (this.#second.isEmpty) return found;
    let from = start;
    const all = found.flatMap((token) => {
      const between = this.#findAll(this.#second, codes, from, token.start);
      from = token.end;
      return [...between, token];
    });
    return [...all, ...this.#findAll(this.#second, codes, from, end)];
  }

  #findAll(tree: TokenTree, codes: Uint16Array, start: number, end: number): Found[] {
    const found: Found[] = [];
    for (let at = start; at < end; at++) {
      if (((this.#alerts[codes[at] ?? 0] ?? 0) & TOKEN_START) === 0) continue;
      const token = tree.find(codes, at, end);
      if (!token) continue;
      let behind = token.end;
      if (token.rstrip) while (behind < end && this.#isWhite(codes[behind] ?? 0)) behind += 1;
      found.push({ start: at, end: behind, id: token.id });
      at = behind - 1;
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
