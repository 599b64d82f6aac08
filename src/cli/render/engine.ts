import type { WorkerRun } from '../../engine/run-engine.ts';
import type { EngineStatus } from '../../project/workers/engine-status.ts';

/** The text of `engine status`: one line of counts, then a line for each worker. */
export function engineText({ version, runs, workers }: EngineStatus): string {
  const { queued, running, waiting, ended } = runs;
  const counts = `runs: ${queued} queued, ${running} running, ${waiting} waiting, ${ended} ended (tables ${version})\n`;
  const lines = workers.map(({ worker, member, queues, labels, draining, runs: carried }) => {
    const takes = [queues.join(', '), ...labels.map((label) => `+${label}`)].join(' ');
    const does = carried.length === 0 ? 'idle' : carried.map(workText).join(', ');
    return `${worker}  ${takes}  as ${member}  ${draining ? 'draining, ' : ''}${does}\n`;
  });
  return counts + (lines.length === 0 ? 'no worker; start one: lockstep worker\n' : lines.join(''));
}

function workText({ run, tool, step }: WorkerRun): string {
  return `${tool} ${run}${step === undefined ? '' : ` step ${step}`}`;
}
