import type { RunSummary } from '../../generated/answers.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { durationText, exactText } from '../../parts/time.tsx';
import { pathTo } from '../../state/router.ts';
import { argumentsText } from './arguments.ts';
import type { RunRow } from './run-list.ts';
import { SIGNS, standingOf } from './standing.ts';

export const RUN_HEAD = [
  { words: 'Run' },
  { words: 'Steps', class: 'maybe' },
  { words: 'Started by', class: 'maybe' },
  { words: 'Group', class: 'maybe' },
  { words: 'Started' },
  { words: 'Took', class: 'num' },
];

/** @param since milliseconds since the list was read */
export function RunCells({ row, since }: { readonly row: RunRow; readonly since: number }) {
  if ('heading' in row)
    return (
      <th class="day" colSpan={RUN_HEAD.length} scope="colgroup">
        {row.heading}
      </th>
    );
  const { run } = row;
  const state = standingOf(run);
  const sign = SIGNS[state];
  const took = run.durationMs + (state === 'running' || state === 'waiting' ? since : 0);
  return (
    <>
      <th scope="row">
        <span class="sign">
          <Icon name={sign.icon} tone={`${sign.tone} ${state === 'running' ? 'pulse' : ''}`} />
        </span>
        <a class="row-link" href={pathTo('runs', run.run)}>
          {run.tool}
          <span class="vh"> {sign.words}</span>
        </a>
        <span class="sub">
          <Detail run={run} />
        </span>
      </th>
      <td class="maybe">
        <Pips run={run} />
      </td>
      <td class="maybe">
        <StartedBy run={run} />
      </td>
      <td class="maybe">{run.group ?? <span class="faint">none</span>}</td>
      <td class="started" title={exactText(run.started)}>
        {clockText(run.started)}
      </td>
      <td class="num">{durationText(took)}</td>
    </>
  );
}

/** What a person has to know, and the arguments. */
function Detail({ run }: { readonly run: RunSummary }) {
  const args = argumentsText(run.args);
  const said = saidOf(run);
  return (
    <>
      {said !== null && <span class={said.tone}>{said.words}</span>}
      {args !== '' && said !== null && ' · '}
      {args}
      {args === '' && said === null && 'without arguments'}
    </>
  );
}

function saidOf(run: RunSummary): { readonly words: string; readonly tone: string } | null {
  const [question] = run.waiting;
  if (run.interrupted) return { words: 'its process is gone; it can be resumed', tone: 'warn' };
  if (question !== undefined) return { words: `${question.step || 'the call'} waits for approval`, tone: 'warn' };
  if (run.status === 'failed' && run.failure !== undefined)
    return { words: `${run.failure.step}: ${run.failure.reason}`, tone: 'bad' };
  return null;
}

/** A person, a token, a trigger, or an agent for one. */
export function StartedBy({ run: { by, agent } }: { readonly run: Pick<RunSummary, 'by' | 'agent'> }) {
  return (
    <span class="by">
      <Icon name={agent !== undefined ? 'agent' : signOf(by)} tone="second" />
      {agent ?? by ?? <span class="faint">not on record</span>}
      {agent !== undefined && by !== undefined && <span class="second">for {by}</span>}
    </span>
  );
}

function signOf(by: string | undefined): IconName {
  if (by?.startsWith('token ')) return 'key';
  return by === 'schedule' ? 'clock' : by === 'webhook' ? 'hook' : 'user';
}

const WIDTH = 84;
const MOST = 12;

/** The steps as small bars: done, failed, under way, to come. */
function Pips({ run }: { readonly run: RunSummary }) {
  const { ended, failed } = run.steps;
  const total = Math.max(run.steps.total ?? ended, ended);
  const words = `${ended} of ${total} steps ended${failed > 0 ? `, ${failed} failed` : ''}`;
  const pitch = total > MOST ? WIDTH / total : 7;
  const next = { running: 'b-running', waiting: 'b-waiting' }[run.status as string];
  const kindOf = (at: number) =>
    at < ended - failed
      ? 'b-done'
      : at < ended
        ? 'b-failed'
        : at === ended && !run.interrupted && next
          ? next
          : 'b-pending';
  return (
    <svg class="pips" width={WIDTH} height="12" role="img" aria-label={words}>
      <title>{words}</title>
      {Array.from({ length: Math.min(total, WIDTH) }, (_, at) => {
        const kind = kindOf(total > WIDTH ? Math.floor((at * total) / WIDTH) : at);
        const thin = kind === 'b-pending';
        const step = Math.max(pitch, 1);
        return (
          <rect
            key={at}
            class={kind}
            x={at * step}
            y={thin ? 5 : 1}
            width={Math.max(step - (step > 3 ? 2 : 0), 1)}
            height={thin ? 2 : 10}
            rx={step > 3 ? 1 : 0}
          />
        );
      })}
    </svg>
  );
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

function clockText(at: string): string {
  return clock.format(new Date(at));
}
