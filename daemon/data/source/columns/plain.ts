// Values of parquet and arrow files as plain JavaScript, whichever library they come from: what JSON has, and besides it Date,
// bigint (integers beyond 2^53 only) and Uint8Array. What is missing is null.

const largest = BigInt(Number.MAX_SAFE_INTEGER);

/** A bigint as a number where none of it is lost. */
export const integer = (value: bigint): number | bigint =>
  value <= largest && value >= -largest ? Number(value) : value;

/** Deep: undefined becomes null, bigint a number where it fits. Everything else is kept. */
export function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return integer(value);
  if (typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}
