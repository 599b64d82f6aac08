import type { ErrorCode } from '../../errors.ts';
import { type Problem, problem } from '../../text/problem.ts';
import { SourceFile } from '../../text/source.ts';
import { type Entry, entryFile } from '../../vault/format/entry-document.ts';
import { type VaultProblem, vaultProblemOf } from '../../vault/format/fault.ts';
import { type Group, ROOT_FILE } from '../../vault/format/root-document.ts';
import type { Vault } from '../../vault/vault.ts';
import { readSource } from '../repository/read-source.ts';

/** What `check` knows about the vault without a key. */
export interface VaultFacts {
  /** The secrets of every group; null where there is no vault. */
  readonly secretNames: ReadonlySet<string> | null;
  /** Group -> its secrets. */
  readonly namesIn: ReadonlyMap<string, ReadonlySet<string>>;
  /** The vault exists but cannot be read: its secrets are not checked. */
  readonly unreadable: boolean;
  /** The secrets of all groups, without those that cannot be trusted. */
  readonly entries: readonly Entry[];
  readonly groups: ReadonlyMap<string, Group>;
  readonly problems: readonly Problem[];
}

export async function vaultFacts(root: string, openVault: () => Promise<Vault | null>): Promise<VaultFacts> {
  try {
    const vault = await openVault();
    if (vault === null) return { ...NOTHING, unreadable: false, problems: [] };
    const groups = await Promise.all([...vault.groups.keys()].map((group) => vault.entries(group)));
    const entries = groups.flatMap((group) => group.entries);
    const findings = await vault.verify();
    const namesIn = new Map(
      [...vault.groups.keys()].map((group) => [group, namesOf(group, entries, findings)] as const),
    );
    const problems = [
      ...findings.map((finding) => findingProblem(root, finding)),
      ...entries.flatMap((entry) => exposure(root, entry)),
      ...unfinishedRekeys(root, vault),
      ...oldPin(root, vault),
    ];
    return {
      secretNames: new Set([...namesIn.values()].flatMap((names) => [...names])),
      namesIn,
      unreadable: false,
      entries,
      groups: vault.groups,
      problems,
    };
  } catch (error) {
    const problems = [findingProblem(root, vaultProblemOf(error, ROOT_FILE))];
    return { ...NOTHING, unreadable: true, problems };
  }
}

const NOTHING = { secretNames: null, namesIn: new Map(), entries: [], groups: new Map() };

/** A damaged secret still exists: it is reported as damaged, not also as missing. */
function namesOf(group: string, entries: readonly Entry[], findings: readonly VaultProblem[]): ReadonlySet<string> {
  const damaged = findings.flatMap(({ file }) => {
    const [, folder, name = ''] = /^vault\/([^/]+)\/([^/]+)\.yaml$/.exec(file) ?? [];
    return folder === group ? [name] : [];
  });
  return new Set([...entries.flatMap((entry) => (entry.group === group ? [entry.name] : [])), ...damaged]);
}

/** The place of a field in a secret's file. */
export function atField(root: string, file: string, field: string) {
  const source = sourceOf(root, file);
  const start = new RegExp(`^${field}:`, 'm').exec(source.text)?.index ?? 0;
  const end = source.text.indexOf('\n', start);
  return { source, range: { start, end: end === -1 ? start : end } };
}

/** A value that a former member knows is not secret: this is reported until the value changes. */
function exposure(root: string, { group, name, exposed }: Entry): Problem[] {
  if (exposed === undefined) return [];
  const who = exposed.join(' and ');
  return [
    problem('secret/exposed', `the value of ${name} in ${group} was readable by ${who}: rotate it`, {
      at: atField(root, entryFile(group, name), 'exposed'),
      severity: 'warning',
      hint: `replace it at its source, then: lockstep secret set ${name} --group ${group}`,
    }),
  ];
}

/** A removed member can continue from a root of their time, and a pin on such a root accepts both chains. */
function oldPin(root: string, vault: Vault): Problem[] {
  const removed = vault.removedSinceNamedRoot;
  if (removed.length === 0) return [];
  return [
    problem(
      'secret/old-pin',
      `LOCKSTEP_TRUST names a root that is older than the removal of ${removed.join(' and ')}`,
      {
        at: atField(root, ROOT_FILE, 'roots'),
        severity: 'warning',
        hint: `name the newest one: LOCKSTEP_TRUST=${vault.rootHash}`,
      },
    ),
  ];
}

function unfinishedRekeys(root: string, vault: Vault): Problem[] {
  return [...(vault.document.retired?.keys() ?? [])].map((group) =>
    problem('secret/vault', `the re-key of group ${group} was interrupted; every value is still readable`, {
      at: atField(root, ROOT_FILE, 'retired'),
      severity: 'warning',
      hint: `finish it: lockstep group rekey ${group}`,
    }),
  );
}

/** Only the user can settle these, and no command opens the secret until then: they do not have to stop other work. */
const OF_OWN_MAKING: ReadonlySet<ErrorCode> = new Set(['vault/undone', 'vault/forked']);

/** A vault's message begins with its place. An excerpt of ciphertext would not help, so only the line is shown. */
function findingProblem(root: string, { code, file, line = 1, message, hints }: VaultProblem): Problem {
  const source = sourceOf(root, file);
  const start = offsetOfLine(source.text, line);
  const text = message.startsWith(`${file}:`) ? message.replace(/^\S+:(?:\d+:)? /, '') : message;
  return problem('secret/vault', text, {
    at: { source, range: { start, end: start } },
    severity: OF_OWN_MAKING.has(code) ? 'warning' : 'error',
    hint: hints.join(' · '),
  });
}

function sourceOf(root: string, file: string): SourceFile {
  const read = readSource(root, file);
  return read instanceof SourceFile ? read : new SourceFile(file, '');
}

function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf('\n', offset);
    if (next === -1) break;
    offset = next + 1;
  }
  return offset;
}
