// Reads TensorBoard event files back, to look at what was written.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { maskedCrc32c } from '../tensorboard/crc32c.ts';

export interface ReadEvent {
  readonly time: number;
  readonly step: number;
  readonly version?: string;
  readonly restart?: boolean;
  readonly tag?: string;
  readonly value?: number;
  readonly plugin?: string;
  readonly text?: string;
}

type Fields = Map<number, { type: WireType; value: Uint8Array | number }>;

function fieldsOf(data: Uint8Array): Fields {
  const reader = new BinaryReader(data);
  const fields: Fields = new Map();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.LengthDelimited) fields.set(field, { type, value: reader.bytes() });
    else if (type === WireType.Bit64) fields.set(field, { type, value: reader.double() });
    else if (type === WireType.Bit32) fields.set(field, { type, value: reader.float() });
    else fields.set(field, { type, value: Number(reader.int64()) });
  }
  return fields;
}

const message = (fields: Fields | undefined, field: number): Fields | undefined => {
  const found = fields?.get(field)?.value;
  return found instanceof Uint8Array ? fieldsOf(found) : undefined;
};
const number = (fields: Fields | undefined, field: number): number | undefined => {
  const found = fields?.get(field)?.value;
  return typeof found === 'number' ? found : undefined;
};
const text = (fields: Fields | undefined, field: number): string | undefined => {
  const found = fields?.get(field)?.value;
  return found instanceof Uint8Array ? new TextDecoder().decode(found) : undefined;
};

function eventOf(data: Uint8Array): ReadEvent {
  const event = fieldsOf(data);
  const value = message(message(event, 5), 1);
  const found = {
    version: text(event, 3),
    restart: number(message(event, 7), 1) === 1 ? true : undefined,
    tag: text(value, 1),
    value: number(value, 2),
    plugin: text(message(message(value, 9), 1), 1),
    text: text(message(value, 8), 8),
  };
  const known = Object.fromEntries(Object.entries(found).filter(([, one]) => one !== undefined));
  return { time: number(event, 1) ?? 0, step: number(event, 2) ?? 0, ...known };
}

/** Every event of a file. Throws where a length or a checksum is wrong, or the file ends within a record. */
export function readEventFile(bytes: Uint8Array): ReadEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const events: ReadEvent[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const length = Number(view.getBigUint64(offset, true));
    if (view.getUint32(offset + 8, true) !== maskedCrc32c(bytes.subarray(offset, offset + 8))) throw new Error(`a wrong checksum of the length at byte ${offset}`); // prettier-ignore
    const data = bytes.subarray(offset + 12, offset + 12 + length);
    if (view.getUint32(offset + 12 + length, true) !== maskedCrc32c(data)) throw new Error(`a wrong checksum at byte ${offset}`); // prettier-ignore
    events.push(eventOf(data));
    offset += length + 16;
  }
  return events;
}
