// What pre-tokenisers ask of a character, as bits for each UTF-16 code unit: patterns in code points look at code units here.

export const LETTER = 1; // \p{L}
export const NUMBER = 2; // \p{N}
export const SPACE = 4; // \s
export const NEWLINE = 8; // \r or \n
/** Half of a character beyond the basic plane. */
export const SURROGATE = 16;
/** Letters, numbers and spaces; anything else is a sign. */
export const NO_SIGN = LETTER | NUMBER | SPACE;

let table: Uint8Array | undefined;

/** Bits of every code unit [65536]; those of a surrogate say only that it is one. */
export function characterClasses(): Uint8Array {
  table ??= build();
  return table;
}

function build(): Uint8Array {
  const classes = new Uint8Array(0x10000);
  for (const [from, to] of [
    [0, 0xd800],
    [0xe000, 0x10000],
  ] as const) {
    const text = String.fromCharCode(...Array.from({ length: to - from }, (_, i) => from + i));
    for (const [pattern, bit] of [
      [/\p{L}+/gu, LETTER],
      [/\p{N}+/gu, NUMBER],
      [/\s+/gu, SPACE],
      [/[\r\n]+/gu, NEWLINE],
    ] as const) {
      for (const { 0: run, index } of text.matchAll(pattern)) {
        for (let i = 0; i < run.length; i++) classes[from + index + i] = (classes[from + index + i] ?? 0) | bit;
      }
    }
  }
  return classes.fill(SURROGATE, 0xd800, 0xe000);
}
