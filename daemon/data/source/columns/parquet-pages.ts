// Where the pages of a row group begin. Few writers say so in the file (a page index), and a group may have a million rows: with
// it a row is read from its pages alone. Pages are walked one by one, so no more than one is in memory.
import type { AsyncBuffer, ColumnMetaData, Compressors, FileMetaData, OffsetIndex, RowGroup } from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { readRleBitPackedHybrid } from 'hyparquet/src/encoding.js';
import { getMaxRepetitionLevel, getTreePath } from 'hyparquet/src/schema.js';

type PageLocation = OffsetIndex['page_locations'][number];

/** Pages by the path of their column, as hyparquet takes them. */
export type PageLocations = Record<string, PageLocation[]>;

type PageHeader = ReturnType<typeof parquetHeader>;

/** Bytes read for a header; statistics may make it longer. */
const HEADER = 512;
const LONGEST_HEADER = 1 << 20;

export async function findPages(
  file: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroup,
  compressors: Compressors,
): Promise<PageLocations> {
  const schema = parquetSchema(metadata);
  const locations: PageLocations = {};
  for (const { meta_data: column } of group.columns) {
    if (!column) continue;
    const levels = getMaxRepetitionLevel(getTreePath(schema, column.path_in_schema));
    locations[column.path_in_schema.join('.')] = await pagesOf(file, column, levels, compressors);
  }
  return locations;
}

async function pagesOf(
  file: AsyncBuffer,
  column: ColumnMetaData,
  levels: number,
  compressors: Compressors,
): Promise<PageLocation[]> {
  const pages: PageLocation[] = [];
  let offset = Number(column.dictionary_page_offset || column.data_page_offset);
  const end = offset + Number(column.total_compressed_size);
  let row = 0;
  while (offset < end) {
    const { header, length } = await headerAt(file, offset, end);
    const size = length + header.compressed_page_size;
    if (header.type !== 'DICTIONARY_PAGE' && header.type !== 'INDEX_PAGE') {
      const { rows, continues } = await rowsOf(file, offset + length, header, column, levels, compressors);
      const last = pages.at(-1);
      // a row that goes on from the page before keeps both together
      if (continues && last) last.compressed_page_size += size;
      else pages.push({ offset: BigInt(offset), compressed_page_size: size, first_row_index: BigInt(row) });
      row += rows;
    }
    offset += size;
  }
  return pages;
}

async function headerAt(
  file: AsyncBuffer,
  offset: number,
  end: number,
): Promise<{ header: PageHeader; length: number }> {
  for (let size = HEADER; ; size *= 8) {
    const reader = { view: new DataView(await file.slice(offset, Math.min(end, offset + size))), offset: 0 };
    try {
      const header = parquetHeader(reader);
      return { header, length: reader.offset };
    } catch (error) {
      if (size >= LONGEST_HEADER || offset + size >= end) throw error;
    }
  }
}

/** Rows that begin in a page, and whether it begins within one. Lists: a row begins at every repetition level of 0. */
async function rowsOf(
  file: AsyncBuffer,
  offset: number,
  header: PageHeader,
  { codec }: ColumnMetaData,
  levels: number,
  compressors: Compressors,
): Promise<{ rows: number; continues: boolean }> {
  const { data_page_header: first, data_page_header_v2: second } = header;
  if (second) return { rows: second.num_rows, continues: false };
  if (!first) throw new Error('a page has no header of its kind');
  if (levels === 0) return { rows: first.num_values, continues: false };
  const bytes = new Uint8Array(await file.slice(offset, offset + header.compressed_page_size));
  const page = decompressPage(bytes, header.uncompressed_page_size, codec, compressors);
  const repetition: number[] = Array.from({ length: first.num_values });
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  readRleBitPackedHybrid({ view, offset: 0 }, 32 - Math.clz32(levels), repetition);
  return { rows: repetition.filter((level) => level === 0).length, continues: repetition[0] !== 0 };
}
