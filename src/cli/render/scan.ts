import type { ScanFinding, ScanReport } from '../../project/scanning/scan.ts';
import type { IgnoredFindings } from '../../project/scanning/scan-ignores.ts';
import { visibleLine, visibleName } from '../../text/visible.ts';
import { painter } from '../terminal/say.ts';
import { count } from './problems.ts';

export function scanText({ findings, ignored, files, values, skipped, notes }: ScanReport, color: boolean): string {
  const paint = painter(color);
  const found = findings.map(
    (one) => `${visibleName(one.file)}:${one.line}:${one.column}: ${paint(['red', 'bold'], whatText(one))}`,
  );
  const hints =
    findings.length === 0
      ? []
      : [
          '  next: take it out, and replace it at its source: what was committed or sent is known',
          '  next: if it is not a credential, mark its line: # lockstep: not-a-secret',
          `  next: where no comment can stand, in lockstep.yaml: scan: {ignore: [${entryText(findings[0])}]}`,
        ];
  const passed = skipped.map((file) =>
    paint('yellow', `${visibleName(file)}: passed over: larger than 8 MiB, or not readable`),
  );
  const said = notes.map((note) => paint('yellow', `note: ${visibleLine(note)}`));
  const passedOver = ignored.map((one) => paint('yellow', `passed over: ${ignoredText(one)}`));
  const result = findings.length === 0 ? 'nothing found' : count(findings.length, 'finding');
  const sum = `${result} (${count(files, 'file')}, ${count(values, 'value')} of the vault)`;
  return `${[...found, ...hints, ...passedOver, ...passed, ...said, sum].join('\n')}\n`;
}

/** The entry that would exclude this finding and no other. */
function entryText(finding: ScanFinding | undefined): string {
  const { file = '', secret } = finding ?? {};
  return `{${secret === undefined ? '' : `secret: ${secret.name}, `}path: ${JSON.stringify(visibleName(file))}}`;
}

function ignoredText({ by, findings, secret, path }: IgnoredFindings): string {
  if (by === 'comment') return `${count(findings, 'finding')} by a comment on the line`;
  const what = secret === undefined ? '' : ` of ${visibleName(secret)}`;
  const where = path === undefined ? '' : ` in ${visibleName(path)}`;
  return `${count(findings, 'finding')}${what}${where} by lockstep.yaml`;
}

function whatText({ secret, shape }: ScanFinding): string {
  return secret === undefined ? `looks like a credential (${shape})` : `the value of ${secret.name} of ${secret.group}`;
}
