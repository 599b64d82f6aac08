import { durationMs } from '../../definition/values/text-format.ts';
import { LockstepError } from '../../errors.ts';
import type { RunOptions } from '../../project/runs/call-options.ts';
import { text, texts, toggle, wholeNumber } from '../syntax/flags.ts';

/** How a run waits for a worker, where runs live in a database. */
export const QUEUE_FLAGS = {
  detach: toggle('do not wait for the run: print its name once it is in its queue'),
  queue: text('QUEUE', 'the queue of workers that it goes to (default: default)'),
  label: texts('LABEL', 'only a worker with this label takes it'),
  key: text('KEY', 'what the limits for each key of its queue count it by (default: the name of the tool)'),
  priority: wholeNumber({ helpValue: 'N', default: 0, description: 'its place in the queue: 0 comes first' }),
  dedupe: text('KEY', 'while a run of the tool with this key has not ended, that one is meant, and no other starts'),
  at: text('TIME', 'not before this time: 2026-12-01T08:00Z, or a time from now such as 90s or 2h'),
};

interface QueueFlags {
  readonly detach: boolean;
  readonly queue: string | undefined;
  readonly label: readonly string[];
  readonly key: string | undefined;
  readonly priority: number;
  readonly dedupe: string | undefined;
  readonly at: string | undefined;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** @throws LockstepError `usage/invalid` where runs live on this machine and wait for nobody */
export function queueOptions(
  flags: QueueFlags,
  engine: 'local' | 'postgres',
  now: Date,
): Pick<RunOptions, 'detach' | 'queue'> {
  const { detach, queue, label, key, priority, dedupe, at } = flags;
  const isGiven =
    detach || label.length > 0 || priority > 0 || [queue, key, dedupe, at].some((one) => one !== undefined);
  if (!isGiven) return {};
  if (engine === 'local')
    throw new LockstepError('usage/invalid', 'runs of this machine start at once and have no queue', [
      'lockstep run TOOL --engine postgres --detach',
    ]);
  requireNames([...label, ...(queue === undefined ? [] : [queue])], 'lockstep run TOOL --queue deploys --label gpu');
  return {
    detach,
    queue: {
      labels: label,
      priority,
      ...(queue !== undefined && { queue }),
      ...(key !== undefined && { key }),
      ...(dedupe !== undefined && { dedupe }),
      ...(at !== undefined && { starts: timeOf(at, now) }),
    },
  };
}

/** What `--queues` and `--labels` of a worker name: each time one name, or several with commas. @throws LockstepError `usage/invalid` */
export function namesOf(given: readonly string[]): readonly string[] {
  const names = [...new Set(given.flatMap((one) => one.split(',').map((name) => name.trim())))];
  requireNames(names, 'lockstep worker --queues default,deploys --labels linux,gpu');
  return names;
}

function requireNames(names: readonly string[], hint: string): void {
  if (names.every((name) => NAME.test(name))) return;
  throw new LockstepError(
    'usage/invalid',
    'the name of a queue or label has lower-case letters, digits and "-", and begins with a letter',
    [hint],
  );
}

function timeOf(at: string, now: Date): Date {
  const wait = durationMs(at);
  const time = wait === undefined ? new Date(at) : new Date(now.getTime() + wait);
  const isZoned = wait !== undefined || /(?:Z|[+-]\d\d:?\d\d)$/.test(at);
  if (isZoned && !Number.isNaN(time.getTime())) return time;
  throw new LockstepError('usage/invalid', '--at takes a time with its zone, or a time from now', [
    '--at 2026-12-01T08:00Z',
    '--at 90s',
  ]);
}
