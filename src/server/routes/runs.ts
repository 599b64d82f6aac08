import { eventOf, wordsOf } from '../../engine/run-log.ts';
import { openQuestion } from '../../engine/run-refusals.ts';
import type { JsonValue } from '../../text/node.ts';
import { visibleLine } from '../../text/visible.ts';
import type { SentEvent } from '../events/server-events.ts';
import { type Call, type Operation, operation, requireGroupOf } from './operation.ts';
import { PAGE_QUERY, pageOf } from './paging.ts';

type Arguments = Readonly<Record<string, JsonValue>>;

interface RunBody {
  readonly tool: string;
  readonly args?: Arguments;
  readonly agent?: string;
  readonly group?: string;
  readonly on?: 'host';
  readonly timeoutMs?: number;
}

interface ContinueBody {
  readonly args?: Arguments;
  readonly withChanges?: boolean;
  readonly repeatUnknown?: boolean;
  readonly timeoutMs?: number;
}

interface AnswerBody {
  readonly step?: string;
  readonly approved: boolean;
  readonly reason?: string;
}

const text = (description: string) => ({ description, schema: { type: 'string' } }) as const;

/** All runs of this repository on this machine; other processes may have started them. */
export const RUN_OPERATIONS: readonly Operation[] = [
  operation<RunBody>({
    id: 'startRun',
    method: 'post',
    path: '/runs',
    scope: 'run',
    summary: 'Start a run; answers once its plan has started. With an Idempotency-Key, at most once',
    body: 'RunRequest',
    status: 201,
    answer: 'StartedRun',
    async handle(call) {
      const { served, caller, header, body } = call;
      const { tool, args, ...options } = body;
      caller.requireTool(tool);
      await requireGroupOf(call, body.group);
      const { project } = served.live;
      const start = () =>
        served.runs.start({ ...options, by: personOf(call), ...(args && { values: args }) }, (all) =>
          project.run(tool, all),
        );
      const key = header('idempotency-key');
      return {
        run: await served.runs.once(key && `${caller.name}\n${key}`, JSON.stringify(body), start),
      };
    },
  }),
  operation({
    id: 'listRuns',
    method: 'get',
    path: '/runs',
    scope: 'read',
    summary: 'Runs, newest first',
    query: { tool: text('only runs of this tool'), status: text('only runs with this status'), ...PAGE_QUERY },
    answer: 'RunList',
    async handle({ served: { live }, caller, query }) {
      const { runs, unreadable } = await (await live.project.engine()).list();
      const matching = runs.filter(
        (one) =>
          caller.mayUseTool(one.tool) &&
          (one.group === null || caller.mayUseGroup(one.group)) &&
          (query.tool === undefined || one.tool === query.tool) &&
          (query.status === undefined ||
            one.status === query.status ||
            (query.status === 'interrupted' && one.interrupted)),
      );
      const { items, total, next } = pageOf(matching, query, ({ run }) => run);
      return { runs: items, unreadable, total, next };
    },
  }),
  operation({
    id: 'getRun',
    method: 'get',
    path: '/runs/{run}',
    scope: 'read',
    summary: 'What a run did: its arguments, steps, outputs, questions and answers',
    answer: 'RunDetails',
    async handle(call) {
      return (await call.served.live.project.engine()).details(await findRun(call));
    },
  }),
  operation({
    id: 'readLog',
    method: 'get',
    path: '/runs/{run}/log',
    scope: 'read',
    summary: 'The masked events of a run so far, in pages',
    query: { after: text('the `next` of the page before'), limit: PAGE_QUERY.limit ?? text('') },
    answer: 'LogPage',
    async handle(call) {
      const { run } = (await findRun(call)).header;
      const after = Number(call.query.after ?? 0);
      const limit = Number(call.query.limit ?? 1000);
      const lines = await (await call.served.live.project.engine()).log(run, after, limit);
      return { lines, next: lines.at(-1)?.id ?? after };
    },
  }),
  operation({
    id: 'followRun',
    method: 'get',
    path: '/runs/{run}/events',
    scope: 'read',
    summary: 'The masked events of a run as they come, until it ends; Last-Event-ID continues',
    answer: 'events',
    async handle(call) {
      const { run } = (await findRun(call)).header;
      return followed(call, run);
    },
  }),
  operation<{ readonly now?: boolean }>({
    id: 'cancelRun',
    method: 'post',
    path: '/runs/{run}/cancel',
    scope: 'run',
    summary: 'Cancel a run',
    body: 'CancelRequest',
    answer: 'StartedRun',
    async handle(call) {
      const { run } = (await findRun(call)).header;
      await call.served.live.project.cancel(run, call.body.now === true);
      return { run };
    },
  }),
  operation<AnswerBody>({
    id: 'answerRun',
    method: 'post',
    path: '/runs/{run}/answer',
    scope: 'approve',
    summary: 'Approve or deny a step that waits; the first answer counts',
    body: 'AnswerRequest',
    answer: 'StartedRun',
    async handle(call) {
      const { served, body } = call;
      const engine = await served.live.project.engine();
      const found = await findRun(call);
      const { run } = found.header;
      const why = body.reason !== undefined && { reason: visibleLine(body.reason) };
      const answer = { approved: body.approved, by: personOf(call), ...why };
      await engine.answer(run, openQuestion(found, body.step), answer);
      return { run };
    },
  }),
  operation<ContinueBody>({
    id: 'resumeRun',
    method: 'post',
    path: '/runs/{run}/resume',
    scope: 'run',
    summary: 'Continue a run whose process is gone; finished steps do not run again',
    body: 'ContinueRequest',
    answer: 'StartedRun',
    async handle(call) {
      const { run } = (await findContinued(call)).header;
      const { args, ...options } = call.body;
      const { project } = call.served.live;
      const begin = (all: object) =>
        project.continueRun(run, { again: false }, { ...all, ...(args && { values: args }) });
      return { run: await call.served.runs.start({ ...options, by: personOf(call) }, begin) };
    },
  }),
  operation<ContinueBody & { readonly from?: string }>({
    id: 'retryRun',
    method: 'post',
    path: '/runs/{run}/retry',
    scope: 'run',
    summary: 'Start a new run that keeps what an older one finished',
    body: 'RetryRequest',
    status: 201,
    answer: 'StartedRun',
    async handle(call) {
      const { run } = (await findContinued(call)).header;
      const { args, from, ...options } = call.body;
      const { project } = call.served.live;
      const begin = (all: object) =>
        project.continueRun(run, { again: true, from }, { ...all, ...(args && { values: args }) });
      return { run: await call.served.runs.start({ ...options, by: personOf(call) }, begin) };
    },
  }),
];

