import type { GroupReport, MemberReport, RemovalReport, SettledGroup } from '../../project/secrets/members.ts';
import type { NewIdentity } from '../../project/vault/new-identity.ts';
import { count } from './problems.ts';
import { columns } from './table.ts';

export function addedText({ name, reads, writes, admin }: MemberReport): string {
  const rights = [
    reads.length > 0 ? `reads ${reads.join(', ')}` : 'reads nothing',
    writes.length > 0 ? `writes ${writes.join(', ')}` : '',
    admin ? 'is an admin' : '',
  ];
  return `${name} ${rights.filter((right) => right !== '').join('; ')}\nnext: commit vault/ and let them run: lockstep trust\n`;
}

export function memberListText(members: readonly MemberReport[]): string {
  const rows = members.map(({ name, admin, reads, writes, card }) => [
    name,
    admin ? 'yes' : '-',
    reads.join(' ') || '-',
    writes.join(' ') || '-',
    card,
  ]);
  return `${columns([['NAME', 'ADMIN', 'READS', 'WRITES', 'CARD'], ...rows])}\n`;
}

/** Exactly which secrets to rotate, each with its command. */
export function removalText({ removed, root, rekeyed, exposed }: RemovalReport): string {
  const lines = [`removed ${removed}${rekeyed.length === 0 ? '' : `; new keys for ${rekeyed.join(', ')}`}`];
  if (exposed.length === 0) lines.push('there is no secret that they could read');
  else {
    lines.push(
      `${count(exposed.length, 'value')} that ${removed} could read, to be rotated at the source and then here:`,
    );
    for (const { group, name } of exposed) lines.push(`  lockstep secret set ${name} --group ${group}`);
    lines.push('`lockstep check` names them until that is done');
  }
  lines.push('where LOCKSTEP_TRUST names a root of this vault, as in CI, update it once this is merged:');
  lines.push(`  LOCKSTEP_TRUST=${root}`);
  return `${lines.join('\n')}\n`;
}

/** What else changed. */
export function settingText({ setting }: SettledGroup): string {
  if (setting === undefined) return '';
  return `wrote \`group: ${setting}\` into lockstep.yaml: commands use ${setting} where --group names no other\n`;
}

/** Says that the folder of a removed group holds other files. */
export function leftoversText(group: string, leftovers: boolean): string {
  return leftovers ? `vault/${group} holds other files and was kept\n` : '';
}

export function groupListText(groups: readonly GroupReport[]): string {
  const rows = groups.map(({ name, secrets, exposed, readers, writers, pinned, rekeying }) => [
    name,
    String(secrets),
    exposed.length === 0 ? '-' : String(exposed.length),
    readers.join(' '),
    writers.join(' ') || '-',
    [pinned ? 'pinned' : '', rekeying ? 'a re-key is under way' : ''].filter((word) => word !== '').join(', ') || '-',
  ]);
  return `${columns([['NAME', 'SECRETS', 'TO ROTATE', 'READERS', 'WRITERS', 'REMARKS'], ...rows])}\n`;
}

/** The card, and the people who can use it. */
export function newIdentityText({ identityFile, card, admins }: NewIdentity): string {
  return `${[
    `made your identity: ${identityFile} (keep a safe copy: without it the values are lost)`,
    `your card: ${card}`,
    admins === null
      ? 'next: an admin of a vault adds you with: lockstep member add NAME CARD --read GROUP'
      : `next: ${admins.join(' or ')} adds you with: lockstep member add NAME ${card} --read GROUP`,
  ].join('\n')}\n`;
}
