import type { Access } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Chips } from '../../parts/choice.tsx';
import { Icon } from '../../parts/icon.tsx';
import { PageSearch } from '../../parts/search.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { navigate, pathTo, query, searchText, segments, setQuery } from '../../state/router.ts';
import { useAccess } from '../group-answers.ts';
import { GroupTabs, groupHere } from '../groups.tsx';
import { NoVault } from '../no-vault.tsx';
import { STANDINGS } from '../standing.ts';
import { AccessPanel } from './access-panel.tsx';
import { type Chosen, Matrix } from './matrix.tsx';
import { ACCESS_FILTERS, type AccessFilter, found, holdsFilter, isAccessFilter, matrixRows } from './matrix-view.ts';

/** Who may use what: secrets against tools, agents and `exec`. A click explains a cell before anything is changed. */
export function AccessPage() {
  const group = groupHere();
  const access = useAccess(group);
  if (group === undefined) return <NoVault title="Who may use what" />;
  const [, , secret, requester] = segments.value;
  const chosen = secret !== undefined && requester !== undefined ? { secret, requester } : null;
  const search = query.value.size === 0 ? '' : `?${query.value}`;
  const close = () => {
    const cell = document.querySelector<HTMLElement>('.cell[aria-current]');
    navigate(pathTo('access', group) + search);
    cell?.focus();
  };
  return (
    <section class={`split ${chosen === null ? '' : 'open'}`} aria-labelledby="page-title">
      <div class="list scroller">
        <header class="head">
          <h1 id="page-title">Who may use what</h1>
          <GroupTabs value={group} onChange={(to) => navigate(pathTo('access', to))} />
          <PageSearch label="Search by secret or tool" placeholder="Secret or tool" />
        </header>
        {access.error && <Failed error={access.error} onRetry={() => void access.reload()} />}
        {access.data === undefined ? (
          !access.error && <Skeleton rows={12} single />
        ) : (
          <Shown group={group} access={access.data} chosen={chosen} search={search} />
        )}
      </div>
      {chosen !== null && access.data && (
        <AccessPanel
          key={`${chosen.secret} ${chosen.requester}`}
          group={group}
          access={access.data}
          {...chosen}
          onClose={close}
        />
      )}
    </section>
  );
}

interface ShownProps {
  readonly group: string;
  readonly access: Access;
  readonly chosen: Chosen | null;
  readonly search: string;
}

function Shown({ group, access, chosen, search }: ShownProps) {
  const wanted = query.value.get('filter');
  const filter: AccessFilter = isAccessFilter(wanted) ? wanted : 'all';
  const rows = matrixRows(access);
  if (rows.length === 0 || access.requesters.length === 0)
    return <NothingToShow group={group} hasSecrets={rows.length > 0} />;
  const view = found(
    access,
    rows.filter((row) => holdsFilter(row, filter)),
    searchText.value,
  );
  return (
    <>
      <Chips
        label="Filter"
        value={filter}
        onChange={(to) => setQuery('filter', to === 'all' ? null : to)}
        options={Object.entries(ACCESS_FILTERS).map(([value, { words, standing }]) => ({
          value,
          words: (
            <>
              {standing !== null && <Icon name={STANDINGS[standing].icon} tone={STANDINGS[standing].tone} />}
              {words}
            </>
          ),
          count: rows.filter((row) => isAccessFilter(value) && holdsFilter(row, value)).length,
        }))}
      />
      {view.rows.length === 0 ? (
        <Empty icon="search" title="Nothing matches">
          <Button onClick={() => navigate(pathTo('access', group), true)}>Show all</Button>
        </Empty>
      ) : (
        <>
          <Matrix group={group} view={view} chosen={chosen} search={search} />
          <Legend />
        </>
      )}
    </>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Signs">
      {(['granted', 'refused', 'changed', 'unasked'] as const).map((one) => (
        <li key={one}>
          <Icon name={STANDINGS[one].icon} tone={STANDINGS[one].tone} /> {STANDINGS[one].words}
        </li>
      ))}
    </ul>
  );
}

function NothingToShow({ group, hasSecrets }: { readonly group: string; readonly hasSecrets: boolean }) {
  return (
    <Empty icon="grid" title={hasSecrets ? `Nothing asks for a secret of ${group}` : `${group} holds no secrets yet`}>
      <p>
        A step gets a secret when its tool asks for it, a grant of the vault allows it, and, through an agent, the agent
        lists it. This page shows all three for each pair.
      </p>
      <a href={pathTo('secrets', group)}>Secrets of {group}</a>
    </Empty>
  );
}
