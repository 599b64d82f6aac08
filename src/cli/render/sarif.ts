import { type Location, PROBLEM_CODES, type Problem, type ProblemCode } from '../../text/problem.ts';
import { visibleLine } from '../../text/visible.ts';
import { VERSION } from '../../util/version.ts';

/** The base of the paths, by the usual name in SARIF: the top of the checkout. */
const BASE = '%SRCROOT%';

/**
 * A SARIF 2.1.0 log: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * @param prefix of paths: the path of the repository's root in the work tree
 * @param pages the page of each code (problem-pages.ts)
 */
export function sarifLog(problems: readonly Problem[], prefix: string, pages: ReadonlyMap<string, string>) {
  const codes = [...new Set(problems.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'lockstep',
            semanticVersion: VERSION,
            rules: codes.map((code) => ruleOf(code, pages.get(code))),
          },
        },
        // Columns count UTF-16 code units, as in editors.
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [BASE]: { description: { text: 'The top of the work tree.' } } },
        results: problems.map((one) => ({ ruleIndex: codes.indexOf(one.code), ...resultOf(one, prefix) })),
      },
    ],
  };
}

function ruleOf(code: ProblemCode, page: string | undefined) {
  return {
    id: code,
    shortDescription: { text: sentence(PROBLEM_CODES[code]) },
    ...(page !== undefined && { help: { text: firstParagraph(page), markdown: page } }),
  };
}

function resultOf({ code, severity, message, hint, at, related = [] }: Problem, prefix: string) {
  return {
    ruleId: code,
    level: severity,
    message: { text: plainText(hint === undefined ? message : `${message}\nhint: ${hint}`) },
    ...(at !== undefined && { locations: [{ physicalLocation: physical(at, prefix) }] }),
    ...(related.length > 0 && {
      relatedLocations: related.map((one, id) => ({
        id,
        physicalLocation: physical(one.at, prefix),
        message: { text: plainText(one.message) },
      })),
    }),
  };
}

/** Both ends are 1-based in SARIF too, and its end is the column after the last one. */
function physical({ source, range }: Location, prefix: string) {
  const start = source.position(range.start);
  const end = source.position(range.end);
  const uri = (prefix + source.path).toWellFormed().split('/').map(encodeURIComponent).join('/');
  return {
    artifactLocation: { uri, uriBaseId: BASE },
    region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
  };
}

/** A name that was written `[text](target)` must not become a link in a viewer. */
function plainText(text: string): string {
  return text.split('\n').map(visibleLine).join('\n').replaceAll('](', '] (');
}

function firstParagraph(page: string): string {
  return (page.split('\n\n', 1)[0] ?? '').replaceAll('\n', ' ');
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
