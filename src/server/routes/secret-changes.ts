import { pinnedGrants } from '../../project/secrets/pinned-grants.ts';
import { copySecret, rollbackSecret } from '../../project/secrets/secret-relocation.ts';
import type { SetReport } from '../../project/secrets/secrets.ts';
import { Refusal } from '../access/refusal.ts';
import { type Operation, operation } from './operation.ts';
import { addressed, changed, requireConfirmed, SECRET_PATH } from './secret-call.ts';

interface Words {
  readonly description?: string;
  readonly rotateEvery?: string | null;
  readonly expires?: string | null;
}

interface Value extends Words {
  readonly value: string;
  readonly encoding?: 'utf8' | 'base64';
}

/** Changes of secrets. */
export const SECRET_CHANGE_OPERATIONS: readonly Operation[] = [
  operation<Value & { readonly name: string; readonly allow?: readonly string[]; readonly pin?: boolean }>({
    id: 'createSecret',
    method: 'post',
    path: '/secrets/{group}',
    scope: 'write',
    summary: 'Store a new secret',
    body: 'SecretCreation',
    status: 201,
    answer: 'SecretChange',
    async handle(call) {
      const { name, value, encoding, allow, pin, ...words } = call.body;
      const { group, project, secrets } = addressed(call);
      call.caller.requireGrants(allow ?? []);
      const known = (await secrets.list(group)).secrets.some((one) => one.name === name);
      if (known)
        throw new Refusal(409, 'name/taken', `"${name}" is in group "${group}" already`, ['set a new value instead']);
      const grants = pin && allow ? pinnedGrants(project, name, allow) : allow;
      const options = { ...metadata(words), group, ...(grants && { allow: grants }) };
      return changed(call, name, () => secrets.set(name, bytesOf(value, encoding), options));
    },
  }),
  operation<Value & { readonly from?: number }>({
    id: 'setSecretValue',
    method: 'put',
    path: `${SECRET_PATH}/value`,
    scope: 'write',
    summary: 'Store the next value of a secret; the value cannot be read back',
    body: 'SecretValue',
    answer: 'SecretChange',
    async handle(call): Promise<SetReport> {
      const { value, encoding, from, ...words } = call.body;
      const { group, name, secrets } = addressed(call);
      const options = { ...metadata(words), group, ...(from !== undefined && { from }) };
      return changed(call, name, () => secrets.rotate(name, bytesOf(value, encoding), options));
    },
  }),
  operation<Words>({
    id: 'describeSecret',
    method: 'patch',
    path: SECRET_PATH,
    scope: 'write',
    summary: 'Change the description or the dates of a secret',
    body: 'SecretDescription',
    answer: 'Secret',
    async handle(call) {
      const { group, name, secrets } = addressed(call);
      return changed(call, name, () => secrets.describe(name, metadata(call.body), group));
    },
  }),
  operation<{ readonly name: string }>({
    id: 'removeSecret',
    method: 'delete',
    path: SECRET_PATH,
    scope: 'write',
    summary: 'Remove a secret; the body repeats its name',
    body: 'Confirmation',
    answer: 'Removed',
    async handle(call) {
      const { group, name, secrets } = addressed(call);
      requireConfirmed(call.body.name, name);
      await changed(call, name, () => secrets.remove(name, group));
      return { removed: name, group };
    },
  }),
  operation<{ readonly grants: readonly string[]; readonly pin?: boolean }>({
    id: 'grantSecret',
    method: 'post',
    path: `${SECRET_PATH}/grant`,
    scope: 'write',
    summary: 'Grant a secret to tools or agents',
    body: 'GrantRequest',
    answer: 'Secret',
    async handle(call) {
      const { group, name, project, secrets } = addressed(call);
      const { grants, pin } = call.body;
      call.caller.requireGrants(grants);
      const named = pin ? pinnedGrants(project, name, grants) : grants;
      return changed(call, name, () => secrets.grant(name, named, group));
    },
  }),
  operation<{ readonly grants: readonly string[] }>({
    id: 'revokeSecret',
    method: 'post',
    path: `${SECRET_PATH}/revoke`,
    scope: 'write',
    summary: 'Take back grants of a secret',
    body: 'GrantChange',
    answer: 'Secret',
    async handle(call) {
      const { group, name, secrets } = addressed(call);
      return changed(call, name, () => secrets.revoke(name, call.body.grants, group));
    },
  }),
  operation<{ readonly to: string }>({
    id: 'moveSecret',
    method: 'post',
    path: `${SECRET_PATH}/move`,
    scope: 'write',
    summary: 'Move a secret to another group, without its grants',
    body: 'SecretMove',
    answer: 'Secret',
    async handle(call) {
      const { group, name, project } = addressed(call);
      const { to } = call.body;
      call.caller.requireGroup(to);
      return changed(call, name, () => copySecret(project, name, { to, group, withGrants: false, move: true }));
    },
  }),
  operation<{ readonly version: number }>({
    id: 'rollbackSecret',
    method: 'post',
    path: `${SECRET_PATH}/rollback`,
    scope: 'write',
    summary: 'Store the value of a former version as the next one',
    body: 'RollbackRequest',
    answer: 'Secret',
    async handle(call) {
      const { group, name, project } = addressed(call);
      return changed(call, name, () => rollbackSecret(project, name, call.body.version, group));
    },
  }),
];

function bytesOf(value: string, encoding: Value['encoding'] = 'utf8'): Uint8Array {
  const bytes = Buffer.from(value, encoding);
  if (encoding === 'base64' && bytes.toString('base64') !== value)
    throw new Refusal(400, 'request/value', 'the value is not canonical base64');
  return bytes;
}

function metadata({ description, rotateEvery, expires }: Words): Words {
  return {
    ...(description !== undefined && { description }),
    ...(rotateEvery !== undefined && { rotateEvery }),
    ...(expires !== undefined && { expires }),
  };
}