/** Who starts or answers, for the record. */
function personOf({ caller }: Call): string {
  return `token ${caller.name}`;
}

async function findRun({ served, caller, params }: Call) {
  const found = await (await served.live.project.engine()).find(params.run ?? '');
  caller.requireTool(found.header.tool);
  if (found.header.group !== null) caller.requireGroup(found.header.group);
  return found;
}

/** A run that used no group uses the default one where its tool now asks for secrets. */
async function findContinued(call: Call<unknown>) {
  const found = await findRun(call);
  await requireGroupOf(call, found.header.group ?? undefined);
  return found;
}

/** The id of an event is its place in the journal, so a client that comes back misses nothing. */
async function* followed({ served, header, signal }: Call, run: string): AsyncGenerator<SentEvent, void, undefined> {
  const from = Number(/^\d{1,12}$/.exec(header('last-event-id') ?? '')?.[0] ?? 0);
  let id = 0;
  const engine = await served.live.project.engine();
  for await (const line of engine.lines(run, { follow: true, signal })) {
    id += 1;
    const event = eventOf(line);
    if (id > from && event !== undefined)
      yield { id: String(id), type: event.type, data: { time: line.time, ...event, ...wordsOf(event) } };
  }
  yield { id: String(id), type: 'end', data: {} };
}
