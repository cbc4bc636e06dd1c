// A single-stroke font for axis labels: lower-case letters, digits and a few signs, as lines and elliptical arcs.
// Units: a digit is 7 high and 4 wide, y grows downwards, the baseline is at 7, small letters begin at 2.2.

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Glyph {
  readonly width: number;
  /** 'L x y x y …' a line through points; 'A cx cy rx ry from to' an arc, degrees from the right over the bottom. */
  readonly strokes: readonly string[];
}

const glyph = (width: number, ...strokes: readonly string[]): Glyph => ({ width, strokes });
const bowl = 'A 1.9 4.6 1.9 2.4 0 360';
const arch = 'A 1.8 4.1 1.8 1.9 180 360';

const glyphs: Readonly<Record<string, Glyph>> = {
  '0': glyph(4, 'A 2 3.5 2 3.5 0 360'),
  '1': glyph(4, 'L 0.7 1.3 2.2 0 2.2 7'),
  '2': glyph(4, 'A 2 2 1.9 2 185 400', 'L 3.46 3.29 0.1 7 4 7'),
  '3': glyph(4, 'A 1.9 1.75 1.75 1.75 205 450', 'A 1.9 5.25 2 1.75 270 515'),
  '4': glyph(4, 'L 3.1 7 3.1 0 0 4.9 4.2 4.9'),
  '5': glyph(4, 'L 3.6 0 0.7 0 0.42 3.16', 'A 1.9 4.75 2.1 2.25 225 515'),
  '6': glyph(4, 'A 2 4.9 2 2.1 0 360', 'A 3.6 4.9 3.6 4.9 180 262'),
  '7': glyph(4, 'L 0 0 4 0 1.3 7'),
  '8': glyph(4, 'A 2 1.7 1.7 1.7 0 360', 'A 2 5.2 2 1.8 0 360'),
  '9': glyph(4, 'A 2 2.1 2 2.1 0 360', 'A 0.4 2.1 3.6 4.9 0 82'),
  '.': glyph(1, 'A 0.5 6.8 0.2 0.2 0 360'),
  '-': glyph(3, 'L 0.3 4 2.7 4'),
  '+': glyph(4, 'L 0.3 4 3.7 4', 'L 2 2.3 2 5.7'),
  '/': glyph(2.5, 'L 0 8 2.5 -0.5'),
  _: glyph(3.6, 'L 0 8 3.6 8'),
  ' ': glyph(2.4),
  a: glyph(3.8, bowl, 'L 3.8 2.2 3.8 7'),
  b: glyph(3.8, bowl, 'L 0 -0.3 0 7'),
  c: glyph(3.4, 'A 2 4.6 2 2.4 -45 -315'),
  d: glyph(3.8, bowl, 'L 3.8 -0.3 3.8 7'),
  e: glyph(4, 'L 0 4.6 4 4.6', 'A 2 4.6 2 2.4 0 -315'),
  f: glyph(2.6, 'A 2.4 1 1.2 1.3 285 180', 'L 1.2 1 1.2 7', 'L 0 2.4 2.5 2.4'),
  g: glyph(3.8, bowl, 'L 3.8 2.2 3.8 7.3', 'A 1.9 7.3 1.9 1.8 0 150'),
  h: glyph(3.6, 'L 0 -0.3 0 7', arch, 'L 3.6 4.1 3.6 7'),
  i: glyph(0.6, 'L 0.3 2.3 0.3 7', 'A 0.3 0.4 0.15 0.15 0 360'),
  j: glyph(0.8, 'L 0.6 2.3 0.6 7.6', 'A -0.6 7.6 1.2 1.5 0 90', 'A 0.6 0.4 0.15 0.15 0 360'),
  k: glyph(3.5, 'L 0 -0.3 0 7', 'L 3.2 2.3 0 5', 'L 1.2 4 3.5 7'),
  l: glyph(0.6, 'L 0.3 -0.3 0.3 7'),
  m: glyph(5.6, 'L 0 2.3 0 7', 'A 1.4 3.9 1.4 1.7 180 360', 'L 2.8 3.9 2.8 7', 'A 4.2 3.9 1.4 1.7 180 360', 'L 5.6 3.9 5.6 7'),
  n: glyph(3.6, 'L 0 2.3 0 7', arch, 'L 3.6 4.1 3.6 7'),
  o: glyph(4, 'A 2 4.6 2 2.4 0 360'),
  p: glyph(3.8, bowl, 'L 0 2.3 0 9.2'),
  q: glyph(3.8, bowl, 'L 3.8 2.2 3.8 9.2'),
  r: glyph(2.6, 'L 0 2.3 0 7', 'A 2 4.6 2 2.4 180 290'),
  s: glyph(3.3, 'A 1.7 3.4 1.5 1.2 -35 -270', 'A 1.7 5.8 1.6 1.2 -90 145'),
  t: glyph(2.7, 'L 1.2 0.7 1.2 5.8', 'A 2.4 5.8 1.2 1.2 180 85', 'L 0 2.4 2.6 2.4'),
  u: glyph(3.6, 'L 0 2.3 0 5', 'A 1.8 5 1.8 2 180 0', 'L 3.6 2.3 3.6 7'),
  v: glyph(3.6, 'L 0 2.3 1.8 7 3.6 2.3'),
  w: glyph(5.4, 'L 0 2.3 1.35 7 2.7 2.6 4.05 7 5.4 2.3'),
  x: glyph(3.6, 'L 0 2.3 3.6 7', 'L 3.6 2.3 0 7'),
  y: glyph(3.8, 'L 0 2.3 1.9 7', 'L 3.8 2.3 1.9 7 1.3 8.6 0.2 9.2'),
  z: glyph(3.4, 'L 0.1 2.4 3.3 2.4 0 7 3.4 7'),
}; // prettier-ignore

/** Space between letters. */
const gap = 1.5;

/** Points of a stroke; arcs become chords of some ten degrees. */
function pointsOf(stroke: string): Point[] {
  const numbers = stroke.slice(2).split(' ').map(Number);
  if (stroke.startsWith('L')) return numbers.flatMap((x, i) => (i % 2 === 0 ? [{ x, y: numbers[i + 1] ?? 0 }] : []));
  const [cx = 0, cy = 0, rx = 0, ry = 0, from = 0, to = 0] = numbers;
  const chords = Math.max(4, Math.ceil(Math.abs(to - from) / 12));
  return Array.from({ length: chords + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / chords) * Math.PI) / 180;
    return { x: cx + rx * Math.cos(angle), y: cy + ry * Math.sin(angle) };
  });
}

/** Lines of a text from x 0 on, and its width. Characters that the font lacks leave a gap. */
export function strokesOf(text: string): { width: number; strokes: Point[][] } {
  let left = 0;
  const strokes: Point[][] = [];
  for (const character of text) {
    const { width, strokes: parts } = glyphs[character] ?? glyph(4);
    const start = left;
    for (const part of parts) strokes.push(pointsOf(part).map(({ x, y }) => ({ x: x + start, y })));
    left += width + gap;
  }
  return { width: Math.max(0, left - gap), strokes };
}
