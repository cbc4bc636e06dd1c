// Rows of a parquet file, row group by row group.
import { open, type FileHandle } from 'node:fs/promises';
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type Compressors, type RowGroup } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UserError } from '../../../errors.ts';
import { unreadable } from '../text/bytes.ts';
import { groupOf, type ColumnFile } from './column-file.ts';
import { findPages, type PageLocations } from './parquet-pages.ts';
import { plain } from './plain.ts';

/** Pages without bytes are left to nobody: the decoder of LZ4 does not take them. */
const codecs: Compressors = {
  ...compressors,
  LZ4_RAW: (input, length) => (length === 0 ? new Uint8Array() : (compressors.LZ4_RAW?.(input, length) ?? input)),
};

/** Decoded bytes of rows that are in memory at a time, and of a group that is read whole. */
const BYTES_AT_ONCE = 8 << 20;
const SMALL_GROUP = 4 << 20;

/** Small groups, and those whose pages are known from the file. */
const isReadWhole = ({ total_byte_size: bytes, columns }: RowGroup): boolean =>
  Number(bytes) <= SMALL_GROUP || columns.every(({ offset_index_offset: index }) => index !== undefined);

const broken = (path: string, cause: unknown): UserError =>
  new UserError('parquet-broken', `${path} cannot be read as parquet: ${(cause as Error).message}.`, { cause });

async function asyncBuffer(file: FileHandle): Promise<AsyncBuffer> {
  const { size } = await file.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const buffer = new Uint8Array(Math.max(0, end - start));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
      return buffer.buffer.slice(0, bytesRead);
    },
  };
}

export async function openParquet(path: string): Promise<ColumnFile> {
  const handle = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const file = await asyncBuffer(handle);
    const metadata = await parquetMetadataAsync(file);
    const starts = [0];
    for (const group of metadata.row_groups) starts.push((starts.at(-1) ?? 0) + Number(group.num_rows));
    const pages = new Map<number, Promise<PageLocations>>();
    const locate = async (group: number): Promise<{ pageLocationsByGroup?: PageLocations[] }> => {
      const found = metadata.row_groups[group];
      if (!found || isReadWhole(found)) return {};
      const locations = pages.get(group) ?? findPages(file, metadata, found, codecs);
      pages.set(group, locations);
      const byGroup: PageLocations[] = [];
      byGroup[group] = await locations;
      return { pageLocationsByGroup: byGroup };
    };
    return {
      path,
      rows: starts.at(-1) ?? 0,
      starts,
      rowsAtOnce: (group) => {
        const found = metadata.row_groups[group];
        const bytes = Number(found?.total_byte_size ?? 0n);
        const rows = Number(found?.num_rows ?? 0n);
        return Math.max(256, Math.ceil(rows / Math.max(1, bytes / BYTES_AT_ONCE)));
      },
      read: async (rowStart, rowEnd) => {
        try {
          const rows = await parquetReadObjects({
            file,
            metadata,
            rowStart,
            rowEnd,
            compressors: codecs,
            useOffsetIndex: true,
            ...(await locate(groupOf(starts, rowStart))),
          });
          return rows.map(plain);
        } catch (cause) {
          throw broken(path, cause);
        }
      },
      close: () => handle.close(),
    };
  } catch (cause) {
    await handle.close();
    throw broken(path, cause);
  }
}
