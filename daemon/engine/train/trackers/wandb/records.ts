// Records of a Weights & Biases run, as far as one run writes them, and the log that frames them.
// Sources: wandb/proto/wandb_internal.proto (github.com/wandb/wandb), LevelDB's doc/log_format.md; wandb checks its records with
// the usual CRC-32 in place of a masked CRC-32C, over the type and the data.
import { crc32 } from 'node:zlib';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

const bytes = (writer: BinaryWriter, field: number, data: Uint8Array): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).bytes(data);
const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value);
const int = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Varint).int64(value);
const message = (): BinaryWriter => new BinaryWriter();

/** A record's fields but its number. */
export interface RecordBody {
  /** Field of the oneof in Record. */
  readonly field: number;
  readonly data: Uint8Array;
}

/** The oldest wandb that reads these. */
const MINIMUM = '0.70.0';

export const headerRecord = (producer: string): RecordBody => ({
  field: 21,
  data: bytes(message(), 1, text(text(message(), 1, producer), 2, MINIMUM).finish()).finish(),
});

export interface RunFields {
  readonly id: string;
  readonly project: string;
  readonly entity?: string | undefined;
  readonly group?: string | undefined;
  readonly jobType?: string | undefined;
  readonly notes?: string | undefined;
  readonly tags: readonly string[];
  readonly name: string;
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly config: Readonly<Record<string, unknown>>;
}

const configItem = (key: string, value: unknown): Uint8Array =>
  text(text(message(), 1, key), 16, JSON.stringify(value)).finish();

export function runRecord(run: RunFields): RecordBody {
  const config = message();
  for (const [key, value] of Object.entries({ _wandb: {}, ...run.config })) bytes(config, 1, configItem(key, value));
  const time = int(int(message(), 1, Math.floor(run.started / 1000)), 2, (run.started % 1000) * 1_000_000);
  const writer = text(message(), 1, run.id);
  if (run.entity !== undefined) text(writer, 2, run.entity);
  bytes(text(writer, 3, run.project), 4, config.finish());
  if (run.group !== undefined) text(writer, 6, run.group);
  if (run.jobType !== undefined) text(writer, 7, run.jobType);
  text(writer, 8, run.name);
  if (run.notes !== undefined) text(writer, 9, run.notes);
  for (const tag of run.tags) text(writer, 10, tag);
  bytes(text(writer, 13, run.host), 17, time.finish());
  return { field: 17, data: writer.finish() };
}

/** The x axis of everything: train/global_step. Source: transformers 5.6, integration_utils.py (WandbCallback). */
export const axisRecords: readonly RecordBody[] = [
  { field: 12, data: bytes(text(message(), 1, 'train/global_step'), 6, int(message(), 3, 1).finish()).finish() },
  {
    field: 12,
    data: bytes(text(text(message(), 2, '*'), 4, 'train/global_step'), 6, int(int(message(), 1, 1), 3, 1).finish()).finish(),
  },
]; // prettier-ignore

const item = (name: string, value: number): Uint8Array =>
  text(text(message(), 2, name), 16, JSON.stringify(value)).finish();

/** One call of log(): `count` numbers these from 0. */
export function historyRecord(values: Readonly<Record<string, number>>, count: number): RecordBody {
  const writer = message();
  for (const [name, value] of Object.entries({ ...values, _step: count })) bytes(writer, 1, item(name, value));
  bytes(writer, 2, int(message(), 1, count).finish());
  return { field: 2, data: writer.finish() };
}

/** Last values. */
export function summaryRecord(values: Readonly<Record<string, number>>): RecordBody {
  const writer = message();
  for (const [name, value] of Object.entries(values)) bytes(writer, 1, item(name, value));
  return { field: 3, data: writer.finish() };
}

export const exitRecord = (code: number, seconds: number): RecordBody => ({
  field: 18,
  data: int(int(message(), 1, code), 2, Math.round(seconds)).finish(),
});

/** A record with its number, from 1, and the run that it is of. */
export function encodeRecord({ field, data }: RecordBody, number: number, run: string): Uint8Array {
  const writer = bytes(int(message(), 1, number), field, data);
  return bytes(writer, 200, text(message(), 1, run).finish()).finish();
}

/** ":W&B", a magic number, version 0. */
export const fileHeader = Uint8Array.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]);

const BLOCK = 32_768;
const HEADER = 7;
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4] as const;

/** A record as it stands in the log from byte `at` of the file on: in pieces that cross no border of a block. */
export function frameRecord(record: Uint8Array, at: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let place = at;
  let done = 0;
  // a first piece may be empty, where just its header fits
  for (let begun = false, ended = false; !ended;) {
    const left = BLOCK - (place % BLOCK);
    if (left < HEADER) {
      pieces.push(new Uint8Array(left));
      place += left;
      continue;
    }
    const length = Math.min(record.length - done, left - HEADER);
    ended = done + length === record.length;
    const type = begun ? (ended ? LAST : MIDDLE) : ended ? FULL : FIRST;
    pieces.push(framePiece(record.subarray(done, done + length), type));
    place += HEADER + length;
    done += length;
    begun = true;
  }
  return Buffer.concat(pieces);
}

function framePiece(data: Uint8Array, type: number): Uint8Array {
  const piece = new Uint8Array(HEADER + data.length);
  piece.set(data, HEADER);
  const view = new DataView(piece.buffer);
  view.setUint32(0, crc32(data, crc32(Uint8Array.of(type))), true);
  view.setUint16(4, data.length, true);
  view.setUint8(6, type);
  return piece;
}
