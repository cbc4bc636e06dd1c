// What tests of readers share: a folder that goes away, entries, and rows read to their end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseEntry, type DatasetEntry } from '../../recipe/dataset-info.ts';
import type { SourceRow } from './row.ts';
import { readRows, type RowOptions } from './source.ts';

export class DataFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'anneal-data-'));

  /** Writes a file; returns its name. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return name;
  }

  async read(fileName: string, options: RowOptions = {}): Promise<SourceRow[]> {
    const rows: SourceRow[] = [];
    for await (const row of readRows(entryOf(fileName), this.path, options)) rows.push(row);
    return rows;
  }

  async values(fileName: string): Promise<unknown[]> {
    return (await this.read(fileName)).map(({ value }) => value);
  }

  /** The message of what is thrown, with … for the folder. */
  async failure(fileName: string): Promise<string> {
    try {
      await this.read(fileName);
    } catch (error) {
      return (error as Error).message.replaceAll(this.path, '…');
    }
    return 'no error';
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const entryOf = (fileName: string): DatasetEntry =>
  parseEntry('set', { file_name: fileName }, 'dataset_info.json');
