// The input columns that stay unrounded beside an 8-bit product (LLM.int8, Dettmers et al. 2022). A row is rounded in steps
// of its largest entry / 127, so a few columns that are always large cost all the others their precision. They are taken out
// and multiplied in float32. Which, is a set of fixed size for each input, so that graphs never change: the columns with the
// largest entries seen so far. Scales follow every batch, so larger entries never overflow: they cost the others precision.
// The scales tell when a batch outgrows what was seen. Then it is looked at: a run forwards tells the peaks of all columns,
// and the sets are made anew for the batches after it; one that outgrows them by far is run again.
import { UserError } from '../../../errors.ts';

/** Columns taken out of each input: beyond them nothing stands out. */
const COLUMNS = 16;

/** How much larger than all seen before a rounded entry may be before the sets are made anew: a bit of its row's precision. */
const GROWTH = 2;

/** Two bits are too many: the batch is run again. */
const TOO_MUCH = 4;

/** Rounds of looking, and of running again: what is taken out below changes what is seen above, a little. */
const ROUNDS = 3;

/** A matrix that multiplies a site's input, with the columns taken out as float32: [out, columns]. */
export interface OutlierReader {
  readonly shape: readonly [number, number];
  readonly codes: Int8Array | Uint8Array;
  readonly scales: Float32Array;
  readonly outlierWeights: Float32Array<ArrayBuffer>;
}

/** An input that one or several matrices read. Arrays are changed in place: sessions are fed with them. */
export interface OutlierSite {
  readonly name: string;
  /** It is what a norm makes: its rows are of one size, and one scale does for all. */
  readonly normed: boolean;
  readonly columns: Int32Array<ArrayBuffer>;
  /** 1 for columns that are rounded, 0 for those taken out: [width]. */
  readonly kept: Float32Array<ArrayBuffer>;
  /** Largest magnitude in each column when the set was made: [width]. */
  readonly peaks: Float32Array<ArrayBuffer>;
  readonly readers: OutlierReader[];
}

export function outlierSite(name: string, width: number, normed = false): OutlierSite {
  const columns = new Int32Array(Math.min(COLUMNS, width));
  const site = { name, normed, columns, kept: new Float32Array(width), peaks: new Float32Array(width), readers: [] };
  choose(site);
  return site;
}

/** The sites of a model under construction: projections of one input are of one site. */
export class Sites {
  readonly #sites = new Map<string, OutlierSite>();

  /** The site that a weight reads, by the weight's name and the input's width. */
  of(weight: string, width: number): OutlierSite {
    const module = weight.replace(/\.weight$/, '');
    const name = module.replace(/\.(q|k|v|qkv|gate|up|gate_up)_proj$/, '');
    // all but what o_proj and down_proj read; the output projection has the name of the embedding where it is the same
    const normed = !/\.(o|down)_proj$/.test(module);
    const site = this.#sites.get(name) ?? outlierSite(name, width, normed);
    this.#sites.set(name, site);
    return site;
  }
}

/** What a batch put into one site: [width], the largest magnitude in each column. */
export interface Sighting {
  readonly site: OutlierSite;
  readonly peaks: Float32Array;
}

/** A graph's output of peaks, site by site. */
export function sightings(sites: readonly OutlierSite[], peaks: unknown): Sighting[] {
  let start = 0;
  return sites.map((site) => {
    const end = start + site.peaks.length;
    const seen = { site, peaks: (peaks as Float32Array).subarray(start, end) };
    start = end;
    return seen;
  });
}

/** A batch whose inputs may outgrow their sets of columns. */
export interface PlannedBatch<T> {
  readonly sites: readonly OutlierSite[];
  /** Runs it; `largest` is the largest rounded magnitude of each site, in their order. */
  run(): Promise<{ readonly result: T; readonly largest: ArrayLike<number> }>;
  /** Runs it forwards only, to see all columns. */
  look(): Promise<readonly Sighting[]>;
  /** Takes back what a run has added up; called before each repetition. */
  undo(): void;
}

/** Runs a batch, and again while it shows far larger entries than the sets of columns are made for. Returns the last result. */
export async function runPlanned<T>({ sites, run, look, undo }: PlannedBatch<T>): Promise<T> {
  if (sites.some(({ peaks }) => peaks.every((peak) => peak === 0))) await learn(look, ROUNDS);
  for (let round = 1; ; round++) {
    const { result, largest } = await run();
    const growth = Math.max(0, ...sites.map((site, i) => growthOf(site, largest[i] ?? 0)));
    if (growth <= GROWTH) return result;
    await learn(look, 1);
    if (growth <= TOO_MUCH || round === ROUNDS) return result;
    undo();
  }
}

/** Makes the sets anew by what a look shows, until it shows nothing new. */
async function learn(look: () => Promise<readonly Sighting[]>, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const seen = await look();
    const growth = Math.max(0, ...seen.map(({ site, peaks }) => growthOf(site, largestKept(peaks, site.kept))));
    for (const { site, peaks } of seen) {
      for (let i = 0; i < peaks.length; i++) site.peaks[i] = Math.max(site.peaks[i] as number, peaks[i] as number);
      choose(site);
    }
    if (growth <= GROWTH) return;
  }
}

const largestKept = (peaks: Float32Array, kept: Float32Array): number => {
  let most = 0;
  for (let i = 0; i < peaks.length; i++) most = Math.max(most, (peaks[i] as number) * (kept[i] as number));
  return most;
};

/** The largest rounded entry against the largest there was when the set was made. */
const growthOf = (site: OutlierSite, most: number): number =>
  most === 0 ? 0 : most / largestKept(site.peaks, site.kept);

/** Takes out the columns with the largest peaks. */
function choose({ columns, kept, peaks, readers }: OutlierSite): void {
  const order = Int32Array.from(peaks.keys()).sort((a, b) => (peaks[b] as number) - (peaks[a] as number) || a - b);
  columns.set(order.subarray(0, columns.length).sort());
  kept.fill(1);
  for (const column of columns) kept[column] = 0;
  for (const reader of readers) fillWeights(reader, columns);
}

function fillWeights({ shape: [out, width], codes, scales, outlierWeights }: OutlierReader, columns: Int32Array): void {
  const zero = codes instanceof Uint8Array ? 128 : 0;
  for (let row = 0; row < out; row++) {
    columns.forEach((column, i) => {
      const code = (codes[row * width + column] as number) - zero;
      outlierWeights[row * columns.length + i] = code * (scales[row] as number);
    });
  }
}

/** Adds a matrix to the readers of a site. */
export function addReader(site: OutlierSite, reader: OutlierReader): void {
  site.readers.push(reader);
  fillWeights(reader, site.columns);
}

/** What a checkpoint keeps of the sets, by site: they follow from the peaks. */
export const savePeaks = (sites: Iterable<OutlierSite>): { name: string; shape: number[]; data: Float32Array }[] =>
  [...sites].map(({ name, peaks }) => ({ name, shape: [peaks.length], data: peaks }));

/** Throws UserError where the checkpoint is of another model. */
export function restorePeaks(
  sites: Iterable<OutlierSite>,
  stored: ReadonlyMap<string, { readonly data: Float32Array }>,
): void {
  for (const site of sites) {
    const peaks = stored.get(site.name)?.data;
    if (peaks?.length !== site.peaks.length) {
      throw new UserError(
        'checkpoint-fit',
        `The checkpoint does not hold ${site.name} as this run quantises it: set overwrite_output_dir: true to start anew.`,
      );
    }
    site.peaks.set(peaks);
    choose(site);
  }
}
