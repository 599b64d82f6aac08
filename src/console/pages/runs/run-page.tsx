import { useEffect } from 'preact/hooks';
import type { RunDetails } from '../../generated/answers.ts';
import { StepGraph } from '../../parts/graph/graph.tsx';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { useSince } from '../../parts/time.tsx';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { useKeys } from '../../state/keys.ts';
import { navigate, pathTo, query, setQuery } from '../../state/router.ts';
import { Approval } from './approval.tsx';
import { RunSummaryBlocks } from './run-blocks.tsx';
import { useRunFeed } from './run-feed.ts';
import { RunHead } from './run-head.tsx';
import type { RunModel } from './run-model.ts';
import { isUnderWay, standingOf } from './standing.ts';
import { StepPane } from './step-pane.tsx';
import { boxesOf, type StepRow, stepRows, stepToShow } from './step-rows.ts';
import { StepsTable } from './steps-table.tsx';

/** A run as it goes: its picture, its steps on one time axis, and the log of one of them. */
export function RunPage({ run }: { readonly run: string }) {
  const answer = useAnswer(
    run,
    () => api.getRun(run),
    (event) => event.type === 'reset' || (event.type === 'run' && event.data.run === run),
  );
  const { data, error } = answer;
  useKeys({ Escape: () => navigate('/runs') });
  return (
    <section class="view scroller run" aria-labelledby="page-title">
      {error && <Failed error={error} onRetry={() => void answer.reload()} />}
      {data === undefined ? !error && <Skeleton rows={6} /> : <Shown details={data} answer={answer} />}
    </section>
  );
}

function Shown({ details, answer }: { readonly details: RunDetails; readonly answer: Answer<RunDetails> }) {
  const model = useRunFeed(details.run);
  const state = standingOf({ status: details.status as 'failed', interrupted: details.interrupted });
  const since = useSince(details, isUnderWay(state));
  const length = model.ended ? model.length : Math.max(model.length, details.durationMs + since);
  const rows = stepRows(details.plan ?? [], model);
  const asked = [...model.steps.values()].filter(({ question }) => question !== undefined);
  const questions = asked.map(({ id }) => id).join();
  useEffect(() => void answer.reload(), [questions, model.ended, model.interrupted]);
  const chosen = query.value.get('step') ?? stepToShow(rows);
  return (
    <>
      <RunHead details={details} state={state} />
      {asked.map(({ id, question }) => (
        <Approval key={id} run={details} step={id} question={question ?? ''} onAnswered={() => void answer.reload()} />
      ))}
      <StepGraph
        label={`Steps of ${details.tool}`}
        boxes={boxesOf(rows, length)}
        chosen={chosen?.replace(/[[/].*$/, '')}
        onChoose={(step) => setQuery('step', step)}
      />
      <Steps details={details} model={model} rows={rows} chosen={chosen} length={length} />
      <RunSummaryBlocks details={details} model={model} />
    </>
  );
}

interface StepsProps {
  readonly details: RunDetails;
  readonly model: RunModel;
  readonly rows: readonly StepRow[];
  readonly chosen: string | undefined;
  readonly length: number;
}

function Steps({ details, model, rows, chosen, length }: StepsProps) {
  const row = rows.find(({ id }) => id === chosen) ?? rows[0];
  if (row === undefined) return <p class="second">No step has started.</p>;
  const outputs = details.stepOutputs[row.id] as Readonly<Record<string, string>> | undefined;
  const linkTo = (step: string) => `${pathTo('runs', details.run)}?step=${encodeURIComponent(step)}`;
  return (
    <div class="run-split">
      <StepsTable rows={rows} chosen={row.id} length={length} linkTo={linkTo} />
      <StepPane
        row={row}
        lines={model.lines}
        outputs={outputs ?? {}}
        length={length}
        onStay={() => setQuery('step', row.id)}
      />
    </div>
  );
}
