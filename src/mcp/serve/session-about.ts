import type {
  HandlerResultTypeMap,
  LoggingLevel,
  RequestMethod,
  RequestTypeMap,
  Server,
  ServerContext,
} from '@modelcontextprotocol/server';
import type { Access, View } from '../access.ts';
import type { CallParts } from '../calls/call-tool.ts';
import type { ServedCatalog } from '../catalog/served-catalog.ts';

export type Answer<M extends RequestMethod> = (
  request: RequestTypeMap[M],
  ctx: ServerContext,
) => HandlerResultTypeMap[M] | Promise<HandlerResultTypeMap[M]>;

/** What the handlers of one client's requests share. */
export interface SessionAbout {
  readonly server: Server;
  readonly parts: CallParts;
  readonly view: View;
  readonly era: 'legacy' | 'modern';
  /** The resources of whose changes the client wants to hear, and what it might do when it said so. */
  readonly watched: Map<string, Access>;
  /** In the older protocol: the level that the client has named. */
  logLevel: LoggingLevel | undefined;
  /** Answers the requests of a method. */
  answer<M extends RequestMethod>(method: M, handler: Answer<M>): void;
  wantsLog(level: LoggingLevel): boolean;
  /** The catalog once every save that has been seen is in force. */
  catalog(): Promise<ServedCatalog>;
}
