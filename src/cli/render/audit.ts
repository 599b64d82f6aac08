import type { AuditRecord } from '../../project/vault/audit.ts';
import { visibleLine } from '../../text/visible.ts';
import { columns } from './table.ts';

export function auditText(records: readonly AuditRecord[]): string {
  if (records.length === 0) return 'nothing recorded\n';
  const rows = records.map((one) => [
    one.time.replace(/\.\d+Z$/, 'Z'),
    one.action,
    one.member ?? '-',
    (one.secrets ?? []).map(({ name, version }) => `${name}@${version}`).join(' ') || '-',
    visibleLine(
      [one.tool, one.agent && `through ${one.agent}`, one.run, one.detail, one.actor && `by ${one.actor}`]
        .filter((part) => part !== undefined)
        .join(' '),
    ),
  ]);
  return `${columns([['TIME', 'ACTION', 'BY', 'SECRETS', 'ABOUT'], ...rows])}\n`;
}
