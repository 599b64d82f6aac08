import { Members } from '../../project/secrets/members.ts';
import { type Operation, operation } from './operation.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

/** Groups, members and the audit log: read here, changed by commands. */
export const GROUP_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'listGroups',
    method: 'get',
    path: '/groups',
    scope: 'read',
    summary: 'The groups of the vault, with their readers and writers',
    answer: 'GroupList',
    async handle({ served: { live }, caller }) {
      const groups = await new Members(live.project).groups();
      return { groups: groups.filter(({ name }) => caller.mayUseGroup(name)) };
    },
  }),
  operation({
    id: 'listMembers',
    method: 'get',
    path: '/members',
    scope: 'read',
    summary: 'The members of the vault, and the groups that they read and write',
    answer: 'MemberList',
    async handle({ served: { live }, caller }) {
      const within = (groups: readonly string[]) => groups.filter((group) => caller.mayUseGroup(group));
      const members = await new Members(live.project).list();
      return { members: members.map((one) => ({ ...one, reads: within(one.reads), writes: within(one.writes) })) };
    },
  }),
  operation({
    id: 'listAudit',
    method: 'get',
    path: '/audit',
    scope: 'read',
    summary: 'What was done with secrets on this machine, newest first',
    query: {
      secret: { description: 'only records about this secret', schema: { type: 'string' } },
      ...PAGE_QUERY,
    },
    answer: 'AuditList',
    async handle({ served: { live }, caller, query }) {
      const { project } = live;
      const vault = await project.vault.require();
      const records = project.vault
        .audit(vault)
        .read()
        .map((record, at) => ({ id: String(at), ...record }))
        .filter(({ group }) => group === undefined || caller.mayUseGroup(group))
        .filter(({ tool }) => tool === undefined || caller.mayUseTool(tool))
        .filter(({ secrets }) => query.secret === undefined || secrets?.some(({ name }) => name === query.secret))
        .reverse();
      const { items, next } = pageOf(records, query, ({ id }) => id);
      return { vault: vault.id, records: items, next };
    },
  }),
];
