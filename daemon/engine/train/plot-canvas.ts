// A small raster: anti-aliased lines and text, written as PNG (W3C PNG specification, third edition).
import { crc32, deflateSync } from 'node:zlib';
import { strokesOf, type Point } from './plot-font.ts';

export type Colour = readonly [number, number, number];

/** Pixels of a unit of the font: digits are ten pixels high. */
const TEXT_SCALE = 10 / 7;

export class Canvas {
  readonly width: number;
  readonly height: number;
  /** Rows from the top, three bytes a pixel. */
  readonly pixels: Uint8Array;

  constructor(width: number, height: number, background: Colour) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8Array(width * height * 3);
    for (let i = 0; i < this.pixels.length; i++) this.pixels[i] = background[i % 3] as number;
  }

  /** A line through points, of some thickness in pixels. Where it meets itself it is no darker. */
  line(points: readonly Point[], colour: Colour, thickness: number): void {
    const reach = thickness / 2 + 1;
    const left = Math.max(0, Math.floor(extreme(points, 'x', Math.min) - reach));
    const right = Math.min(this.width - 1, Math.ceil(extreme(points, 'x', Math.max) + reach));
    const top = Math.max(0, Math.floor(extreme(points, 'y', Math.min) - reach));
    const bottom = Math.min(this.height - 1, Math.ceil(extreme(points, 'y', Math.max) + reach));
    if (right < left || bottom < top) return;
    const columns = right - left + 1;
    const cover = new Float32Array(columns * (bottom - top + 1));
    const box = { left, right, top, bottom, columns };
    points.forEach((to, i) => coverSegment(cover, box, points[Math.max(0, i - 1)] ?? to, to, thickness / 2));
    cover.forEach((share, i) => this.#blend(left + (i % columns), top + Math.floor(i / columns), colour, share));
  }

  /** Text whose top left is at a point; `align` shifts it by half or all of its width to the left. */
  text(text: string, at: Point, colour: Colour, align: 'left' | 'centre' | 'right' = 'left'): void {
    const { width, strokes } = strokesOf(text);
    const shift = align === 'left' ? 0 : align === 'centre' ? width / 2 : width;
    for (const stroke of strokes) {
      const points = stroke.map(({ x, y }) => ({ x: at.x + (x - shift) * TEXT_SCALE, y: at.y + y * TEXT_SCALE }));
      this.line(points, colour, 1.35);
    }
  }

  #blend(x: number, y: number, colour: Colour, share: number): void {
    if (share <= 0) return;
    const at = (y * this.width + x) * 3;
    for (let channel = 0; channel < 3; channel++) {
      const old = this.pixels[at + channel] as number;
      this.pixels[at + channel] = Math.round(old + ((colour[channel] as number) - old) * share);
    }
  }
}

const extreme = (points: readonly Point[], axis: 'x' | 'y', pick: (a: number, b: number) => number): number =>
  points.reduce((found, point) => pick(found, point[axis]), points[0]?.[axis] ?? 0);

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly columns: number;
}

/** Marks how much of each pixel lies within `radius` of a segment: all of it up to half a pixel inside, none half a pixel outside. */
function coverSegment(cover: Float32Array, box: Box, from: Point, to: Point, radius: number): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  const reach = radius + 1;
  const first = Math.max(box.left, Math.floor(Math.min(from.x, to.x) - reach));
  const last = Math.min(box.right, Math.ceil(Math.max(from.x, to.x) + reach));
  const end = Math.min(box.bottom, Math.ceil(Math.max(from.y, to.y) + reach));
  for (let y = Math.max(box.top, Math.floor(Math.min(from.y, to.y) - reach)); y <= end; y++) {
    for (let x = first; x <= last; x++) {
      const along = squared === 0 ? 0 : ((x - from.x) * dx + (y - from.y) * dy) / squared;
      const nearest = Math.min(1, Math.max(0, along));
      const distance = Math.hypot(x - from.x - nearest * dx, y - from.y - nearest * dy);
      const at = (y - box.top) * box.columns + x - box.left;
      cover[at] = Math.max(cover[at] ?? 0, Math.min(1, radius + 0.5 - distance));
    }
  }
}

/** An 8-bit RGB image. */
export function encodePng({ width, height, pixels }: Canvas): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  // each row begins with its filter: 0, none
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++)
    rows.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const parts = [pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(rows)), pngChunk('IEND', new Uint8Array())];
  return Buffer.concat([signature, ...parts]);
}

/** Length, type, data and checksum of type and data. */
function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, data.length + 8)), data.length + 8);
  return chunk;
}
