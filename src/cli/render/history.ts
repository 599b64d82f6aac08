import type { SecretHistory } from '../../project/secrets/secret-history.ts';
import { columns } from './table.ts';

export function historyText({ revisions }: SecretHistory): string {
  const rows = revisions.map(({ version, revision, date, commit, by, changed, verified }) => [
    String(version),
    String(revision),
    date ?? '-',
    commit?.slice(0, 12) ?? 'not committed',
    verified ? by : `${by} (not verified)`,
    changed.join(', ') || '-',
  ]);
  return `${columns([['VERSION', 'REVISION', 'DATE', 'COMMIT', 'SIGNED BY', 'CHANGED'], ...rows])}\n`;
}
