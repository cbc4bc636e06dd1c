// The machine as a document sees it whose paths start in a folder: what recipe/ may ask of it.
import type { Surroundings } from '../daemon/recipe/assist/surroundings.ts';
import type { DataSide } from './data-side.ts';
import { absolute, type Disk } from './disk.ts';
import type { Places } from './places.ts';

export function surroundingsIn(folder: string, disk: Disk, data: DataSide, places: Places): Surroundings {
  const resolve = (path: string): string => absolute(folder, path);
  return {
    list: (path) => disk.list(resolve(path)),
    isFile: (path) => disk.isFile(resolve(path)),
    json: (path) => disk.json(resolve(path)),
    weights: (path) => disk.weights(resolve(path)),
    facts: (path) => data.looks.seen(resolve(path))?.facts,
    firstRows: (path) => data.looks.seen(resolve(path))?.rows,
    rowCount: (path) => data.rowCount(resolve(path)),
    templateExample: (name) => data.room?.templateExample(name),
    nearby: (what) => places.of(what, folder),
  };
}
