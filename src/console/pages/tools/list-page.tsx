import type { Tool } from '../../generated/answers.ts';
import { Command } from '../../parts/copy.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Rows } from '../../parts/rows.tsx';
import { Search } from '../../parts/search.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { pathTo, query, setQuery } from '../../state/router.ts';
import { Names } from '../names.tsx';

const HEAD = [
  { words: 'Tool' },
  { words: 'Arguments', class: 'maybe' },
  { words: 'Secrets', class: 'maybe' },
  { words: 'File', class: 'maybe' },
];

/** The tools of the repository. */
export function ToolListPage() {
  const answer = useAnswer('tools', () => api.listTools());
  const { data, error } = answer;
  return (
    <section class="view scroller" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Tools</h1>
        <Search
          label="Search tools by name, description or secret"
          placeholder="Name or secret"
          value={query.value.get('q') ?? ''}
          onInput={(text) => setQuery('q', text)}
        />
      </header>
      {error && <Failed error={error} onRetry={() => void answer.reload()} />}
      {data === undefined ? !error && <Skeleton rows={10} /> : <Listed tools={data.tools} />}
    </section>
  );
}

function Listed({ tools }: { readonly tools: readonly Tool[] }) {
  if (tools.length === 0)
    return (
      <Empty icon="tool" title="No tools yet">
        <p>A tool is a YAML file with arguments, the secrets that it asks for, and steps. This makes a first one.</p>
        <Command text="lockstep tool new hello" />
      </Empty>
    );
  const words = (query.value.get('q') ?? '').toLowerCase().split(/\s+/);
  const text = ({ name, description, file, secrets }: Tool) =>
    `${name} ${description} ${file} ${secrets.join(' ')}`.toLowerCase();
  const shown = tools.filter((tool) => words.every((word) => text(tool).includes(word)));
  if (shown.length === 0)
    return (
      <Empty icon="search" title="No tool is like this">
        <p>Another word may find it.</p>
      </Empty>
    );
  return (
    <Rows<Tool>
      label="Tools"
      head={HEAD}
      items={shown}
      keyOf={({ name }) => name}
      row={(tool) => <ToolCells tool={tool} />}
    />
  );
}

function ToolCells({ tool: { name, description, inputSchema, secrets, file } }: { readonly tool: Tool }) {
  const args = Object.keys((inputSchema.properties as object | undefined) ?? {});
  return (
    <>
      <th scope="row">
        <span class="sign">
          <Icon name="tool" tone="faint" />
        </span>
        <a class="row-link" href={pathTo('tools', name)}>
          {name}
        </a>
        <span class="sub">{description || 'without a description'}</span>
      </th>
      <td class="maybe names">
        <Names names={args} />
      </td>
      <td class="maybe names">
        <Names names={secrets} />
      </td>
      <td class="maybe second">
        <code>{file}</code>
      </td>
    </>
  );
}
