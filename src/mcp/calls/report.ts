import type { LoggingLevel, ServerContext } from '@modelcontextprotocol/server';
import { describeReason, type Event, reasonBeside } from '../../run/event.ts';
import { visible, visibleLine } from '../../text/visible.ts';
import { isTop } from '../../util/step-path.ts';
import type { RunningCall } from './running-call.ts';

/** Hosts give up on a call that says nothing for a minute. */
const HEARTBEAT_MS = 10_000;
/** Progress has to grow with each message: where nothing has ended, it grows by this. */
const SIGN_OF_LIFE = 0.001;
/** A log is for following a run, not for its whole output. */
const MOST_LOGGED = 256 * 1024;

/** Tells one request what its run does: as progress where it asked for that, and as log messages. */
export class CallReport {
  readonly #call: RunningCall;
  readonly #ctx: ServerContext;
  readonly #logs: (level: LoggingLevel) => boolean;
  readonly #seen = new Map<string, 1 | 2>();
  readonly #heartbeat: NodeJS.Timeout;
  #last = -1;
  #logged = 0;

  constructor(call: RunningCall, ctx: ServerContext, logs: (level: LoggingLevel) => boolean) {
    this.#logs = logs;
    this.#call = call;
    this.#ctx = ctx;
    this.#progress(`${call.tool.name}: run ${call.id}`);
    this.#heartbeat = setInterval(() => this.#progress('still running'), HEARTBEAT_MS).unref();
    call.listener = (event) => this.#take(event);
  }

  end(): void {
    clearInterval(this.#heartbeat);
  }

  #take(event: Event): void {
    if (event.type === 'output') this.#log('info', event.step, event.text);
    const said = describe(event, this.#call.id);
    if (said === undefined) return;
    const [level, step, text] = said;
    this.#log(level, step, text);
    if (event.type === 'step-started' && isTop(step)) this.#seen.set(step, this.#seen.get(step) ?? 1);
    if (event.type === 'step-finished' && isTop(step)) this.#seen.set(step, 2);
    if (isTop(step)) this.#progress(text);
  }

  /** Half of a step is done when it starts, and the rest when it ends. */
  #progress(message: string): void {
    const progressToken = this.#ctx.mcpReq._meta?.progressToken;
    if (progressToken === undefined) return;
    const done = [...this.#seen.values()].reduce<number>((sum, part) => sum + part / 2, 0);
    this.#last = Math.max(done, this.#last + SIGN_OF_LIFE, 0);
    const total = this.#call.steps;
    this.#send('notifications/progress', {
      ...{ progressToken, progress: this.#last, message: visibleLine(message) },
      ...(total >= this.#last && total > 0 && { total }),
    });
  }

  #log(level: LoggingLevel, step: string, text: string): void {
    if (!this.#logs(level)) return;
    const isTold = this.#logged < MOST_LOGGED;
    this.#logged += text.length;
    if (!isTold) return;
    const rest = this.#logged >= MOST_LOGGED ? `\n[the rest: lockstep runs logs ${this.#call.id}]` : '';
    const data = { run: this.#call.id, step, text: visible(text).slice(0, MOST_LOGGED) + rest };
    // The protocol's log messages are marked as old, and hosts of both eras still read them.
    void this.#ctx.mcpReq.log(level, data, this.#call.tool.name).catch(() => undefined);
  }

  /** A client that went away hears nothing, and the run does not care. */
  #send(method: 'notifications/progress', params: Record<string, unknown>): void {
    void this.#ctx.mcpReq.notify({ method, params }).catch(() => undefined);
  }
}

type Said = readonly [level: LoggingLevel, step: string, text: string];

function describe(event: Event, run: string): Said | undefined {
  switch (event.type) {
    case 'step-started':
      return ['debug', event.step, `step ${event.step} started`];
    case 'step-finished': {
      const { id, status } = event.step;
      const reason = reasonBeside(event.step);
      return [status === 'failed' ? 'error' : 'debug', id, `step ${id} ${status}${reason ? `: ${reason}` : ''}`];
    }
    case 'step-retrying':
      return ['warning', event.step, `step ${event.step} is tried again: ${describeReason(event.reason)}`];
    case 'step-waiting': {
      const step = event.step === '' ? '' : ` --step ${event.step}`;
      return ['notice', event.step, `waits for approval: ${event.question} (lockstep runs approve ${run}${step})`];
    }
    case 'step-answered':
      return ['notice', event.step, `${event.approved ? 'approved' : 'refused'} by ${event.by}`];
    case 'notice':
      return ['warning', event.step, event.message];
    default:
      return undefined;
  }
}
