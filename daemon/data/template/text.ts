// Stretches between two words, as Python's regular expressions `open(.*?)close` find them.

/** The first stretch from `open` to the nearest `close`. */
export function between(
  content: string,
  [open, close]: readonly [string, string],
): { whole: string; inner: string } | undefined {
  const start = content.indexOf(open);
  const end = start < 0 ? -1 : content.indexOf(close, start + open.length);
  if (end < 0) return undefined;
  return { whole: content.slice(start, end + close.length), inner: content.slice(start + open.length, end) };
}

/** The text without all such stretches, found one after another. */
export function withoutStretches(content: string, [open, close]: readonly [string, string]): string {
  let rest = '';
  let at = 0;
  for (;;) {
    const start = content.indexOf(open, at);
    const end = start < 0 ? -1 : content.indexOf(close, start + open.length);
    if (end < 0) return at === 0 ? content : rest + content.slice(at);
    rest += content.slice(at, start);
    at = end + close.length;
  }
}
