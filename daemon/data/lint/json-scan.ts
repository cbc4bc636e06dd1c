// Finds borders in JSON text without parsing it: strings are leapt over, brackets are counted.

/** Where a scan of one value has got to; it can go on once there is more text. */
export interface Scan {
  /** Next character to look at. */
  at: number;
  depth: number;
  inString: boolean;
  /** Whether the value is an object; else it is a list. */
  readonly object: boolean;
  /** Start of the string that is open or was seen last. */
  stringStart: number;
  /** It has been told that it cannot be read; only its end is looked for. */
  broken: boolean;
}

export const newScan = (at: number, object: boolean): Scan => ({
  at,
  depth: 0,
  inString: false,
  object,
  stringStart: -1,
  broken: false,
});

export type ScanEnd =
  /** The value ends before `scan.at`. */
  | 'closed'
  /** The text ends first. */
  | 'more'
  /** A line break inside a string, at `scan.at`. */
  | 'open-string'
  /** An object begins at `scan.at` where only a name could: the value before it has not been closed. */
  | 'restart';

/** Scans on until the brackets that the value opens are closed. The value must begin with one. */
export function scanValue(text: string, scan: Scan): ScanEnd {
  const { length } = text;
  while (scan.at < length) {
    if (scan.inString) {
      const end = stringEnd(text, scan.at);
      const line = text.indexOf('\n', scan.at);
      if (line >= 0 && (end < 0 || line < end)) {
        scan.at = line;
        return 'open-string';
      }
      if (end < 0) {
        // an escape may be cut in two here: look again from in front of its backslashes
        let back = length;
        while (back > scan.at && text.charCodeAt(back - 1) === 92) back -= 1;
        scan.at = back;
        return 'more';
      }
      scan.inString = false;
      scan.at = end + 1;
      continue;
    }
    const code = text.charCodeAt(scan.at);
    if (code === 34) {
      scan.inString = true;
      scan.stringStart = scan.at;
    } else if (code === 123 || code === 91) {
      if (code === 123 && scan.depth === 1 && scan.object && startsLine(text, scan.at)) return 'restart';
      scan.depth += 1;
    } else if (code === 125 || code === 93) {
      scan.depth -= 1;
      if (scan.depth <= 0) {
        scan.at += 1;
        return 'closed';
      }
    }
    scan.at += 1;
  }
  return 'more';
}

/** Whether an object that begins at `at` is the first of its line and no value of a name. */
function startsLine(text: string, at: number): boolean {
  let before = at - 1;
  let lines = 0;
  while (before >= 0 && text.charCodeAt(before) <= 32) {
    if (text.charCodeAt(before) === 10) lines += 1;
    before -= 1;
  }
  // after a colon an object may stand; after anything else a row has begun
  return lines > 0 && text[before] !== ':';
}

/** Index of the quote that ends a string whose inside begins at `from`, or -1. */
export function stringEnd(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let back = at - 1;
    while (back >= from && text.charCodeAt(back) === 92) back -= 1;
    if ((at - back) % 2 === 1) return at;
  }
  return -1;
}

/** How many names a text of JSON gives to values, in all its objects. */
export function countNames(text: string): number {
  let names = 0;
  for (let start = text.indexOf('"'); start >= 0;) {
    const end = stringEnd(text, start + 1);
    if (end < 0) return names;
    let next = end + 1;
    while (text.charCodeAt(next) <= 32) next += 1;
    if (text.charCodeAt(next) === 58) names += 1;
    start = text.indexOf('"', next);
  }
  return names;
}

/** How many names the objects of a parsed value have: fewer than its text where one was given twice. */
export function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) if (typeof item === 'object') keys += countKeys(item);
    return keys;
  }
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    keys += typeof inner === 'object' ? 1 + countKeys(inner) : 1;
  }
  return keys;
}
