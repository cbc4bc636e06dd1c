// Answers to what a view asks of its dataset.
import { templateNames } from '../../recipe/template-names.ts';
import type { Job } from '../../data/view/job.ts';
import { filters } from '../../data/view/scan.ts';
import type { ViewQuestion } from './messages.ts';
import type { VersionedView } from './views.ts';

export async function answerView(opened: VersionedView, question: ViewQuestion): Promise<unknown> {
  const { view, version } = opened;
  switch (question.what) {
    case 'state':
      return await state(opened);
    case 'rows': {
      const { first, count, filter, terms, file, longestFirst } = question;
      const { rows, total } = await view.rows({ filter, terms, file, longestFirst }, first, count);
      return { version, rows, total: total ?? null };
    }
    case 'row':
      return { version, ...(await view.row(question.row)) };
    case 'place':
      return { version, row: (await view.rowAt(question.file, question.line)) ?? null };
    case 'scan':
      return await scan(opened, question.action, question.terms);
  }
}

async function state({ view, version, datasets, rendered, problem }: VersionedView): Promise<unknown> {
  const { rows, about, indexed, files } = await view.extent();
  const { columns, findings } = await view.shape();
  const { name, parts } = view;
  return {
    version,
    name,
    datasets,
    files,
    rows: rows ?? null,
    about: about ?? null,
    indexed,
    formatting: parts.entry.formatting,
    ranking: parts.entry.ranking,
    columns,
    findings,
    rendered: rendered
      ? {
          stage: rendered.data.stage,
          template: rendered.data.templateName ?? null,
          cutoffLength: rendered.data.blockLength,
          packing: rendered.data.packing,
          model: rendered.model,
        }
      : null,
    problem,
    templates: templateNames,
  };
}

async function scan(
  { view, version }: VersionedView,
  action: 'start' | 'look' | 'stop',
  terms: Parameters<typeof view.startFind>[0] | undefined,
): Promise<unknown> {
  if (action === 'stop') view.stop();
  const scanned = action === 'start' ? await view.startScan() : view.scan;
  const find = terms && (action === 'stop' ? view.find(terms) : await view.startFind(terms));
  const figures = await view.figures();
  return {
    version,
    scan: scanned ? { ...progress(scanned), counts: Object.fromEntries(filters.map((filter) => [filter, scanned.sets[filter].size])) } : null, // prettier-ignore
    find: find ? { ...progress(find), found: find.found.size } : null,
    figures: figures ? { isSample: figures.isSample, ...figures.figures } : null,
  };
}

const progress = ({ state, done, total, problem }: Job): object => ({ state, done, total, problem });
