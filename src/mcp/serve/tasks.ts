import {
  INVALID_PARAMS,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  type ServerContext,
  type StandardSchemaV1,
} from '@modelcontextprotocol/server';
import { isRecord } from '../../util/guards.ts';
import { accessOf, requireScope } from '../access.ts';
import { hasTasks, TASKS, takeAnswers } from '../calls/approval.ts';
import { requireGroup } from '../calls/require-group.ts';
import type { SessionAbout } from './session-about.ts';

interface TaskParams {
  readonly taskId: string;
  readonly inputResponses: Readonly<Record<string, unknown>>;
}

/** The schema of the extension's requests, in the form that the library takes. */
const PARAMS: StandardSchemaV1<unknown, TaskParams> = {
  '~standard': {
    version: 1,
    vendor: 'lockstep',
    validate: (value: unknown) => {
      if (!isRecord(value) || typeof value.taskId !== 'string') return { issues: [{ message: 'taskId is a text' }] };
      return {
        value: { taskId: value.taskId, inputResponses: isRecord(value.inputResponses) ? value.inputResponses : {} },
      };
    },
  },
};

/** The extension for tasks of 2026-07-28: what came of a call that outlived its request. */
export function serveTasks(session: SessionAbout): void {
  const { server } = session;
  const find = async ({ taskId }: TaskParams, ctx: ServerContext) => {
    if (!hasTasks(ctx))
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } });
    const access = accessOf(ctx);
    const found = session.parts.tasks.find(taskId, access.id);
    if (found === undefined || !access.mayUseTool(found.call.tool.name))
      throw new ProtocolError(INVALID_PARAMS, 'Unknown task');
    await requireGroup(session.parts.live, access, found.call.view);
    return found;
  };
  server.setRequestHandler('tasks/get', { params: PARAMS }, async (params, ctx) => ({
    ...(await find(params, ctx)).view,
  }));
  server.setRequestHandler('tasks/update', { params: PARAMS }, async (params, ctx) => {
    const { call } = await find(params, ctx);
    requireScope(accessOf(ctx), 'approve');
    const given = ctx.mcpReq.inputResponses ?? params.inputResponses;
    takeAnswers(
      call,
      given,
      call.questions.map(({ id }) => id),
    );
    return {};
  });
  server.setRequestHandler('tasks/cancel', { params: PARAMS }, async (params, ctx) => {
    const { call } = await find(params, ctx);
    requireScope(accessOf(ctx), 'run');
    call.cancel();
    return {};
  });
}
