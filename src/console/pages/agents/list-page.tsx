import type { AgentList } from '../../generated/answers.ts';
import { Command } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Rows } from '../../parts/rows.tsx';
import { Search } from '../../parts/search.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { pathTo, query, setQuery } from '../../state/router.ts';
import { Names } from '../names.tsx';

type Agent = AgentList['agents'][number];

const HEAD = [
  { words: 'Agent' },
  { words: 'Tools', class: 'maybe' },
  { words: 'Ceiling', class: 'maybe' },
  { words: 'File', class: 'maybe' },
];

/** The agents of the repository. */
export function AgentListPage() {
  const answer = useAnswer('agents', () => api.listAgents());
  const { data, error } = answer;
  return (
    <section class="view scroller" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Agents</h1>
        <Search
          label="Search agents by name, description or secret"
          placeholder="Name or secret"
          value={query.value.get('q') ?? ''}
          onInput={(text) => setQuery('q', text)}
        />
      </header>
      {error && <Failed error={error} onRetry={() => void answer.reload()} />}
      {data === undefined ? !error && <Skeleton rows={4} /> : <Listed agents={data.agents} />}
    </section>
  );
}

function Listed({ agents }: { readonly agents: readonly Agent[] }) {
  if (agents.length === 0)
    return (
      <Empty icon="agent" title="No agents yet">
        <p>
          An agent is a set of tools with instructions, and the secrets that may reach them through it: its ceiling.
        </p>
        <Command text="lockstep agent new operator" />
      </Empty>
    );
  const words = (query.value.get('q') ?? '').toLowerCase().split(/\s+/);
  const text = ({ name, description, tools, secrets }: Agent) =>
    `${name} ${description} ${tools.join(' ')} ${secrets.join(' ')}`.toLowerCase();
  const shown = agents.filter((agent) => words.every((word) => text(agent).includes(word)));
  if (shown.length === 0)
    return (
      <Empty icon="search" title="No agent is like this">
        <p>Another word may find it.</p>
      </Empty>
    );
  return (
    <Rows<Agent>
      label="Agents"
      head={HEAD}
      items={shown}
      keyOf={({ name }) => name}
      row={({ name, description, tools, secrets, file }) => (
        <>
          <th scope="row">
            <span class="sign">
              <Icon name="agent" tone="faint" />
            </span>
            <a class="row-link" href={pathTo('agents', name)}>
              {name}
            </a>
            <span class="sub">{description || 'without a description'}</span>
          </th>
          <td class="maybe names">
            <Names names={tools} />
          </td>
          <td class="maybe names">
            <Names names={secrets} />
          </td>
          <td class="maybe second">
            <code>{file}</code>
          </td>
        </>
      )}
    />
  );
}
