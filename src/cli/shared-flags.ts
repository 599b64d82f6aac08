import { durationMs } from '../definition/duration.ts';
import { LockstepError } from '../errors.ts';
import type { Flag, Flags } from './command.ts';

export const GROUP_FLAG = {
  type: 'string',
  value: 'GROUP',
  description: 'the group of secrets; default: LOCKSTEP_GROUP, lockstep.yaml, the only one',
} as const satisfies Flag;

export const IDENTITY_FLAG = {
  type: 'string',
  value: 'FILE',
  description:
    "an age identity file; default: LOCKSTEP_IDENTITY (the key itself), LOCKSTEP_IDENTITY_FILE, the user's own",
} as const satisfies Flag;

export const ARGUMENT_FLAGS = {
  arg: {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    description: 'an argument of the tool, read by its declared type',
  },
  'args-file': { type: 'string', value: 'FILE', description: 'arguments as one JSON object; - reads standard input' },
} as const satisfies Flags;

export const JUNIT_FLAG = {
  type: 'string',
  value: 'FILE',
  description: 'write the run as JUnit XML, too: a test case for each step',
} as const satisfies Flag;

export const TIMEOUT_FLAG = {
  type: 'string',
  value: 'TIME',
  description: 'end the whole run after this time: 90s, 10m, 2h',
} as const satisfies Flag;

export const EXPLAIN_FLAG = {
  type: 'boolean',
  description: 'say at the end why each step ran or did not',
} as const satisfies Flag;

export const AWAIT_APPROVAL_FLAG = {
  type: 'boolean',
  description: 'where nobody can be asked at a terminal, wait for `lockstep runs approve`',
} as const satisfies Flag;

/** How `run` and `plan` are told what to run the tool with. */
export const CALL_FLAGS = {
  ...ARGUMENT_FLAGS,
  agent: { type: 'string', value: 'AGENT', description: 'run it as this agent would: under its ceiling of secrets' },
  group: GROUP_FLAG,
  on: {
    type: 'string',
    options: ['host'],
    value: 'WHERE',
    description: 'host: run on this machine what wants an image; never in a pinned group',
  },
} as const satisfies Flags;

/** When a value has to be replaced. */
export const DATE_FLAGS = {
  'rotate-every': {
    type: 'string',
    value: 'TIME',
    description: 'when it is to be replaced, counted from each new value: 90d, 12w, 6m, 1y; or never',
  },
  expires: { type: 'string', value: 'DATE', description: 'the day it ends at its source: 2027-01-31; or never' },
} as const satisfies Flags;

/** What TIMEOUT_FLAG comes to. @param command what to write instead */
export function timeLimitOf({ timeout }: { readonly timeout: string | undefined }, command: string) {
  if (timeout === undefined) return {};
  const timeoutMs = durationMs(timeout);
  if (timeoutMs !== undefined && timeoutMs > 0) return { timeoutMs };
  throw new LockstepError('usage/invalid', '--timeout takes a whole number above 0 and a unit: ms, s, m or h', [
    `${command} --timeout 10m`,
  ]);
}

/** Absent leaves a date as it is, null removes it. */
export function datesOf(flags: { 'rotate-every': string | undefined; expires: string | undefined }) {
  const { 'rotate-every': rotateEvery, expires } = flags;
  return {
    ...(rotateEvery !== undefined && { rotateEvery: rotateEvery === 'never' ? null : rotateEvery }),
    ...(expires !== undefined && { expires: expires === 'never' ? null : expires }),
  };
}
