import {
  INVALID_PARAMS,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  type ServerContext,
  type StandardSchemaV1,
} from '@modelcontextprotocol/server';
import { isRecord } from '../../util/guards.ts';
import { accessOf } from '../access.ts';
import { hasTasks, TASKS, takeAnswers } from '../calls/approval.ts';
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
  const find = ({ taskId }: TaskParams, ctx: ServerContext) => {
    if (!hasTasks(ctx))
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } });
    const found = session.parts.tasks.find(taskId, accessOf(ctx).name);
    if (found === undefined) throw new ProtocolError(INVALID_PARAMS, 'Unknown task');
    return found;
  };
  server.setRequestHandler('tasks/get', { params: PARAMS }, (params, ctx) => ({ ...find(params, ctx).view }));
  server.setRequestHandler('tasks/update', { params: PARAMS }, (params, ctx) => {
    const { call } = find(params, ctx);
    const given = ctx.mcpReq.inputResponses ?? params.inputResponses;
    takeAnswers(
      call,
      given,
      call.questions.map(({ id }) => id),
    );
    return {};
  });
  server.setRequestHandler('tasks/cancel', { params: PARAMS }, (params, ctx) => {
    find(params, ctx).call.cancel();
    return {};
  });
}
