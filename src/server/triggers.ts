import type { Tool } from '../definition/model/tool.ts';
import { LockstepError } from '../errors.ts';
import type { LiveProject } from '../project/serving/live-project.ts';
import type { FiredRecord } from '../project/triggers/fired-times.ts';
import { Scheduler } from '../project/triggers/scheduler.ts';
import { checkHook } from '../project/triggers/webhook.ts';
import { asActor } from '../project/vault/actor.ts';
import type { JsonValue } from '../text/node.ts';
import { Refusal } from './access/refusal.ts';
import { limitedBody, parsedJson } from './body.ts';
import type { ActiveRuns } from './events/active-runs.ts';
import type { Log } from './log.ts';

export interface TriggerOptions {
  /** The group whose secrets triggered runs get. */
  readonly group: string;
  /** Tools that may start by themselves although the group is not pinned. */
  readonly tools: readonly string[];
  readonly fired: FiredRecord;
}

interface TriggerParts extends TriggerOptions {
  readonly live: LiveProject;
  readonly runs: ActiveRuns;
  readonly log: Log;
  readonly draining: AbortSignal;
}

/** Starts tools by themselves: at the times of their schedules, and by signed requests to /hooks/TOOL. */
export class ServerTriggers {
  readonly #parts: TriggerParts;

  constructor(parts: TriggerParts) {
    this.#parts = parts;
    const { live, fired, log, draining } = parts;
    const scheduler = new Scheduler({
      project: live.project,
      fired,
      mayStart: (tool) => this.#mayStart(tool),
      start: ({ tool, schedule }) =>
        this.#start(tool, 'schedule', Object.fromEntries([...schedule.args].map(([name, { value }]) => [name, value]))),
      failed: ({ tool, time }, error) =>
        log.error(
          { tool: tool.name, time: time.toISOString(), reason: reasonOf(error) },
          'a scheduled run did not start',
        ),
      signal: draining,
    });
    const plan = () =>
      void scheduler.plan().catch((error) => log.error({ reason: reasonOf(error) }, 'schedules cannot be kept'));
    live.onChange(plan);
    plan();
  }

  /** `POST /hooks/TOOL`. It takes no token: the signature says who sends it. */
  async answer(name: string, request: Request): Promise<{ readonly run: string }> {
    const { live, group, fired, log } = this.#parts;
    const body = await limitedBody(request);
    await live.settled();
    const tool = live.project.snapshot.catalog.tools.get(name);
    // A stranger does not learn which tools there are.
    if (tool?.triggers.webhook === undefined || !(await this.#mayStart(tool))) throw unsigned();
    const now = live.project.now().getTime();
    const checked = await checkHook(live.project, tool, group, {
      body,
      now,
      header: (one) => request.headers.get(one) ?? undefined,
    }).catch((error: unknown) => {
      if (!(error instanceof LockstepError)) throw error;
      // Nor what its secrets and groups are called.
      log.error({ tool: name, reason: error.message }, 'a webhook cannot be checked');
      throw unsigned();
    });
    if ('fault' in checked) {
      if (checked.fault === 'unsigned') throw unsigned();
      throw new Refusal(401, 'hook/old', 'the request is older than the webhook allows');
    }
    const event = parsedJson(body);
    if (!(await fired.claimDelivery(checked.id, now, checked.rememberMs)))
      throw new Refusal(409, 'hook/repeated', 'the request has come before');
    return { run: await this.#start(tool, 'webhook', { event }) };
  }

  /** Who may push must not make secrets run unattended: a pinned group grants to reviewed definitions only. */
  async #mayStart({ name }: Tool): Promise<boolean> {
    const { live, group, tools } = this.#parts;
    if (tools.includes(name)) return true;
    const vault = await live.project.vault.open();
    return vault?.groups.get(group)?.pinned === true;
  }

  #start(tool: Tool, by: string, values: Readonly<Record<string, JsonValue>>): Promise<string> {
    const { live, runs, group } = this.#parts;
    return asActor(by, () => runs.start({ by, group, values }, (options) => live.project.run(tool.name, options)));
  }
}

function unsigned(): Refusal {
  return new Refusal(401, 'hook/unsigned', 'the request is not signed by the key of a webhook');
}

/** Problems of a call quote no value, and errors of ours neither. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
