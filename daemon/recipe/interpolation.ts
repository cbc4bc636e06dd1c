// ${...} as OmegaConf reads it: kept as literal text by LLaMA-Factory (it never resolves), but what is not well formed is refused.
// Grammar: OmegaConf 2.4, OmegaConfGrammar. An interpolation is a path, ${a.b[c]}, or a call, ${name:arguments}.

/** Offset of the `${` that is not well formed, or undefined where the text is fine. */
export function badInterpolation(text: string): number | undefined {
  if (!text.includes('${')) return undefined;
  const reader = new Reader(text);
  try {
    reader.text(undefined);
    return undefined;
  } catch (error) {
    if (error instanceof NotWellFormed) return error.start;
    throw error;
  }
}

class NotWellFormed extends Error {
  readonly start: number;
  constructor(start: number) {
    super('not well formed');
    this.start = start;
  }
}

const ID = /[a-zA-Z_][\w-]*/y;
const INTER_KEY = /(?:\\[[\]:.=\\]|[^\\{}()[\]:. \t'"])+/y;
/** What an argument outside quotes may be made of; a backslash escapes what would end it. */
const ARGUMENT = /(?:[\w/\-+.$%*@?|:]|[ \t]|\\(?:\\|[()[\]{}:=, \t])|\\)/y;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #outermost = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Free text with interpolations in it, up to the closing quote where there is one. */
  text(quote: string | undefined): void {
    while (this.#at < this.#text.length) {
      const escaped = /\\*/y;
      escaped.lastIndex = this.#at;
      const slashes = escaped.exec(this.#text)?.[0].length ?? 0;
      this.#at += slashes;
      const special = this.#peek('${') ? '${' : quote !== undefined && this.#peek(quote) ? quote : undefined;
      if (special === undefined) this.#at += slashes === 0 ? 1 : 0;
      else if (slashes % 2 === 1) this.#at += special.length;
      else if (special === '${') this.interpolation();
      else return this.#expect(quote ?? '');
    }
    if (quote !== undefined) this.#fail();
  }

  interpolation(): void {
    if (this.#depth === 0) this.#outermost = this.#at;
    this.#depth += 1;
    this.#expect('${');
    this.#blanks();
    const start = this.#at;
    if (!this.#try(() => this.#call())) {
      this.#at = start;
      this.#path();
    }
    this.#depth -= 1;
  }

  #call(): void {
    // without a name only plain arguments are let through
    if (this.#match(/:\s*[\w/\-+.$%*@?|]+(?:\s*,\s*[\w/\-+.$%*@?|]+)*\s*\}/y)) return;
    do this.#name(ID);
    while (this.#take('.'));
    this.#blanks();
    this.#expect(':');
    this.#sequence('}');
  }

  #path(): void {
    while (this.#take('.'));
    do {
      if (this.#take('[')) {
        this.#name(INTER_KEY);
        this.#expect(']');
      } else this.#name(INTER_KEY);
      while (this.#peek('[')) {
        this.#expect('[');
        this.#name(INTER_KEY);
        this.#expect(']');
      }
    } while (this.#take('.'));
    this.#blanks();
    this.#expect('}');
  }

  #name(pattern: RegExp): void {
    if (this.#peek('${')) this.interpolation();
    else if (!this.#match(pattern)) this.#fail();
  }

  /** Elements with commas between, up to and with `end`. */
  #sequence(end: string): void {
    this.#blanks();
    while (!this.#take(end)) {
      if (!this.#peek(',')) this.#element();
      this.#blanks();
      if (!this.#take(',') && !this.#peek(end)) this.#fail();
      this.#blanks();
    }
  }

  #element(): void {
    const next = this.#text[this.#at];
    if (next === "'" || next === '"') {
      this.#at += 1;
      this.text(next);
    } else if (this.#take('[')) this.#sequence(']');
    else if (this.#take('{')) this.#dictionary();
    else this.#primitive();
  }

  #dictionary(): void {
    this.#blanks();
    while (!this.#take('}')) {
      if (!this.#match(/(?:[\w/\-+.$%*@?|]|\\.|[ \t](?![ \t]*:))+/y)) this.#fail();
      this.#blanks();
      this.#expect(':');
      this.#blanks();
      this.#element();
      this.#blanks();
      if (!this.#take(',') && !this.#peek('}')) this.#fail();
      this.#blanks();
    }
  }

  #primitive(): void {
    const start = this.#at;
    for (;;) {
      if (this.#peek('${')) this.interpolation();
      else if (!this.#match(ARGUMENT)) break;
    }
    if (this.#at === start) this.#fail();
  }

  #try(read: () => void): boolean {
    const depth = this.#depth;
    try {
      read();
      return true;
    } catch (error) {
      if (!(error instanceof NotWellFormed)) throw error;
      this.#depth = depth;
      return false;
    }
  }

  #blanks(): void {
    this.#match(/[ \t]*/y);
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    this.#at += found?.[0].length ?? 0;
    return found !== null;
  }

  #peek(word: string): boolean {
    return this.#text.startsWith(word, this.#at);
  }

  #take(word: string): boolean {
    if (!this.#peek(word)) return false;
    this.#at += word.length;
    return true;
  }

  #expect(word: string): void {
    if (!this.#take(word)) this.#fail();
  }

  #fail(): never {
    throw new NotWellFormed(this.#outermost);
  }
}
