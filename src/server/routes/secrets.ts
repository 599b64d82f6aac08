import { accessMatrix } from '../../project/secrets/access-matrix.ts';
import { secretHistory } from '../../project/secrets/secret-history.ts';
import { Secrets } from '../../project/secrets/secrets.ts';
import { type Operation, operation } from './operation.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';
import { addressed, SECRET_PATH } from './secret-call.ts';

const GROUP = { description: 'the group; absent: the one that commands use', schema: { type: 'string' } } as const;
/** Secrets as everybody may see them. */
export const SECRET_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'listSecrets',
    method: 'get',
    path: '/secrets',
    scope: 'read',
    summary: 'The secrets of a group: names, descriptions, dates, grants',
    query: {
      group: GROUP,
      match: { description: 'a part of the name or the description', schema: { type: 'string' } },
      ...PAGE_QUERY,
    },
    answer: 'SecretList',
    async handle({ served: { live }, caller, query }) {
      const { secrets, ...list } = await new Secrets(live.project).list(query.group, query.match);
      caller.requireGroup(list.group);
      const { items, total, next } = pageOf(secrets, query, ({ name }) => name);
      return { ...list, secrets: items, total, next };
    },
  }),
  operation({
    id: 'listDue',
    method: 'get',
    path: '/due',
    scope: 'read',
    summary: 'Secrets of all groups that have to be rotated, and to whom they were exposed',
    answer: 'DueList',
    async handle({ served: { live }, caller }) {
      const vault = await live.project.vault.require();
      const groups = [...vault.groups.keys()].filter((group) => caller.mayUseGroup(group));
      const lists = await Promise.all(groups.map((one) => new Secrets(live.project).list(one)));
      const all = lists.flatMap(({ secrets }) => secrets);
      return { due: all.filter(({ due, exposed }) => due !== undefined || exposed !== undefined) };
    },
  }),
  operation({
    id: 'getAccess',
    method: 'get',
    path: '/access',
    scope: 'read',
    summary: 'Who may use what in a group, who asks for it, and which grants no longer count',
    query: { group: GROUP },
    answer: 'Access',
    async handle({ served: { live }, caller, query }) {
      const matrix = await accessMatrix(live.project, query.group);
      caller.requireGroup(matrix.group);
      return matrix;
    },
  }),
  operation({
    id: 'getSecret',
    method: 'get',
    path: SECRET_PATH,
    scope: 'read',
    summary: 'One secret, without its value, and the tools and agents that ask for it',
    answer: 'SecretDetails',
    async handle(call) {
      const { group, name, secrets } = addressed(call);
      return secrets.show(name, group);
    },
  }),
  operation({
    id: 'getSecretHistory',
    method: 'get',
    path: `${SECRET_PATH}/history`,
    scope: 'read',
    summary: 'The revisions of a secret in Git',
    answer: 'SecretHistory',
    async handle(call) {
      const { group, name, project } = addressed(call);
      return secretHistory(project, project.vault.env, name, group);
    },
  }),
];
