import { LockstepError } from '../../errors.ts';
import { locationText as placeOf } from '../../text/excerpt.ts';
import { addGroup, rekeyGroup, setPinned } from '../../vault/changes/group-changes.ts';
import { type GroupEnd, removeGroup, renameGroup, secretsToLose } from '../../vault/changes/group-removal.ts';
import { addMember } from '../../vault/changes/member-adding.ts';
import { type MemberRemoval, removeMember } from '../../vault/changes/member-removal.ts';
import type { VaultChange } from '../../vault/changes/vault-editor.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import { cardText, parseCard } from '../../vault/identity/member-card.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Project } from '../project.ts';
import { requireSoundConfig } from '../repository/config.ts';
import { withAuditRecord } from '../vault/audited.ts';
import { writeGroupSetting } from './group-setting.ts';

/** One member, without anything secret. */
export interface MemberReport {
  readonly name: string;
  readonly card: string;
  readonly admin: boolean;
  /** The groups that the member can read. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

export interface GroupReport {
  readonly name: string;
  /** The number of the group's current key. */
  readonly epoch: number;
  readonly pinned: boolean;
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  readonly secrets: number;
  /** Names of the secrets that a removed member could read and whose value has not changed since. */
  readonly exposed: readonly string[];
  /** A re-key was begun and has not reached every secret. */
  readonly rekeying: boolean;
}

/** Side effects of a change of groups. */
export interface SettledGroup {
  /** The group that lockstep.yaml names now, if the name changed. */
  readonly setting?: string;
}

export interface RemovalReport extends MemberRemoval {
  readonly removed: string;
  /** Hash of the newest root: the value that CI has to set in LOCKSTEP_TRUST. */
  readonly root: string;
}

export interface MemberWish {
  /** `age1...:SIGNINGKEY`, or a recipient alone; absent for an existing member. */
  readonly card?: string;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly admin: boolean;
}

/** The operations of admins on the members and groups of a project's vault. */
export class Members {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  async list(): Promise<readonly MemberReport[]> {
    const vault = await this.#project.vault.require();
    return [...vault.members.keys()].map((name) => memberReport(vault, name));
  }

  async add(name: string, { card: text, ...rights }: MemberWish): Promise<MemberReport> {
    if (rights.read.length + rights.write.length === 0 && !rights.admin)
      throw new LockstepError('usage/invalid', 'a new member needs at least one right', [
        `lockstep member add ${name} CARD --read GROUP`,
        'lockstep member add --help',
      ]);
    const card = text === undefined ? undefined : parseCard(text);
    if (card === null)
      throw new LockstepError(
        'usage/invalid',
        'this is neither a member card (age1...:SIGNINGKEY) nor an age recipient',
        ['let them show theirs: lockstep whoami'],
      );
    const addition = { name, ...rights, ...(card !== undefined && { card }) };
    const detail = `added ${name} ${rightsText(rights)}`;
    const vault = await this.#change('members', addMember(addition), { detail });
    return memberReport(vault, name);
  }

  async remove(name: string): Promise<RemovalReport> {
    const removal = await this.#change('members', removeMember(name), { detail: `removed ${name}` });
    const { rootHash: root } = await this.#project.vault.require();
    return { removed: name, root, ...removal };
  }

  async groups(): Promise<readonly GroupReport[]> {
    const vault = await this.#project.vault.require();
    return Promise.all([...vault.groups.keys()].map((name) => groupReport(vault, name)));
  }

