import type { RunSummary } from '../../generated/answers.ts';
import { LinkButton } from '../../parts/button.tsx';
import { Chips } from '../../parts/choice.tsx';
import { Command } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Rows } from '../../parts/rows.tsx';
import { PageSearch } from '../../parts/search.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { presentTime, useSince } from '../../parts/time.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { query, searchText, setQuery } from '../../state/router.ts';
import { RUN_HEAD, RunCells } from './run-cells.tsx';
import { FILTERS, matching, type RunRow, rowsOf } from './run-list.ts';
import { isUnderWay, SIGNS, standingOf } from './standing.ts';
import { Workers } from './workers.tsx';

/** A machine keeps 500 runs. */
const MOST = 1_000;

/** The runs of this repository: on the machine of the server, or on all workers; and the workers. */
export function RunListPage() {
  const answer = useAnswer(
    'runs',
    () => api.listRuns({ limit: MOST }),
    ({ type }) => type === 'run' || type === 'reset',
  );
  const { data, error } = answer;
  const runs = data?.runs ?? [];
  return (
    <section class="view scroller" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Runs</h1>
        <ToolFilter runs={runs} />
        <PageSearch label="Search runs by tool, argument or id" placeholder="Tool, argument or id" />
      </header>
      {error && <Failed error={error} onRetry={() => void answer.reload()} />}
      {data !== undefined && data.unreadable.length > 0 && <Unreadable files={data.unreadable} />}
      <Workers />
      {data === undefined ? !error && <Skeleton rows={10} /> : <Listed runs={runs} read={data} />}
    </section>
  );
}

function ToolFilter({ runs }: { readonly runs: readonly RunSummary[] }) {
  const chosen = query.value.get('tool') ?? '';
  const tools = [...new Set([...runs.map(({ tool }) => tool), ...(chosen === '' ? [] : [chosen])])].sort();
  if (tools.length < 2 && chosen === '') return null;
  return (
    <select
      class="small-select"
      aria-label="Only runs of a tool"
      value={chosen}
      onChange={(event) => setQuery('tool', event.currentTarget.value)}
    >
      <option value="">All tools</option>
      {tools.map((tool) => (
        <option key={tool} value={tool}>
          {tool}
        </option>
      ))}
    </select>
  );
}

function Listed({ runs, read }: { readonly runs: readonly RunSummary[]; readonly read: object }) {
  const since = useSince(
    read,
    runs.some((one) => isUnderWay(standingOf(one))),
  );
  const [state, tool] = ['status', 'tool'].map((name) => query.value.get(name) ?? '');
  if (runs.length === 0) return <NoRuns />;
  const ofTool = matching(runs, { state: '', tool: tool ?? '', text: '' });
  const shown = matching(ofTool, { state: state ?? '', tool: '', text: searchText.value });
  const counts = FILTERS.map(([name, words]) => {
    const count = ofTool.filter((one) => standingOf(one) === name).length;
    const { icon, tone } = SIGNS[name];
    const label = (
      <>
        <Icon name={icon} tone={`tiny ${tone}`} /> {words}
      </>
    );
    return { value: name, words: label, count };
  });
  return (
    <>
      <Chips
        label="Only runs in a state"
        value={state ?? ''}
        options={[{ value: '', words: 'All' }, ...counts.filter(({ count, value }) => count > 0 || value === state)]}
        onChange={(value) => setQuery('status', value === state ? '' : value)}
      />
      {shown.length === 0 ? (
        <Empty icon="search" title="No run is like this">
          <p>Another filter or another word may find it.</p>
        </Empty>
      ) : (
        <Rows<RunRow>
          label="Runs"
          head={RUN_HEAD}
          items={rowsOf(shown, presentTime())}
          keyOf={(row) => ('heading' in row ? row.heading : row.run.run)}
          row={(row) => <RunCells row={row} since={since} />}
        />
      )}
    </>
  );
}

function Unreadable({ files }: { readonly files: readonly string[] }) {
  return (
    <Notice tone="warn">
      <p>
        {files.length === 1 ? 'A journal' : `${files.length} journals`} cannot be read: damaged, or written by a newer
        Lockstep.
      </p>
      {files.map((file) => (
        <p key={file}>
          <code>{file}</code>
        </p>
      ))}
    </Notice>
  );
}

function NoRuns() {
  return (
    <Empty icon="run" title="Nothing has run yet">
      <p>
        A run is one execution of a tool: its steps, their output, and who approved what. Choose a tool to start one.
      </p>
      <LinkButton href="/tools" icon="tool">
        Choose a tool
      </LinkButton>
      <Command text="lockstep run TOOL" />
    </Empty>
  );
}
