import type { SecretHistory } from '../../project/secrets/secret-history.ts';
import type { SecretList, SecretReport } from '../../project/secrets/secrets.ts';
import { visibleLine } from '../../text/visible.ts';
import type { VaultProblem } from '../../vault/format/fault.ts';
import { painter } from '../terminal/say.ts';
import { columns } from './table.ts';

/** A table of all secrets of a group, or of those that match the words. */
export function secretListText(list: SecretList, color: boolean, words?: string): string {
  const { group, secrets, findings, trusted } = list;
  const paint = painter(color);
  const head = ['NAME', 'VERSION', 'ROTATED', 'GRANTED TO', 'DESCRIPTION'];
  const rows = secrets.map((one) => [
    one.name,
    String(one.version),
    rotatedText(one),
    one.allow.join(' ') || '-',
    visibleLine(one.description),
  ]);
  const none = words === undefined ? 'no secrets' : `no secret matches "${visibleLine(words)}"`;
  const body = rows.length === 0 ? `${none} in the group "${group}"` : columns([head, ...rows]);
  const notes = trusted ? [] : [paint('yellow', 'this machine does not trust the vault yet: lockstep trust')];
  return `${[body, ...notes, ...findings.map((finding) => findingText(finding, color))].join('\n')}\n`;
}

export function secretText(secret: SecretReport & { readonly requestedBy: readonly string[] }): string {
  const rows: [string, string][] = [
    ['name', secret.name],
    ['group', secret.group],
    ['description', visibleLine(secret.description) || '-'],
    ['version', `${secret.version}, set on ${secret.rotated} by ${secret.by}`],
    ['granted to', secret.allow.join(', ') || 'nobody'],
    ['requested by', secret.requestedBy.join(', ') || 'no tool'],
  ];
  if (secret.exposed !== undefined) rows.push(['to rotate', `seen by ${secret.exposed.join(', ')}`]);
  if (secret.rotateEvery !== undefined) rows.push(['rotate every', secret.rotateEvery]);
  if (secret.expires !== undefined) rows.push(['expires', secret.expires]);
  rows.push(['value', `lockstep secret reveal ${secret.name}`]);
  return `${columns(rows)}\n`;
}

/** Marks values that a former member could read, and values that are due for rotation. */
function rotatedText({ rotated, exposed, due }: SecretReport): string {
  if (exposed !== undefined) return `${rotated}, to rotate: seen by ${exposed.join(', ')}`;
  if (due === undefined) return rotated;
  const what = due.state === 'expired' ? 'expired' : due.because === 'expires' ? 'expires' : 'to rotate since';
  return `${rotated}, ${what} ${due.on}`;
}

/** The message begins with its place. */
export function findingText({ message, hints, code }: VaultProblem, color: boolean): string {
  const paint = painter(color);
  return [
    `${paint(['red', 'bold'], 'error:')} ${visibleLine(message)} ${paint('dim', `[${code}]`)}`,
    ...hints.map((hint) => `  next: ${visibleLine(hint)}`),
  ].join('\n');
}

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
