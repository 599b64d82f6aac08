import type { jsonSchemaValidator, LoggingLevel, RequestMethod } from '@modelcontextprotocol/server';
import type { RunNews } from '../engine/run-watch.ts';
import { VERSION } from '../util/version.ts';
import { type Access, type View, WHOLE_ACCESS } from './access.ts';
import { TASKS } from './calls/approval.ts';
import type { CallParts } from './calls/call-tool.ts';
import { plainText } from './catalog/plain-schema.ts';
import { type ServedCatalog, servedCatalog } from './catalog/served-catalog.ts';
import type { Hearer } from './changes.ts';
import { mayHearOf, RUNS } from './serve/addresses.ts';
import { serveCompletion } from './serve/completion.ts';
import { serveLogLevel } from './serve/log-level.ts';
import { servePrompts } from './serve/prompts.ts';
import { serveResources } from './serve/resources.ts';
import type { Answer, SessionAbout } from './serve/session-about.ts';
import { StrictServer } from './serve/strict-server.ts';
import { serveTasks } from './serve/tasks.ts';
import { serveTools } from './serve/tools.ts';

/** The library would check the answers to forms, which `takeAnswers` reads strictly: all but a clear yes is a no. */
const FORMS_ARE_READ_STRICTLY: jsonSchemaValidator = {
  getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
};

const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/** The protocol's server for one client or one request, over the snapshot that is in force at each request. */
export class Session implements SessionAbout, Hearer {
  readonly server: StrictServer;
  readonly parts: CallParts;
  readonly view: View;
  readonly era: 'legacy' | 'modern';
  readonly watched = new Map<string, Access>();
  logLevel: LoggingLevel | undefined;

  constructor(parts: CallParts, view: View, era: 'legacy' | 'modern') {
    this.parts = parts;
    this.view = view;
    this.era = era;
    this.server = new StrictServer(
      { name: 'lockstep', title: 'Lockstep', version: VERSION },
      {
        capabilities: {
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { listChanged: true, subscribe: true },
          completions: {},
          logging: {},
          ...(era === 'modern' && { extensions: { [TASKS]: {} } }),
        },
        ...this.#instructions(),
        jsonSchemaValidator: FORMS_ARE_READ_STRICTLY,
        requestState: { verify: (state, ctx) => parts.states.verify(state, ctx) },
      },
    );
    for (const serve of [serveTools, servePrompts, serveResources, serveCompletion, serveLogLevel]) serve(this);
    if (era === 'modern') serveTasks(this);
  }

  answer<M extends RequestMethod>(method: M, handler: Answer<M>): void {
    this.server.answer(method, handler, this.parts.failed);
  }

  /** The catalog once every save that has been seen is in force: hosts do not list again before they call. */
  async catalog(): Promise<ServedCatalog> {
    await this.parts.live.settled();
    return servedCatalog(this.parts.live.project.snapshot, this.view);
  }

  /** In the newer protocol each request names its level, and the library holds to it. */
  wantsLog(level: LoggingLevel): boolean {
    if (this.era === 'modern') return true;
    return this.logLevel !== undefined && LEVELS.indexOf(level) >= LEVELS.indexOf(this.logLevel);
  }

  listsChanged(): void {
    const { server } = this;
    for (const tell of [server.sendToolListChanged(), server.sendPromptListChanged(), server.sendResourceListChanged()])
      tell.catch(() => undefined);
  }

  resourceChanged(uri: string): void {
    // In the newer protocol the library knows who has asked for what.
    if (this.era === 'modern' || this.watched.has(uri)) this.server.sendResourceUpdated({ uri }).catch(() => undefined);
  }

  runChanged(news: RunNews): void {
    const { tools } = servedCatalog(this.parts.live.project.snapshot, this.view);
    for (const uri of [RUNS, `${RUNS}/${news.run}`]) {
      const access = this.watched.get(uri) ?? WHOLE_ACCESS;
      if (mayHearOf({ access, view: this.view, tools }, news)) this.resourceChanged(uri);
    }
  }

  #instructions(): { readonly instructions?: string } {
    const { agent } = servedCatalog(this.parts.live.project.snapshot, this.view);
    return agent?.instructions === undefined ? {} : { instructions: plainText(agent.instructions) };
  }
}
