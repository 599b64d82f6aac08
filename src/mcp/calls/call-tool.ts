import {
  type CallToolResult,
  type ClientCapabilities,
  INVALID_PARAMS,
  INVALID_REQUEST,
  type InputRequiredResult,
  type LoggingLevel,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  type RequestStateCodec,
  SdkError,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { LockstepError } from '../../errors.ts';
import type { LiveProject } from '../../project/serving/live-project.ts';
import { asActor } from '../../project/vault/actor.ts';
import type { JsonValue } from '../../text/node.ts';
import { nestsTooDeeply } from '../../text/node.ts';
import { type Access, requireScope, type View } from '../access.ts';
import type { ServedTool } from '../catalog/served-catalog.ts';
import type { ActiveCalls } from './active-calls.ts';
import { asksItsUser, askUser, hasTasks, takeAnswers } from './approval.ts';
import { callResult, errorResult, failure } from './call-result.ts';
import type { Guesses } from './guesses.ts';
import { CallReport } from './report.ts';
import { requireGroup } from './require-group.ts';
import { RunningCall } from './running-call.ts';
import type { TaskStore } from './task-store.ts';

/** What a client gives back with an answer. */
export interface CallState {
  readonly run: string;
  readonly tool: string;
  /** The questions of that round: answers to others do not count. */
  readonly asked: readonly string[];
}

export interface CallParts {
  readonly live: LiveProject;
  readonly calls: ActiveCalls;
  readonly tasks: TaskStore;
  readonly guesses: Guesses;
  readonly states: RequestStateCodec<CallState>;
  /** Keeps a bug of ours for the log. */
  readonly failed: (error: unknown) => void;
}

/** One `tools/call` that has passed the checks of its name. */
export interface ToolCall {
  readonly served: ServedTool;
  readonly args: Readonly<Record<string, unknown>>;
  readonly access: Access;
  readonly view: View;
  readonly ctx: ServerContext;
  readonly client: ClientCapabilities | undefined;
  /** In the older era one request lives on while its client is asked. */
  readonly era: 'legacy' | 'modern';
  /** Whether it wants messages of that level. */
  readonly logs: (level: LoggingLevel) => boolean;
}

/** @throws ProtocolError where the client may not call, or names a call that is over */
export async function callTool(parts: CallParts, call: ToolCall): Promise<CallToolResult | InputRequiredResult> {
  const { access } = call;
  requireScope(access, 'run');
  try {
    const running = await runningCall(parts, call);
    if (isTask(call)) return { resultType: 'task', content: [], ...parts.tasks.add(running) };
    takeAnswers(running, call.ctx.mcpReq.inputResponses, stateOf(call)?.asked ?? []);
    return await follow(parts, call, running);
  } catch (error) {
    if (error instanceof LockstepError) {
      if (error.code === 'run/not-approved' && lacksForm(call))
        throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { elicitation: {} } }, error.message);
      return errorResult(error);
    }
    if (error instanceof ProtocolError) throw error;
    parts.failed(error);
    return failure(`${call.served.tool.name} could not be called: an error of the server, which its log has`);
  }
}

/** In the newer protocol a client hears by an error of its own that it would have to ask its user. */
function lacksForm({ era, access, ctx, client }: ToolCall): boolean {
  return era === 'modern' && access.may('approve') && !asksItsUser(ctx, client);
}

/** A run that may outlive its request becomes a task, where the client knows what that is. */
function isTask({ era, served, ctx }: ToolCall): boolean {
  return era === 'modern' && served.tool.detach && hasTasks(ctx);
}

function stateOf({ ctx }: ToolCall): CallState | undefined {
  return ctx.mcpReq.requestState<CallState>();
}

/** The run that a request continues, or a new one. */
async function runningCall(parts: CallParts, call: ToolCall): Promise<RunningCall> {
  const { served, access } = call;
  const state = stateOf(call);
  if (state === undefined) return begin(parts, call);
  const found = state.tool === served.tool.name ? parts.calls.find(state.run, access.id) : undefined;
  if (found === undefined) throw new ProtocolError(INVALID_PARAMS, 'the call that the request continues is over');
  // A token that an issuer has given since may allow less.
  requireScope(access, 'approve');
  await requireGroup(parts.live, access, found.view);
  return found;
}

async function begin(parts: CallParts, call: ToolCall): Promise<RunningCall> {
  const { served, args, access, view } = call;
  if (nestsTooDeeply(args as JsonValue)) throw new ProtocolError(INVALID_PARAMS, 'the arguments nest too deeply');
  await requireGroup(parts.live, access, view);
  if (Object.keys(args).length === 0) {
    parts.guesses.requireFew(access.id, served.tool.name);
    return start(parts, call);
  }
  return parts.guesses.inTurn(access.id, served.tool.name, () => start(parts, call));
}

function start(parts: CallParts, call: ToolCall): RunningCall {
  const { served, args, access, view, ctx, client } = call;
  const { project } = parts.live;
  if (parts.calls.isFullFor(access.id))
    throw new ProtocolError(INVALID_REQUEST, 'too many calls are running; try again later');
  const canAsk = access.may('approve') && asksItsUser(ctx, client);
  const isHeard = isTask(call) || ctx.mcpReq._meta?.progressToken !== undefined;
  const begun = new RunningCall({ tool: served.tool, owner: access.id, view }, canAsk, (own) =>
    actingAs(access, () =>
      project.run(served.tool.name, {
        ...own,
        ...view,
        values: args as Readonly<Record<string, JsonValue>>,
        ...(access.name !== '' && { by: `token ${access.name}` }),
        // Someone who hears that a run waits can have it approved elsewhere.
        awaitApproval: canAsk || isHeard,
        refuseSecretArguments: true,
        onSecretArguments: () => parts.guesses.count(access.id, served.tool.name),
      }),
    ),
  );
  parts.calls.add(begun);
  return begun;
}

function actingAs<T>({ name }: Access, work: () => T): T {
  return name === '' ? work() : asActor(`token ${name}`, work);
}

/** Waits for the end of a run, or for a question that the client can ask. */
async function follow(
  { states }: CallParts,
  { ctx, served, era, logs }: ToolCall,
  running: RunningCall,
): Promise<CallToolResult | InputRequiredResult> {
  const report = new CallReport(running, ctx, logs);
  const forget = whenLeft(ctx, running);
  let isAsked = false;
  try {
    const news = await running.next();
    if ('outcome' in news) return callResult(news.outcome, running.output);
    isAsked = true;
    running.leave();
    const state = { run: running.id, tool: served.tool.name, asked: news.questions.map(({ id }) => id) };
    return askUser(news.questions, await states.mint(state, ctx));
  } finally {
    report.end();
    if (!isAsked || era === 'modern') forget();
  }
}

/**
 * Cancels a run that its client cancels, or leaves without `detach`. In a session of the older
 * protocol only the request itself shows that its client has gone: no one reads its answer any more.
 */
function whenLeft(ctx: ServerContext, running: RunningCall): () => void {
  const { signal } = ctx.mcpReq;
  const gone = ctx.http?.req?.signal;
  const leave = () => {
    if (!running.tool.detach) running.cancel();
  };
  const stop = () => (signal.reason instanceof SdkError ? leave() : running.cancel());
  signal.addEventListener('abort', stop);
  gone?.addEventListener('abort', leave);
  if (signal.aborted) stop();
  else if (gone?.aborted) leave();
  return () => {
    signal.removeEventListener('abort', stop);
    gone?.removeEventListener('abort', leave);
  };
}
