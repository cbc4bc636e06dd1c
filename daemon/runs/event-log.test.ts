// The event log: gapless numbers, whatever a crash leaves of the last record; reading while it grows.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../protocol.ts';
import { EventLog, EventReader, readEvents } from './event-log.ts';

const phase = (message: string): RunEvent => ({ type: 'phase', phase: 'data', message });
const events: readonly RunEvent[] = [
  phase('Läuft – 数据'),
  { type: 'sample', step: 0, prompt: 'Say "hi"\n', text: '🦜\u2028hi' },
  { type: 'eval', step: 2, epoch: 0.5, metrics: { eval_loss: 1.25 } },
  { type: 'checkpoint', step: 2, path: 'out/checkpoint-2', bytes: 12, best: false },
  { type: 'end', state: 'done', step: 4, metrics: { train_loss: 1.5 } },
];

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-events-'));
  path = join(folder, 'events.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(more: readonly RunEvent[], now = (): number => 1000): number[] {
  const log = new EventLog(path, now);
  const seqs = more.map((event) => log.append(event).seq);
  log.close();
  return seqs;
}

describe('EventLog', () => {
  it('numbers events from 1 on without gaps, also when it is opened again', () => {
    let time = 5;
    expect(write(events.slice(0, 2), () => time++)).toEqual([1, 2]);
    expect(write(events.slice(2), () => time++)).toEqual([3, 4, 5]);
    const read = readEvents(path);
    expect(read.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(read.map(({ event }) => event)).toEqual(events);
    expect(read[0]?.time).toBe(6);
  });

  it('has each event in the file when append returns, one a line', () => {
    const log = new EventLog(path, () => 1000);
    events.forEach((event, i) => {
      log.append(event);
      const lines = readFileSync(path, 'utf8').split('\n');
      expect(lines).toHaveLength(i + 2);
      expect(JSON.parse(lines[i] ?? '')).toEqual({ seq: i + 1, time: 1000, event });
    });
    expect(log.seq).toBe(events.length);
    log.close();
  });

  it('goes on after a cut at any byte: whole records stay, the torn one goes, numbers have no gap', () => {
    write(events);
    const whole = readFileSync(path);
    for (let length = 0; length <= whole.length; length++) {
      const bytes = whole.subarray(0, length);
      const kept = bytes.filter((byte) => byte === 10).length;
      writeFileSync(path, bytes);
      expect(readEvents(path).map(({ event }) => event)).toEqual(events.slice(0, kept));
      expect(write([phase('again')])).toEqual([kept + 1]);
      expect(readEvents(path).map(({ seq, event }) => [seq, event])).toEqual(
        [...events.slice(0, kept), phase('again')].map((event, i) => [i + 1, event]),
      );
    }
  });

  it('cuts off what a power failure left of unflushed blocks', () => {
    write(events.slice(0, 2));
    for (const rest of ['\0\0\0\0', '\0\0\0\n', '{"seq":9,"time":1,"event":{}}\n', 'null\n', '\n', '{"seq":3}\n']) {
      const before = readFileSync(path);
      appendFileSync(path, rest);
      expect(write([])).toEqual([]);
      expect(readFileSync(path)).toEqual(before);
    }
  });

  it('keeps events that a later version wrote, and numbers on after them', () => {
    write(events.slice(0, 1));
    appendFileSync(path, '{"seq":2,"time":1000,"event":{"type":"weather","rain":true}}\n');
    expect(write([phase('after')])).toEqual([3]);
    expect(readFileSync(path, 'utf8')).toContain('weather');
    expect(readEvents(path).map(({ seq }) => seq)).toEqual([1, 3]);
    expect(readEvents(path, 1).map(({ seq }) => seq)).toEqual([3]);
  });
});

describe('reading', () => {
  it('starts after a cursor', () => {
    write(events);
    expect(readEvents(path, 3).map(({ seq }) => seq)).toEqual([4, 5]);
    expect(readEvents(path, 5)).toEqual([]);
    expect(readEvents(path, 99)).toEqual([]);
    expect(readEvents(join(folder, 'none.jsonl'))).toEqual([]);
  });

  it('follows a log that grows byte by byte, each event once', () => {
    write(events);
    const whole = readFileSync(path);
    writeFileSync(path, '');
    const reader = new EventReader(path, 1);
    const seen: number[] = [];
    for (const byte of whole) {
      appendFileSync(path, Uint8Array.of(byte));
      seen.push(...reader.read().map(({ seq }) => seq));
    }
    expect(seen).toEqual([2, 3, 4, 5]);
    expect(reader.read()).toEqual([]);
  });
});
