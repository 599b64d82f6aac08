import type * as shapes from '../generated/answers.ts';
import { address, request } from './request.ts';

const get = <T>(...parts: Parameters<typeof address>) => request<T>('GET', address(...parts));
const post = <T>(parts: readonly string[], body: object) => request<T>('POST', address(parts), { body });

const MOST = 10_000;

/** The operations of the API that the page uses, by the names of /openapi.json. */
export const api = {
  getStatus: () => get<shapes.Status>(['status']),
  listProblems: () => get<shapes.Excerpts>(['problems']),
  listTools: () => get<shapes.ToolList>(['tools']),
  getTool: (tool: string, group?: string) => get<shapes.ToolDetails>(['tools', tool], { group }),
  planTool: (tool: string, body: shapes.PlanRequest) => post<shapes.PlanReport>(['tools', tool, 'plan'], body),
  listAgents: () => get<shapes.AgentList>(['agents']),
  getAgent: (agent: string, group?: string) => get<shapes.AgentDetails>(['agents', agent], { group }),

  startRun: (body: shapes.RunRequest, key: string) =>
    request<shapes.StartedRun>('POST', '/runs', { body, headers: { 'idempotency-key': key } }),
  listWorkers: () => get<shapes.WorkerList>(['workers']),
  listRuns: (query: { tool?: string; status?: string; limit?: number; cursor?: string } = {}) =>
    get<shapes.RunList>(['runs'], query),
  getRun: (run: string) => get<shapes.RunDetails>(['runs', run]),
  readLog: (run: string, after?: number) => get<shapes.LogPage>(['runs', run, 'log'], { after }),
  cancelRun: (run: string, body: shapes.CancelRequest) => post<shapes.StartedRun>(['runs', run, 'cancel'], body),
  answerRun: (run: string, body: shapes.AnswerRequest) => post<shapes.StartedRun>(['runs', run, 'answer'], body),
  resumeRun: (run: string, body: shapes.ContinueRequest) => post<shapes.StartedRun>(['runs', run, 'resume'], body),
  retryRun: (run: string, body: shapes.RetryRequest) => post<shapes.StartedRun>(['runs', run, 'retry'], body),

  listSecrets,
  getAccess: (group?: string) => get<shapes.Access>(['access'], { group }),
  getSecret: (group: string, name: string) => get<shapes.SecretDetails>(['secrets', group, name]),
  getSecretHistory: (group: string, name: string) => get<shapes.SecretHistory>(['secrets', group, name, 'history']),
  createSecret: (group: string, body: shapes.SecretCreation) => post<shapes.SecretChange>(['secrets', group], body),
  setSecretValue: (group: string, name: string, body: shapes.SecretValue) =>
    request<shapes.SecretChange>('PUT', address(['secrets', group, name, 'value']), { body }),
  describeSecret: (group: string, name: string, body: shapes.SecretDescription) =>
    request<shapes.Secret>('PATCH', address(['secrets', group, name]), { body }),
  removeSecret: (group: string, name: string) =>
    request<shapes.Removed>('DELETE', address(['secrets', group, name]), { body: { name } }),
  grantSecret: (group: string, name: string, body: shapes.GrantRequest) =>
    post<shapes.Secret>(['secrets', group, name, 'grant'], body),
  revokeSecret: (group: string, name: string, grants: readonly string[]) =>
    post<shapes.Secret>(['secrets', group, name, 'revoke'], { grants }),
  moveSecret: (group: string, name: string, to: string) =>
    post<shapes.Secret>(['secrets', group, name, 'move'], { to }),
  rollbackSecret: (group: string, name: string, version: number) =>
    post<shapes.Secret>(['secrets', group, name, 'rollback'], { version }),
  viewSecret: (group: string, name: string) => post<shapes.ViewedValue>(['secrets', group, name, 'view'], { name }),
  previewRepin: (group: string, tool: string) => get<shapes.RepinPreview>(['groups', group, 'repin', tool]),
  applyRepin: (group: string, tool: string, digest: string) =>
    post<shapes.RepinPreview>(['groups', group, 'repin', tool], { digest }),

  listDue: () => get<shapes.DueList>(['due']),
  listGroups: () => get<shapes.GroupList>(['groups']),
  listMembers: () => get<shapes.MemberList>(['members']),
  listAudit: (query: { secret?: string; cursor?: string; limit?: number } = {}) =>
    get<shapes.AuditList>(['audit'], query),
};

/** Every secret of a group: the server hands them out in pages. */
async function listSecrets(group?: string): Promise<shapes.SecretList> {
  const page = (cursor?: string) => get<shapes.SecretList>(['secrets'], { group, limit: MOST, cursor });
  const first = await page();
  const secrets = [...first.secrets];
  let next = first.next;
  while (next !== null) {
    const more = await page(next);
    secrets.push(...more.secrets);
    next = more.next;
  }
  return { ...first, secrets, next: null };
}
