// All findings of a document, whatever it is, from the rooms that make them.
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import * as l10n from '@vscode/l10n';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { infoEntries, type EntryPlace } from '../daemon/recipe/assist/info-targets.ts';
import { countText } from '../daemon/recipe/assist/numbers.ts';
import { checkRecipe } from '../daemon/recipe/check.ts';
import { inspectDatasetInfo } from '../daemon/recipe/dataset-info/check.ts';
import type { DataFacts } from '../daemon/recipe/dataset-info/facts.ts';
import { templateFinding } from '../daemon/data/template/template-finding.ts';
import type { Finding } from '../daemon/recipe/finding.ts';
import { withoutIgnored } from '../daemon/recipe/ignore.ts';
import { pathOf, type Session } from './session.ts';
import { usesOf } from './dataset-use.ts';

export async function findingsIn(session: Session, document: TextDocument): Promise<readonly Finding[]> {
  switch (session.kindOf(document)) {
    case 'recipe':
      return recipeFindings(session, document);
    case 'dataset-info':
      return infoFindings(session, document);
    case 'rows': {
      const { rowFindings } = await import('./data-room.ts');
      return rowFindings(session, document);
    }
    case 'draft':
    case 'other':
      return [];
  }
}

function recipeFindings(session: Session, document: TextDocument): readonly Finding[] {
  const [text, file] = [document.getText(), pathOf(document.uri) ?? document.uri];
  const options = { files: session.filesOf(document), machine: { memory: totalmem() } };
  const { findings, recipe, given, resolved } = checkRecipe(text, file, [], options);
  const isSound = findings.every(({ severity }) => severity !== 'error');
  const verdict = isSound ? session.data.templateVerdict({ recipe, given }, session.baseFolder(document)) : undefined;
  const ofTemplate = verdict ? [templateFinding(resolved.document, verdict)] : [];
  return withoutIgnored([...findings, ...ofTemplate], text, file);
}

async function infoFindings(session: Session, document: TextDocument): Promise<readonly Finding[]> {
  const path = pathOf(document.uri);
  const text = document.getText();
  if (path === undefined) return inspectDatasetInfo(text, document.uri).findings;
  const facts = new Map<string, DataFacts>();
  const entries = infoEntries(text);
  for (const file of entries.flatMap((entry) => fileOf(entry) ?? []))
    facts.set(file, (await session.data.looks.look(dirname(path), file)).facts);
  const { findings, sound } = inspectDatasetInfo(text, path, (file) => facts.get(file));
  // rows are read as a whole for files that somebody looks at
  if (session.documents.get(document.uri) !== document) return findings;
  const summaries = entries.filter(({ name }) => sound.includes(name)).flatMap((entry) => summaryOf(session, document, path, entry) ?? []); // prettier-ignore
  return [...findings, ...summaries];
}

const fileOf = ({ fields }: EntryPlace): string | undefined =>
  fields.find(({ name, isText, value }) => name === 'file_name' && isText && value.text !== '')?.value.text;

/** One sentence on the rows of an entry, once they have been checked. */
function summaryOf(session: Session, document: TextDocument, path: string, entry: EntryPlace): Finding | undefined {
  const file = fileOf(entry);
  const field = entry.fields.find(({ name }) => name === 'file_name');
  if (file === undefined || !field) return undefined;
  const found = session.data.summary(path, entry.name, file, usesOf(session, path, entry.name));
  if (!found?.first) return undefined;
  const { errors, warnings, rows, first, isWhole } = found;
  const where = isWhole ? l10n.t('{0} rows', countText(rows)) : l10n.t('the first {0} rows', countText(rows));
  const message = l10n.t('Errors in {0}: {1}, warnings: {2}. The first, in line {3}: {4}', where, countText(errors), countText(warnings), first.line, first.message); // prettier-ignore
  const [start, end] = [document.positionAt(field.value.from), document.positionAt(field.value.to)];
  const range = {
    line: start.line + 1,
    column: start.character + 1,
    endLine: end.line + 1,
    endColumn: end.character + 1,
  };
  return { file: path, ...range, severity: errors > 0 ? 'warning' : 'info', code: 'rows-summary', message };
}
