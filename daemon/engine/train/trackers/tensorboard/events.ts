// TensorBoard's Event messages and the records that frame them. Sources: tensorboard/compat/proto/{event,summary,tensor}.proto,
// tensorflow/core/lib/io/record_writer.h; which fields are written is PyTorch's SummaryWriter's choice.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from './crc32c.ts';

/** DataType.DT_STRING. */
const STRING = 7;
/** SessionLog.SessionStatus.START. */
const START = 1;

const bytes = (writer: BinaryWriter, field: number, data: Uint8Array): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).bytes(data);
const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value);
const int = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Varint).int64(value);

/** Event: wall_time in seconds, step. */
function event(time: number, step: number | undefined): BinaryWriter {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(time / 1000);
  if (step !== undefined) int(writer, 2, step);
  return writer;
}

/** The first event of every file. */
export const versionEvent = (time: number): Uint8Array => text(event(time, undefined), 3, 'brain.Event:2').finish();

/** A run goes on behind a step: readers forget what they had from `step` on. */
export const restartEvent = (time: number, step: number): Uint8Array =>
  bytes(event(time, step), 7, int(new BinaryWriter(), 1, START).finish()).finish();

/** One number a tag; `time` in milliseconds since the epoch. */
export function scalarEvent(time: number, step: number, tag: string, value: number): Uint8Array {
  const inner = text(new BinaryWriter(), 1, tag);
  inner.tag(2, WireType.Bit32).float(value);
  return bytes(event(time, step), 5, bytes(new BinaryWriter(), 1, inner.finish()).finish()).finish();
}

/** A text as SummaryWriter.add_text writes it: a tensor of one string for the text plugin. */
export function textEvent(time: number, tag: string, value: string): Uint8Array {
  const shape = bytes(new BinaryWriter(), 2, int(new BinaryWriter(), 1, 1).finish()).finish();
  const tensor = bytes(int(new BinaryWriter(), 1, STRING), 2, shape);
  text(tensor, 8, value);
  const plugin = bytes(new BinaryWriter(), 1, text(new BinaryWriter(), 1, 'text').finish()).finish();
  const inner = bytes(bytes(text(new BinaryWriter(), 1, `${tag}/text_summary`), 9, plugin), 8, tensor.finish());
  return bytes(event(time, undefined), 5, bytes(new BinaryWriter(), 1, inner.finish()).finish()).finish();
}

/** A record: length (u64), its masked CRC, the data, their masked CRC. */
export function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
