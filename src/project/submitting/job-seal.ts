import { randomBytes } from 'node:crypto';
import type { Job, SealedArguments } from '../../engine/postgres/job.ts';
import { LockstepError } from '../../errors.ts';
import { OutputSeal } from '../../run/step/output-seal.ts';
import type { JsonValue } from '../../text/node.ts';
import { isRecord } from '../../util/guards.ts';
import type { Identity } from '../../vault/identity/identity.ts';
import type { Vault } from '../../vault/vault.ts';

type Arguments = Readonly<Record<string, JsonValue>>;

/** Only members who may read the group open them; they belong to one run. */
export function sealArguments(
  vault: Vault,
  identity: Identity,
  { group, run, args }: { readonly group: string; readonly run: string; readonly args: Arguments },
): SealedArguments {
  const salt = randomBytes(16).toString('base64url');
  return { group, salt, text: sealOf(vault, identity, group, salt).seal(run, 'arguments', JSON.stringify(args)) };
}

/** @throws LockstepError `engine/refused`, or what the vault says where the identity may not read the group */
export function openArguments(vault: Vault, identity: Identity, { run, sealed, args = {} }: Job): Arguments {
  if (sealed === undefined) return args;
  const { group, salt, text } = sealed;
  const opened = sealOf(vault, identity, group, salt).open(run, 'arguments', text);
  const parsed: unknown = opened === null ? null : JSON.parse(opened);
  if (isRecord(parsed)) return parsed as Arguments;
  throw new LockstepError('engine/refused', 'its arguments were sealed under another key of the group', [
    'submit it again: lockstep run TOOL',
  ]);
}

function sealOf(vault: Vault, identity: Identity, group: string, salt: string): OutputSeal {
  return new OutputSeal(vault.groupKey(group, identity).derive(`lockstep/1 run arguments ${salt}`));
}
