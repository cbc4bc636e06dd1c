// The few messages of the ONNX protobuf schema (onnx.proto, IR version 10) that a graph needs, written field by field.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { DType } from '../tensor.ts';

/** TensorProto.DataType. */
export const elementType: Record<DType, number> = {
  float32: 1, uint8: 2, int8: 3, uint16: 4, int32: 6, int64: 7, bool: 9, float16: 10,
}; // prettier-ignore

export type AttributeValue = number | string | { readonly float: number } | readonly number[];

export interface NodeProto {
  readonly opType: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers are ints; { float } is a float. */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface TensorProto {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly raw: Uint8Array;
}

export interface ValueProto {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
}

const bytes = (writer: BinaryWriter, field: number, data: Uint8Array): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).bytes(data);

const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value);

const int = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Varint).int64(value);

function attribute(name: string, value: AttributeValue): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, 1, name);
  if (typeof value === 'number') int(int(writer, 3, value), 20, 2);
  else if (typeof value === 'string') int(text(writer, 4, value), 20, 3);
  else if ('float' in value) int(writer.tag(2, WireType.Bit32).float(value.float), 20, 1);
  else {
    for (const entry of value) int(writer, 8, entry);
    int(writer, 20, 7);
  }
  return writer.finish();
}

function node({ opType, domain, inputs, outputs, attributes = {} }: NodeProto): Uint8Array {
  const writer = new BinaryWriter();
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 4, opType);
  for (const [name, value] of Object.entries(attributes)) bytes(writer, 5, attribute(name, value));
  if (domain) text(writer, 7, domain);
  return writer.finish();
}

function tensor({ name, dtype, dims, raw }: TensorProto): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of dims) int(writer, 1, size);
  int(writer, 2, elementType[dtype]);
  text(writer, 8, name);
  bytes(writer, 9, raw);
  return writer.finish();
}

function value({ name, dtype, dims }: ValueProto): Uint8Array {
  const shape = new BinaryWriter();
  for (const size of dims) bytes(shape, 1, int(new BinaryWriter(), 1, size).finish());
  const type = new BinaryWriter();
  bytes(int(type, 1, elementType[dtype]), 2, shape.finish());
  const writer = new BinaryWriter();
  text(writer, 1, name);
  bytes(writer, 2, bytes(new BinaryWriter(), 1, type.finish()).finish());
  return writer.finish();
}

export interface ModelProto {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueProto[];
  readonly outputs: readonly ValueProto[];
}

/** Serialises a model: opset 21, and version 1 of ONNX Runtime's own operators. */
export function encodeModel({ nodes, initializers, inputs, outputs }: ModelProto): Uint8Array {
  const graph = new BinaryWriter();
  for (const each of nodes) bytes(graph, 1, node(each));
  text(graph, 2, 'anneal');
  for (const each of initializers) bytes(graph, 5, tensor(each));
  for (const each of inputs) bytes(graph, 11, value(each));
  for (const each of outputs) bytes(graph, 12, value(each));
  const model = new BinaryWriter();
  int(model, 1, 10);
  text(model, 2, 'anneal');
  bytes(model, 7, graph.finish());
  bytes(model, 8, int(text(new BinaryWriter(), 1, ''), 2, 21).finish());
  bytes(model, 8, int(text(new BinaryWriter(), 1, 'com.microsoft'), 2, 1).finish());
  return model.finish();
}
