import { dirname, resolve } from 'node:path';
import { callTree, type Tool } from '../../definition/model/tool.ts';
import type { HandedFile } from '../../definition/model/tool-settings.ts';
import { LockstepError } from '../../errors.ts';
import { Hidden, isWithin } from '../../run/executors/sandbox/hidden.ts';
import { type Problem, problem } from '../../text/problem.ts';
import { readBeneath } from '../../util/beneath.ts';
import { pathsOnTheWay, realPath } from '../../util/real-path.ts';
import { SecretValue } from '../../vault/secret-value.ts';
import { acceptList, type CommittedList, isListAccepted } from '../repository/accepted.ts';
import { type Ambient, type Config, userFoldersOf } from '../repository/config.ts';
import type { Snapshot } from '../repository/snapshot.ts';
import type { VaultAccess } from '../vault/vault-access.ts';
import { expanded, homesOf } from './sandbox-list.ts';

/*
 * lockstep.yaml may hand files of this machine to containers. Anyone who can push can write it, so it has an effect
 * only if this machine's user accepted exactly this list; and no list hands out an identity, or Lockstep's own files.
 */

/** The parts of a repository and this machine that decide which files are handed out. */
interface MachineFileScope {
  readonly root: string;
  readonly snapshot: Snapshot;
  readonly vault: Pick<VaultAccess, 'env' | 'identityPlaces'>;
}

/** A requested file of the machine: its content, or why it is not handed out. */
type Reading = { readonly bytes: Uint8Array } | { readonly fault: string };

const LARGEST = 1024 * 1024;

/** The files that lockstep.yaml hands out: the path that a tool names -> the file, and the tools that get it. */
export function handedFiles({ machineFiles }: Config): ReadonlyMap<string, HandedFile> {
  const all = [...(machineFiles ?? [])];
  return new Map(all.flatMap(([path, given]) => ('file' in given ? [[path, given] as const] : [])));
}

/** Why a tool, or one that it calls, does not get a file of the machine. */
export function machineFileProblems(repository: MachineFileScope, tool: Tool): Problem[] {
  const { root, snapshot, vault } = repository;
  const isTrusted = isListAccepted(committed(root, snapshot.config), vault.env);
  return wantedFiles(repository, tool).flatMap(({ path, owner }) => {
    const say = (why: string, hint?: string) =>
      problem('reference/unknown-file', `lockstep.yaml hands ${path} of this machine to ${owner.name}, ${why}`, {
        at: owner.container?.at,
        hint,
      });
    if (!isTrusted) return [say('and this machine has not accepted that', 'lockstep trust --machine-files')];
    const read = readMachineFile(repository, path);
    if ('bytes' in read) new SecretValue(read.bytes).dispose();
    return 'fault' in read ? [say(`and it ${read.fault}`, HINT)] : [];
  });
}

const HINT = 'name another file in lockstep.yaml, or map the path to a secret: {secret: NAME}';

/**
 * The content of the files that the tool and the tools it calls get, by path as it is written. The run masks it.
 * @throws LockstepError `project/untrusted` where a file has changed since the plan was made
 */
export function openMachineFiles(repository: MachineFileScope, tool: Tool): Map<string, SecretValue> {
  const values = new Map<string, SecretValue>();
  for (const { path } of wantedFiles(repository, tool)) {
    if (values.has(path)) continue;
    const read = readMachineFile(repository, path);
    if ('bytes' in read) values.set(path, new SecretValue(read.bytes));
    else {
      for (const value of values.values()) value.dispose();
      throw new LockstepError('project/untrusted', `${path} of this machine ${read.fault}`, [HINT]);
    }
  }
  return values;
}

function wantedFiles({ snapshot }: MachineFileScope, tool: Tool): { readonly path: string; readonly owner: Tool }[] {
  return callTree(tool, snapshot.catalog.tools).flatMap((owner) =>
    (owner.container?.files ?? []).flatMap(({ machine }) => (machine === undefined ? [] : [{ path: machine, owner }])),
  );
}

/** File systems of the kernel: /proc holds the environment of this process. */
const OF_THE_KERNEL = ['/proc', '/sys', '/dev'];

/** Judges and reads a file by its real path, which has no links. */
function readMachineFile({ root, vault }: MachineFileScope, path: string): Reading {
  const written = resolve(expanded(path, homesOf(vault.env)));
  const real = realPath(written);
  const { state, cache, identityFile } = userFoldersOf(vault.env);
  const hidden = new Hidden([...vault.identityPlaces, dirname(identityFile), state, cache]);
  if (pathsOnTheWay(written).some((one) => isWithin(one, realPath(root))))
    return { fault: 'lies in the repository or is reached through it, so anyone who can push decides where it leads' };
  if (hidden.covers(real)) return { fault: 'belongs to Lockstep itself' };
  if (OF_THE_KERNEL.some((folder) => isWithin(real, folder))) return { fault: 'is made by the kernel' };
  const read = readBeneath('/', real.slice(1), LARGEST);
  if ('fault' in read) return { fault: FAULTS[read.fault] };
  return HOLDS_IDENTITY.test(read.bytes.toString('latin1')) ? { fault: 'holds an age identity' } : read;
}

const HOLDS_IDENTITY = /AGE-SECRET-KEY-/i;

const FAULTS = {
  missing: 'does not exist',
  link: 'is a symbolic link that leads nowhere',
  'not-a-file': 'is not a regular file',
  'too-large': 'is larger than 1 MiB',
  unreadable: 'cannot be read',
} as const;

/** Records on this machine that the files, as lockstep.yaml names them now, may be handed out for this repository. */
export async function trustMachineFiles(root: string, config: Config, env: Ambient): Promise<void> {
  await acceptList(committed(root, config), env);
}

function committed(root: string, config: Config): CommittedList {
  return { kind: 'machine-files', root, list: Object.fromEntries(handedFiles(config)) };
}