  /** With a second group, commands would no longer know which group is meant: so lockstep.yaml then names the first. */
  async addGroup(name: string, pinned: boolean): Promise<GroupReport & SettledGroup> {
    const settled: { setting?: string } = {};
    const beforehand = async ({ groups }: Vault) => {
      const [only, ...others] = groups.keys();
      if (only === undefined || others.length > 0 || this.#config.group !== undefined) return;
      await this.#writeSetting(only);
      settled.setting = only;
    };
    const vault = await this.#groupChange(name, addGroup({ name, pinned, beforehand }), 'added');
    return { ...(await groupReport(vault, name)), ...settled };
  }

  /**
   * How many secrets are lost with the group.
   * @throws LockstepError `group/needed` for the last group, and for the one that lockstep.yaml names
   */
  async secretsToLose(name: string): Promise<number> {
    const { group, groupAt } = this.#config;
    if (group === name && groupAt !== undefined)
      throw new LockstepError('group/needed', `${placeOf(groupAt)}: "${name}" is the group of this repository`, [
        'name another one there: `group: NAME`',
      ]);
    return secretsToLose(this.#project.vault.store, await this.#project.vault.require(), name);
  }

  /** @throws the errors of `secretsToLose` */
  async removeGroup(name: string): Promise<GroupEnd & { readonly secrets: number }> {
    await this.secretsToLose(name);
    return this.#groupChange(name, removeGroup(name), 'removed');
  }

  /** If lockstep.yaml names the group, it has the new name afterwards. */
  async renameGroup(from: string, to: string): Promise<GroupReport & GroupEnd & SettledGroup> {
    const isNamed = this.#config.group === from;
    const beforehand = async () => {
      if (isNamed) await this.#writeSetting(to);
    };
    const rename = renameGroup({ from, to, beforehand });
    const { vault, leftovers } = await this.#groupChange(from, rename, `renamed to ${to}`);
    return { ...(await groupReport(vault, to)), leftovers, ...(isNamed && { setting: to }) };
  }

  get #config() {
    return this.#project.snapshot.config;
  }

  async #writeSetting(group: string): Promise<void> {
    requireSoundConfig(this.#config);
    await writeGroupSetting(this.#project.root, group);
  }

  async setPinned(name: string, pinned: boolean): Promise<GroupReport> {
    const detail = pinned ? 'pinned' : 'no longer pinned';
    return groupReport(await this.#groupChange(name, setPinned({ name, pinned }), detail), name);
  }

  /** `begun`: a new key was made; otherwise an earlier re-key was finished. */
  async rekey(name: string): Promise<{ readonly group: GroupReport; readonly begun: boolean }> {
    const { vault, begun } = await this.#groupChange(name, rekeyGroup(name), 're-keyed');
    return { group: await groupReport(vault, name), begun };
  }

  #groupChange<T>(group: string, change: VaultChange<T>, detail: string): Promise<T> {
    return this.#change('groups', change, { group, detail });
  }

  async #change<T>(
    action: 'members' | 'groups',
    change: VaultChange<T>,
    about: { readonly group?: string; readonly detail: string },
  ): Promise<T> {
    const act = (identity: Identity) => this.#project.vault.edit(identity, change);
    return withAuditRecord(this.#project, await this.#project.vault.require(), { action, about: () => about }, act);
  }
}

function rightsText({ read, write, admin }: Omit<MemberWish, 'card'>): string {
  return [
    ...read.map((group) => `read:${group}`),
    ...write.map((group) => `write:${group}`),
    ...(admin ? ['admin'] : []),
  ].join(' ');
}

function memberReport(vault: Vault, name: string): MemberReport {
  const member = vault.members.get(name);
  const groupsWith = (role: 'readers' | 'writers') =>
    [...vault.groups].flatMap(([group, state]) => (state[role].includes(name) ? group : []));
  return {
    name,
    card: member === undefined ? '' : cardText(member),
    admin: member?.admin === true,
    reads: groupsWith('readers'),
    writes: groupsWith('writers'),
  };
}

async function groupReport(vault: Vault, name: string): Promise<GroupReport> {
  const { epoch, pinned, readers, writers } = vault.requireGroup(name);
  const { entries } = await vault.entries(name);
  const exposed = entries.flatMap((entry) => (entry.exposed === undefined ? [] : entry.name));
  const rekeying = vault.document.retired?.has(name) === true;
  return { name, epoch, pinned, readers, writers, secrets: entries.length, exposed, rekeying };
}
