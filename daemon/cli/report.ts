// Findings for people, scripts, GitHub and code scanners.
import { editsOf, formatFinding, type Finding, type Fix, type Severity } from '../recipe/finding.ts';

export const reportFormats = ['text', 'json', 'github', 'sarif'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** The whole report as text, without a line break at its end; empty where there is nothing to say. */
export function report(findings: readonly Finding[], format: ReportFormat, version: string): string {
  if (format === 'json') return JSON.stringify(findings.map(toJson));
  if (format === 'sarif') return JSON.stringify(toSarif(findings, version), null, 1);
  if (format === 'github') return findings.filter(({ severity }) => severity !== 'hint').map(toGitHub).join('\n'); // prettier-ignore
  return findings.filter(({ severity }) => severity !== 'hint').map(formatFinding).join('\n'); // prettier-ignore
}

/** A finding as scripts see it. 1-based, end exclusive. */
const toJson = ({ file, line, column, endLine, endColumn, severity, code, message, fix }: Finding): object => ({
  file,
  line,
  column,
  endLine,
  endColumn,
  severity,
  code,
  message,
  ...(fix ? { fix: { title: fix.title, text: fix.text } } : {}),
});

const gitHubLevels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice', hint: 'notice' }; // prettier-ignore

/** A workflow command: docs.github.com, "Workflow commands for GitHub Actions". */
function toGitHub({ file, line, column, endLine, endColumn, severity, code, message }: Finding): string {
  const value = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => value(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  // columns are shown for one line only
  const columns = line === endLine ? `,col=${column},endColumn=${Math.max(endColumn, column)}` : '';
  return `::${gitHubLevels[severity]} file=${property(file)},line=${line},endLine=${endLine}${columns},title=${property(code)}::${value(message)}`;
}

const sarifLevels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note', hint: 'note' }; // prettier-ignore

/** SARIF 2.1.0 (docs.oasis-open.org/sarif). */
function toSarif(findings: readonly Finding[], version: string): object {
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const rules = codes.map((id) => ({ id, name: id }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Anneal', semanticVersion: version, rules } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.code,
          ruleIndex: codes.indexOf(finding.code),
          level: sarifLevels[finding.severity],
          message: { text: finding.message },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(finding.file) }, region: regionOf(finding) } }], // prettier-ignore
          ...(finding.fix ? { fixes: [toSarifFix(finding, finding.fix)] } : {}),
        })),
      },
    ],
  };
}

const regionOf = ({ line, column, endLine, endColumn }: Pick<Finding, 'line' | 'column' | 'endLine' | 'endColumn'>): object => ({ startLine: line, startColumn: column, endLine, endColumn }); // prettier-ignore

function toSarifFix(finding: Finding, fix: Fix): object {
  const byFile = Object.groupBy(editsOf(finding, fix), ({ file = finding.file }) => file);
  return {
    description: { text: fix.title },
    artifactChanges: Object.entries(byFile).map(([file, edits = []]) => ({
      artifactLocation: { uri: uriOf(file) },
      replacements: edits.map(({ range, text }) => ({ deletedRegion: regionOf(range), insertedContent: { text } })),
    })),
  };
}

/** A path as a relative URI. */
const uriOf = (file: string): string =>
  file.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/').replace(/^([A-Za-z])%3A\//, 'file:///$1:/').replace(/^\//, 'file:///'); // prettier-ignore
