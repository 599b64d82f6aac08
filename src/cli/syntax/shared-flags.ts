import { durationMs } from '../../definition/values/text-format.ts';
import { LockstepError } from '../../errors.ts';
import { choice, text, texts, toggle } from './flags.ts';

export const jsonFlag = toggle('print one JSON document on standard output and nothing else');

export const groupFlag = text(
  'GROUP',
  'the group of secrets; default: $LOCKSTEP_GROUP, then lockstep.yaml, then the only group',
);

export const engineFlag = choice(
  ['local', 'postgres'],
  'where runs live: on this machine, or in the database of $LOCKSTEP_DATABASE_URL; default: lockstep.yaml, then local',
);

export const identityFlag = text(
  'FILE',
  "an age identity file; default: $LOCKSTEP_IDENTITY (the key itself), then $LOCKSTEP_IDENTITY_FILE, then the user's own",
);

export const ARGUMENT_FLAGS = {
  arg: texts('NAME=VALUE', 'an argument of the tool, read as its declared type'),
  'args-file': text('FILE', 'arguments as one JSON object; - reads standard input'),
};

export const junitFlag = text('FILE', 'also write the run as JUnit XML, with a test case for each step');

export const timeoutFlag = text('TIME', 'end the whole run after this time: 90s, 10m, 2h');

export const explainFlag = toggle('print at the end why each step ran or did not');

export const awaitApprovalFlag = toggle('where no terminal can ask for an approval, wait for `lockstep runs approve`');

/** How `run` and `plan` learn what to run the tool with. */
export const CALL_FLAGS = {
  ...ARGUMENT_FLAGS,
  agent: text('AGENT', 'run the tool as this agent would, under its ceiling of secrets'),
  group: groupFlag,
  on: choice(['host'], 'host: run steps that want an image on this machine; never in a pinned group'),
};

/** How `secret set` and `secret rotate` read a value. */
export const VALUE_FLAGS = {
  'from-file': text('FILE', 'read the value from a file'),
  'keep-newline': toggle('keep the line break after a value of one line'),
  'allow-empty': toggle('store an empty value'),
};

/** When a value has to be replaced. */
export const DATE_FLAGS = {
  'rotate-every': text('TIME', 'replace the value this long after it was set: 90d, 12w, 6m, 1y; or never'),
  expires: text('DATE', 'the day on which the value ends at its source: 2027-01-31; or never'),
};

/** The limit that --timeout sets. @param command the correct command, for the hint */
export function timeLimitOf({ timeout }: { readonly timeout: string | undefined }, command: string) {
  if (timeout === undefined) return {};
  const timeoutMs = durationMs(timeout);
  if (timeoutMs !== undefined && timeoutMs > 0) return { timeoutMs };
  throw new LockstepError('usage/invalid', '--timeout takes a time above 0, in numbers with units: 90s, 10m, 1h30m', [
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

/** @throws LockstepError `usage/invalid` for --graph with --json */
export function requireOneForm(
  { graph, json }: { readonly graph: boolean; readonly json: boolean },
  help: string,
): void {
  if (graph && json) throw new LockstepError('usage/invalid', 'give one of --graph and --json', [help]);
}
