import { randomBytes } from 'node:crypto';
import { createRequestStateCodec } from '@modelcontextprotocol/server';
import type { LiveProject } from '../project/serving/live-project.ts';
import { accessOf } from './access.ts';
import { ActiveCalls } from './calls/active-calls.ts';
import type { CallParts, CallState } from './calls/call-tool.ts';
import { Guesses } from './calls/guesses.ts';
import { TaskStore } from './calls/task-store.ts';

/** What all sessions of one process share. */
export function mcpFace(live: LiveProject, failed: (error: unknown) => void): CallParts {
  const states = createRequestStateCodec<CallState>({
    key: randomBytes(32),
    bind: (ctx) => `${ctx.mcpReq.method}\0${accessOf(ctx).id}`,
  });
  const { now } = live.project;
  return { live, calls: new ActiveCalls(), tasks: new TaskStore(now), guesses: new Guesses(), states, failed };
}
