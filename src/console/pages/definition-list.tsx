import type { ComponentChildren } from 'preact';
import { Icon } from '../parts/icon.tsx';
import { Rows } from '../parts/rows.tsx';
import { PageSearch } from '../parts/search.tsx';
import { Empty, Failed, Skeleton } from '../parts/states.tsx';
import { withWords } from '../parts/word-filter.ts';
import type { Answer } from '../state/answer.ts';
import { pathTo, searchText } from '../state/router.ts';
import { Names } from './names.tsx';

/** What the lists of tools and of agents show of each. */
interface Definition {
  readonly name: string;
  readonly description: string;
  readonly file: string;
}

interface DefinitionListProps<T> {
  readonly kind: 'tool' | 'agent';
  readonly answer: Answer<unknown>;
  /** Absent until there is an answer. */
  readonly definitions: readonly T[] | undefined;
  /** How many are expected. */
  readonly rows: number;
  /** The words of the two columns between the name and the file, and the names in their cells. */
  readonly columns: readonly (readonly [words: string, namesOf: (definition: T) => readonly string[]])[];
  /** What a search looks at. */
  readonly textOf: (definition: T) => string;
  /** Shown in a repository that has none. */
  readonly none: ComponentChildren;
}

const TITLES = { tool: 'Tools', agent: 'Agents' };

/** A page that lists the definitions of one kind. */
export function DefinitionList<T extends Definition>(props: DefinitionListProps<T>) {
  const { kind, answer, definitions, rows } = props;
  const { error } = answer;
  return (
    <section class="view scroller" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">{TITLES[kind]}</h1>
        <PageSearch label={`Search ${kind}s by name, description or secret`} placeholder="Name or secret" />
      </header>
      {error && <Failed error={error} onRetry={() => void answer.reload()} />}
      {definitions === undefined ? !error && <Skeleton rows={rows} /> : <Listed {...props} definitions={definitions} />}
    </section>
  );
}

function Listed<T extends Definition>({
  kind,
  definitions,
  columns,
  textOf,
  none,
}: DefinitionListProps<T> & { readonly definitions: readonly T[] }) {
  if (definitions.length === 0) return none;
  const shown = withWords(definitions, searchText.value, textOf);
  if (shown.length === 0)
    return (
      <Empty icon="search" title={`No ${kind} is like this`}>
        <p>Another word may find it.</p>
      </Empty>
    );
  const head = [...columns.map(([words]) => words), 'File'].map((words) => ({ words, class: 'maybe' }));
  return (
    <Rows<T>
      label={TITLES[kind]}
      head={[{ words: kind === 'tool' ? 'Tool' : 'Agent' }, ...head]}
      items={shown}
      keyOf={({ name }) => name}
      row={(definition) => (
        <>
          <th scope="row">
            <span class="sign">
              <Icon name={kind} tone="faint" />
            </span>
            <a class="row-link" href={pathTo(`${kind}s`, definition.name)}>
              {definition.name}
            </a>
            <span class="sub">{definition.description || 'without a description'}</span>
          </th>
          {columns.map(([words, namesOf]) => (
            <td key={words} class="maybe names">
              <Names names={namesOf(definition)} />
            </td>
          ))}
          <td class="maybe second">
            <code>{definition.file}</code>
          </td>
        </>
      )}
    />
  );
}
