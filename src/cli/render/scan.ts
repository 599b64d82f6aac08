import type { ScanFinding, ScanReport } from '../../project/scan.ts';
import { visibleLine, visibleName } from '../../text/visible.ts';
import { painter } from '../style.ts';
import { count } from './problems.ts';

export function scanText({ findings, files, values, skipped, notes }: ScanReport, color: boolean): string {
  const paint = painter(color);
  const found = findings.map(
    (one) => `${visibleName(one.file)}:${one.line}:${one.column}: ${paint(['red', 'bold'], whatText(one))}`,
  );
  const hints =
    findings.length === 0
      ? []
      : [
          '  next: take it out, and replace it at its source: what was committed or sent is known',
          '  next: if it is none, say so on its line: # lockstep: not-a-secret',
        ];
  const passed = skipped.map((file) =>
    paint('yellow', `${visibleName(file)}: passed over: larger than 8 MiB, or not readable`),
  );
  const said = notes.map((note) => paint('yellow', `note: ${visibleLine(note)}`));
  const result = findings.length === 0 ? 'nothing found' : count(findings.length, 'finding');
  const sum = `${result} (${count(files, 'file')}, ${count(values, 'value')} of the vault)`;
  return `${[...found, ...hints, ...passed, ...said, sum].join('\n')}\n`;
}

function whatText({ secret, shape }: ScanFinding): string {
  return secret === undefined ? `looks like a credential (${shape})` : `the value of ${secret.name} of ${secret.group}`;
}
