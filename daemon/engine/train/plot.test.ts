// The loss curve: a valid PNG whose pixels are where the numbers say.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Canvas, encodePng } from './plot-canvas.ts';
import { strokesOf } from './plot-font.ts';
import { drawMetric, plotLoss, smooth, ticks } from './plot.ts';

/** A reader of its own for 8-bit RGB without filters: checks signature, order of chunks and checksums. */
function decode(png: Uint8Array): { width: number; height: number; pixel: (x: number, y: number) => number[] } {
  const bytes = Buffer.from(png);
  expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)));
    chunks.set(bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR') as Buffer;
  expect([...header.subarray(8)]).toEqual([8, 2, 0, 0, 0]);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT') as Buffer);
  expect(rows).toHaveLength((width * 3 + 1) * height);
  return { width, height, pixel: (x, y) => [...rows.subarray(y * (width * 3 + 1) + 1 + x * 3).subarray(0, 3)] };
}

/** Rows of a column in which the smoothed curve's colour stands. */
function curveRows(image: ReturnType<typeof decode>, x: number): number[] {
  return Array.from({ length: image.height }, (_, y) => y).filter((y) => {
    const [red = 255, green = 0, blue = 0] = image.pixel(x, y);
    return red < 90 && green > 90 && green < 160 && blue > 150;
  });
}

describe('drawMetric', () => {
  const falling = Array.from({ length: 50 }, (_, i) => ({ step: i + 1, value: 3 - i / 25 }));

  it('is a PNG in which the curve falls as the loss does', () => {
    const image = decode(drawMetric('loss', falling));
    expect([image.width, image.height]).toEqual([720, 480]);
    const heights = [100, 250, 400, 550].map((x) => Math.max(...curveRows(image, x)));
    for (const [i, y] of heights.entries()) expect(y).toBeGreaterThan(heights[i - 1] ?? 0);
  });

  it('keeps inside its frame', () => {
    const image = decode(drawMetric('loss', falling));
    for (let y = 0; y < 480; y++) for (const x of [0, 719]) expect(image.pixel(x, y)).toEqual([255, 255, 255]);
    expect(curveRows(image, 60)).toEqual([]);
  });

  it.each([
    ['one value', [{ step: 5, value: 0.25 }]],
    ['a flat line', [{ step: 1, value: 0 }, { step: 2, value: 0 }]],
    ['tiny values', [{ step: 1, value: 1e-9 }, { step: 2, value: 2e-9 }]],
    ['huge values', [{ step: 10, value: 1e12 }, { step: 200_000, value: 3 }]],
    ['negative ones', [{ step: 1, value: -3 }, { step: 2, value: 4 }]],
  ])('draws %s', (_, points) => {
    const image = decode(drawMetric('loss', points));
    const columns = Array.from({ length: 600 }, (_, i) => 76 + i);
    // not only the legend, which stands in the upper corners
    expect(columns.some((x) => curveRows(image, x).some((y) => y > 100))).toBe(true);
  }); // prettier-ignore
});

describe('plotLoss', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anneal-plot-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a file for each metric that the history has, under upstream’s names', async () => {
    await plotLoss(folder, {
      log_history: [
        { step: 1, epoch: 1, loss: 2 },
        { step: 2, epoch: 2, loss: Number.NaN },
        { step: 2, epoch: 2, eval_loss: 1.5 },
        { step: 2, epoch: 2, train_runtime: 3 },
      ],
    });
    expect(readdirSync(folder).sort()).toEqual(['training_eval_loss.png', 'training_loss.png']);
    expect(decode(readFileSync(join(folder, 'training_loss.png'))).width).toBe(720);
  });

  it('makes none where there is nothing to draw', async () => {
    await plotLoss(folder, { log_history: [] });
    expect(existsSync(join(folder, 'training_loss.png'))).toBe(false);
  });
});

describe('smooth', () => {
  it('gives LLaMA-Factory’s numbers', () => {
    const expected = [3, 1.1794023903249207, 1.9263914136646871, 0.6279490145751938];
    smooth([3, 1, 2, 0.5]).forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? 0, 12));
    expect(smooth(Array.from({ length: 200 }, (_, i) => i % 7)).at(-1)).toBeCloseTo(2.803127772933161, 12);
    expect(smooth([])).toEqual([]);
  });
});

describe('ticks', () => {
  it('are round, inside, and have the decimals they need', () => {
    expect(ticks(0.97, 3.4, 6)).toEqual({ values: [1, 1.5, 2, 2.5, 3], decimals: 1 });
    expect(ticks(1, 1200, 8)).toEqual({ values: [200, 400, 600, 800, 1000, 1200], decimals: 0 });
    expect(ticks(0, 0.004, 4)).toMatchObject({ decimals: 3 });
    expect(ticks(5, 5, 8).values).toEqual([5]);
  });
});

describe('Canvas', () => {
  it('covers the pixels of a line fully, its edges partly, and no others', () => {
    const canvas = new Canvas(9, 9, [255, 255, 255]);
    canvas.line([{ x: 1, y: 4 }, { x: 7, y: 4 }], [0, 0, 0], 2); // prettier-ignore
    const image = decode(encodePng(canvas));
    expect([2, 3, 4, 5, 6].map((y) => image.pixel(4, y)[0])).toEqual([255, 128, 0, 128, 255]);
    expect(image.pixel(4, 4)).toEqual([0, 0, 0]);
  });

  it('is no darker where a line meets itself, and clips what lies outside', () => {
    const canvas = new Canvas(9, 9, [255, 255, 255]);
    canvas.line([{ x: -50, y: 4.5 }, { x: 50, y: 4.5 }, { x: -50, y: 4.5 }], [0, 0, 0], 1); // prettier-ignore
    expect(canvas.pixels[(4 * 9 + 4) * 3]).toBe(128);
    canvas.line([{ x: 100, y: 100 }, { x: 200, y: 200 }], [0, 0, 0], 3); // prettier-ignore
    expect(canvas.pixels[8 * 9 * 3]).toBe(255);
  });
});

describe('the font', () => {
  it('has every character that labels use', () => {
    for (const character of 'training eval_loss accuracy rewards/margins step original smoothed 0123456789.-+e'.replaceAll(' ', '')) {
      expect(strokesOf(character).strokes.length).toBeGreaterThan(0);
    }
  }); // prettier-ignore

  it('sets letters side by side', () => {
    expect(strokesOf('ll').width).toBeGreaterThan(2 * strokesOf('l').width);
    expect(strokesOf('').width).toBe(0);
  });
});
