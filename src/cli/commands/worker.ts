import { availableParallelism } from 'node:os';
import { LockstepError } from '../../errors.ts';
import type { Worker as RunWorker } from '../../project/workers/worker.ts';
import { EXIT } from '../exit-code.ts';
import { namesOf } from '../runs/queue-options.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { texts, toggle, wholeNumber } from '../syntax/flags.ts';
import { identityFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

export default class Worker extends BaseCommand {
  static override summary = 'Take runs from the queues of a database and carry them on this machine';
  static override description =
    'Opens secrets with the identity of this machine, and runs exactly the commit that was submitted. SIGTERM, or Ctrl-C once, lets the steps under way end and leaves the rest to other workers; twice kills them, and other workers do them again.';
  static override examples = [
    { command: 'lockstep worker', description: 'the queue named default' },
    {
      command: 'lockstep worker --queues default,deploys --labels linux,gpu --concurrency 2',
      description: 'two queues, runs that ask for none, one or both of the labels, two at a time',
    },
  ];
  static override flags = {
    queues: texts('QUEUE,...', 'the queues to take runs from (default: default)'),
    labels: texts('LABEL,...', 'what this machine has: it takes the runs that ask for it too'),
    concurrency: wholeNumber({
      helpValue: 'N',
      description: 'runs at one time (default: one for each processor, and two at least)',
    }),
    identity: identityFlag,
    json: toggle('print the first line as JSON: {worker}'),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Worker);
    const { stdout, stderr, signal, urgent } = this.context;
    const queues = flags.queues.length > 0 ? namesOf(flags.queues) : ['default'];
    const labels = namesOf(flags.labels);
    const project = await this.project({ ...flags, engine: 'postgres' });
    const concurrency = flags.concurrency ?? Math.max(2, availableParallelism());
    if (concurrency < 1)
      throw new LockstepError('usage/invalid', 'a worker carries one run at least', [
        'lockstep worker --concurrency 1',
      ]);
    const { Worker: Service } = await import('../../project/workers/worker.ts');
    const worker = await Service.open(project, {
      ...{ queues, labels, concurrency },
      tell: (message) => say(stderr, `${message}\n`),
    });
    await worker.start();
    say(stdout, flags.json ? `${JSON.stringify({ worker: worker.name })}\n` : `worker ${worker.name} takes runs\n`);
    await drained(worker, { signal, urgent });
    return EXIT.ok;
  }
}

async function drained(
  worker: RunWorker,
  { signal, urgent }: { readonly signal: AbortSignal; readonly urgent: AbortSignal },
): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  urgent.addEventListener('abort', () => worker.kill());
  if (urgent.aborted) worker.kill();
  await worker.drain();
}
