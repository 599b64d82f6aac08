import {
  INTERNAL_ERROR,
  INVALID_PARAMS,
  type JSONRPCRequest,
  ProtocolError,
  type RequestMethod,
  type Result,
  SdkError,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Answer } from './session-about.ts';

type Stored = (request: JSONRPCRequest, ctx: ServerContext) => Promise<Result>;

/** Answers malformed requests as the protocol wants it, and bugs of ours with nothing of themselves. */
export class StrictServer extends Server {
  answer<M extends RequestMethod>(method: M, handler: Answer<M>, failed: (error: unknown) => void): void {
    this.setRequestHandler(method, async (request, ctx) => {
      try {
        return await handler(request, ctx);
      } catch (error) {
        if (error instanceof ProtocolError) throw error;
        failed(error);
        throw new ProtocolError(INTERNAL_ERROR, 'an error of the server, which its log has');
      }
    });
  }

  /** The library throws a plain error where the parameters do not fit the schema of the method. */
  protected override _wrapHandler(method: string, handler: Stored): Stored {
    const wrapped = super._wrapHandler(method, handler);
    return async (request, ctx) => {
      try {
        return await wrapped(request, ctx);
      } catch (error) {
        if (error instanceof ProtocolError || error instanceof SdkError) throw error;
        throw new ProtocolError(INVALID_PARAMS, `Invalid params for ${method}`);
      }
    };
  }
}
