import { useEffect, useMemo, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Segments } from '../../parts/choice.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { plainText } from './ansi.ts';
import { LogSearchField, useLogSearch } from './log-search.tsx';
import { LogView } from './log-view.tsx';
import { type LogLine, type RunLines, StepLines } from './run-lines.ts';
import { isUnderWay } from './standing.ts';
import { StepFacts } from './step-facts.tsx';
import type { StepRow } from './step-rows.ts';
import { Values } from './values.tsx';

type Tab = 'log' | 'outputs' | 'about';

interface StepPaneProps {
  readonly row: StepRow;
  readonly lines: RunLines;
  readonly outputs: Readonly<Record<string, string>>;
  readonly length: number;
  /** Called when a person reads this step: another one does not take its place. */
  readonly onStay: () => void;
}

/** The chosen step: its log, what it handed on, and how it went. */
export function StepPane({ row, lines: all, outputs, length, onStay }: StepPaneProps) {
  const [tab, setTab] = useState<Tab>('log');
  const kept = useMemo(() => new StepLines(row.id), [row.id, all]);
  const lines = kept.follow(all);
  const count = Object.keys(outputs).length;
  return (
    <section class="pane" aria-labelledby="step-title">
      <header class="pane-head">
        <h2 id="step-title" class="cut">
          {row.id}
        </h2>
        <Segments
          label="Show of the step"
          value={tab}
          options={[
            { value: 'log', words: 'Log' },
            { value: 'outputs', words: count === 0 ? 'Outputs' : `Outputs ${count}` },
            { value: 'about', words: 'About' },
          ]}
          onChange={(to) => setTab(to as Tab)}
        />
      </header>
      {tab === 'log' && <StepLog key={row.id} row={row} lines={lines} onStay={onStay} />}
      {tab === 'outputs' && (
        <div class="pane-body">
          {count === 0 ? <p class="second">This step has handed on nothing so far.</p> : <Values values={outputs} />}
        </div>
      )}
      {tab === 'about' && (
        <div class="pane-body">
          <StepFacts row={row} length={length} />
        </div>
      )}
    </section>
  );
}

interface StepLogProps {
  readonly row: StepRow;
  readonly lines: readonly LogLine[];
  readonly onStay: () => void;
}

function StepLog({ row, lines, onStay }: StepLogProps) {
  const { state } = row.view;
  const [times, setTimes] = useState(false);
  const [chosen, setFollowing] = useState<boolean>();
  // The end is what counts of a step that runs or failed, and the beginning of one that succeeded.
  const following = chosen ?? (isUnderWay(state) || state === 'failed');
  const follow = (follows: boolean) => {
    setFollowing(follows);
    if (!follows) onStay();
  };
  const search = useLogSearch(lines, row.id);
  useEffect(() => {
    if (search.text !== '') onStay();
  }, [search.text]);
  return (
    <>
      <div class="pane-tools">
        <LogSearchField search={search} />
        <Button kind="quiet" small pressed={times} onClick={() => setTimes(!times)}>
          Times
        </Button>
        <Button kind="quiet" small pressed={following} onClick={() => follow(!following)}>
          Follow
        </Button>
        <CopyButton text={() => lines.map(({ text }) => plainText(text)).join('\n')} label="Copy the log" />
      </div>
      {lines.length === 0 ? (
        <p class="pane-body second">{EMPTY[state] ?? 'This step wrote nothing.'}</p>
      ) : (
        <LogView
          label={`Log of ${row.id}`}
          lines={lines}
          times={times}
          sought={search.text.toLowerCase()}
          shown={search.hits[search.at]}
          following={following && search.text === ''}
          onFollow={follow}
          prefixOf={({ step }) => (step === row.id ? '' : step.slice(row.id.length).replace(/^\//, ''))}
        />
      )}
    </>
  );
}

const EMPTY: Readonly<Record<string, string>> = {
  pending: 'It has not started.',
  running: 'It has written nothing so far.',
  waiting: 'It starts when a person approves it.',
  skipped: 'It was skipped, and wrote nothing.',
};
