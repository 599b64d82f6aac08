import type { StepAnswer } from '../../engine/read-journal.ts';
import type { RunDetails } from '../../engine/run-details.ts';
import type { RunSummary } from '../../engine/run-summary.ts';
import { reasonBeside } from '../../run/event.ts';
import { visibleLine } from '../../text/visible.ts';
import { columns } from './table.ts';

/** The state of a run, in one word. */
export function standing({
  status,
  interrupted,
  unknown,
}: Pick<RunSummary, 'status' | 'interrupted' | 'unknown'>): string {
  if (unknown) return 'unknown';
  return interrupted ? 'interrupted' : status;
}

export function runListText(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'no runs\n';
  const rows = runs.map((one) => [
    one.run,
    standing(one),
    one.tool,
    one.started.replace(/\.\d+Z$/, 'Z'),
    `${one.durationMs / 1000} s`,
    visibleLine([one.agent && `through ${one.agent}`, one.by && `by ${one.by}`].filter(Boolean).join(' ')),
  ]);
  return `${columns([['RUN', 'STATUS', 'TOOL', 'STARTED', 'TOOK', ''], ...rows])}\n`;
}

const GAP = 'its journal has a gap: steps that are not listed may have run';

export function runText(details: RunDetails): string {
  const { run, tool, agent, started, durationMs, args, withheld, retries, steps, outputs, waiting, answers } = details;
  const given = Object.entries(args).map(([name, value]) => `  ${name} = ${visibleLine(JSON.stringify(value))}`);
  const from = retries?.from === undefined ? '' : ` from ${retries.from}`;
  const rows = steps.map((step) => [
    step.id,
    step.status,
    `${step.durationMs / 1000} s`,
    visibleLine(reasonBeside(step) ?? ''),
  ]);
  const begun = details.underWay.map((step) => [step, details.interrupted ? 'interrupted' : 'running', '', '']);
  const lines = [
    `${run}  ${standing(details)}`,
    `  ${tool}${agent === undefined ? '' : ` through ${agent}`}, ${started.replace(/\.\d+Z$/, 'Z')}, ${durationMs / 1000} s`,
    ...(retries === undefined ? [] : [`  a new try of ${retries.run}${from}`]),
    ...(given.length + withheld.length > 0
      ? ['arguments', ...given, ...withheld.map((name) => `  ${name} (not kept)`)]
      : []),
    ...(rows.length + begun.length > 0 ? ['steps', columns([...rows, ...begun], '  ')] : []),
    ...(answers.length > 0 ? ['approvals', ...answers.map((one) => `  ${answerText(one)}`)] : []),
    ...(Object.keys(outputs).length > 0 ? ['outputs'] : []),
    ...Object.entries(outputs).map(([name, value]) => `  ${name} = ${visibleLine(value)}`),
    ...(waiting.length > 0 ? ['waits for approval', ...waiting.flatMap((one) => waitingText(one, details))] : []),
    ...(waiting.length > 0 ? [`next: lockstep runs approve ${run}`] : []),
    ...(details.unknown ? [GAP] : []),
    ...(details.interrupted && !details.unknown ? [`next: lockstep runs resume ${run}`] : []),
    ...(details.status === 'failed' && !details.interrupted ? [`next: lockstep runs retry ${run}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function waitingText({ step, question }: RunDetails['waiting'][number], { approvedBefore }: RunDetails): string[] {
  const former = approvedBefore.find((one) => one.step === step);
  return [question, formerText(former)].map((line) => `  ${visibleLine(line)}`);
}

function formerText(former: RunDetails['approvedBefore'][number] | undefined): string {
  if (former === undefined) return 'never approved before in the runs that are kept';
  const { by, run, started, changed } = former;
  return `last approved by ${by} on ${started.slice(0, 10)} in ${run}; the tool has ${changed ? '' : 'not '}changed since`;
}

function answerText({ step, approved, by, reason }: StepAnswer): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  return visibleLine(`${step || 'the call'} ${approved ? 'approved' : 'refused'} by ${by}${why}`);
}
