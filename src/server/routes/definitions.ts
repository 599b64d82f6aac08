import { inputSchemaOf } from '../../definition/model/input-schema.ts';
import { toolSummary } from '../../definition/model/tool-summary.ts';
import { planReport } from '../../plan/plan-report.ts';
import { agentList, describeAgent } from '../../project/authoring/describe-agent.ts';
import { describeTool } from '../../project/authoring/describe-tool.ts';
import { serverStatus } from '../../project/serving/server-status.ts';
import { plainExcerpt } from '../../text/excerpt.ts';
import type { JsonValue } from '../../text/node.ts';
import { problemReport } from '../../text/problem-report.ts';
import { Refusal } from '../access/refusal.ts';
import { type Operation, operation, requireGroupOf } from './operation.ts';

const GROUP = { group: { description: 'the group of secrets', schema: { type: 'string' } } } as const;

interface PlanBody {
  readonly args?: Readonly<Record<string, JsonValue>>;
  readonly agent?: string;
  readonly group?: string;
  readonly on?: 'host';
}

/** What the repository holds, and what it would do. */
export const DEFINITION_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'getStatus',
    method: 'get',
    path: '/status',
    scope: 'read',
    summary: 'The snapshot in force, and what the caller may do',
    answer: 'Status',
    async handle({ served, caller }) {
      const status = await serverStatus(served.live);
      const token = { name: caller.name, scopes: caller.scopes };
      const following = served.follower?.following;
      return { ...status, token, viewing: served.allowView, ...(following && { following }) };
    },
  }),
  operation({
    id: 'followNow',
    method: 'post',
    path: '/follow',
    scope: 'run',
    summary: 'Ask the remote that the server follows now, and switch to what is new and sound',
    answer: 'Following',
    async handle({ served: { live, follower } }) {
      if (follower === undefined)
        throw new Refusal(409, 'server/not-following', 'this server follows no branch', [
          'lockstep serve --git REMOTE',
        ]);
      const following = await follower.follow();
      await live.refresh();
      return following;
    },
  }),
  operation({
    id: 'listProblems',
    method: 'get',
    path: '/problems',
    scope: 'read',
    summary: 'The problems of the newest save, with excerpts',
    answer: 'Excerpts',
    async handle({ served: { live } }) {
      const { report, problems, current } = live.state;
      const shown = problems.map((one) => ({
        ...problemReport(one),
        ...(one.at && { excerpt: plainExcerpt(one.at) }),
      }));
      return { ok: report.ok, current, counts: report.counts, problems: shown };
    },
  }),
  operation({
    id: 'listTools',
    method: 'get',
    path: '/tools',
    scope: 'read',
    summary: 'All tools, with a JSON Schema of their arguments',
    answer: 'ToolList',
    async handle({ served: { live }, caller }) {
      const tools = [...live.project.snapshot.catalog.tools.values()]
        .filter(({ name }) => caller.mayUseTool(name))
        .map((tool) => {
          const { args: _, ...summary } = toolSummary(tool);
          return { ...summary, inputSchema: inputSchemaOf(tool) };
        });
      return { tools: tools.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  }),
  operation({
    id: 'getTool',
    method: 'get',
    path: '/tools/{tool}',
    scope: 'read',
    summary: 'One tool: its arguments, its steps, and the secrets that they are granted',
    query: GROUP,
    answer: 'ToolDetails',
    async handle(call) {
      const { served, caller, params, query } = call;
      const { live } = served;
      const { tool = '' } = params;
      const { group } = query;
      caller.requireTool(tool);
      await requireGroupOf(call, group);
      const details = await describeTool(live.project, tool, group);
      return { ...details, inputSchema: inputSchemaOf(live.project.tool(tool)) };
    },
  }),
  operation<PlanBody>({
    id: 'planTool',
    method: 'post',
    path: '/tools/{tool}/plan',
    scope: 'read',
    summary: 'What would run, and why each secret is granted or refused; starts nothing',
    body: 'PlanRequest',
    answer: 'PlanReport',
    async handle(call) {
      const { args, ...options } = call.body;
      const { tool = '' } = call.params;
      call.caller.requireTool(tool);
      await requireGroupOf(call, options.group);
      const { project } = call.served.live;
      return planReport(await project.plan(tool, { ...options, ...(args && { values: args }) }));
    },
  }),
  operation({
    id: 'listAgents',
    method: 'get',
    path: '/agents',
    scope: 'read',
    summary: 'All agents',
    answer: 'AgentList',
    async handle({ served: { live } }) {
      return { agents: agentList(live.project.snapshot.catalog) };
    },
  }),
  operation({
    id: 'getAgent',
    method: 'get',
    path: '/agents/{agent}',
    scope: 'read',
    summary: 'One agent: its instructions, its tools, and the secrets that they get through it',
    query: GROUP,
    answer: 'AgentDetails',
    async handle(call) {
      const { served, params, query } = call;
      await requireGroupOf(call, query.group);
      return describeAgent(served.live.project, params.agent ?? '', query.group);
    },
  }),
];
