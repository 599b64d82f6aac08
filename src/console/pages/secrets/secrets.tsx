import { useMemo } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Chips } from '../../parts/choice.tsx';
import { Command } from '../../parts/copy.tsx';
import { ObstacleNotice } from '../../parts/notice.tsx';
import { Rows } from '../../parts/rows.tsx';
import { PageSearch } from '../../parts/search.tsx';
import { Empty, Failed, Skeleton } from '../../parts/states.tsx';
import { useKeys } from '../../state/keys.ts';
import { obstacleToWriting } from '../../state/rights.ts';
import { navigate, pathTo, query, searchText, segments, setQuery } from '../../state/router.ts';
import { useAccess, useSecretList } from '../group-answers.ts';
import { GroupTabs, groupHere } from '../groups.tsx';
import { NoVault } from '../no-vault.tsx';
import { AddSecret } from './add-secret.tsx';
import { Findings } from './findings.tsx';
import { SECRET_HEAD, SecretCells } from './secret-cells.tsx';
import { FILTERS, type FilterName, isFilter, matching, rowsOf, type SecretRow } from './secret-list.ts';
import { SecretPanel } from './secret-panel.tsx';

/** The secrets of a group: a list, and a panel for the one that is open. */
export function SecretsPage() {
  const group = groupHere();
  const list = useSecretList(group);
  const access = useAccess(group);
  const rows = useMemo(() => rowsOf(list.data, access.data), [list.data, access.data]);
  if (group === undefined) return <NoVault title="Secrets" />;
  const name = segments.value[2];
  const search = query.value.size === 0 ? '' : `?${query.value}`;
  const close = () => {
    navigate(pathTo('secrets', group) + search);
    requestAnimationFrame(() => focusRow(name));
  };
  return (
    <section class={`split ${name === undefined ? '' : 'open'}`} aria-labelledby="page-title">
      <div class="list scroller">
        <Head group={group} />
        {list.error && <Failed error={list.error} onRetry={() => void list.reload()} />}
        {list.data === undefined ? (
          !list.error && <Skeleton rows={12} />
        ) : (
          <Listed group={group} rows={rows} findings={list.data} open={name} search={search} />
        )}
      </div>
      {name !== undefined && (
        <SecretPanel key={`${group}/${name}`} group={group} name={name} list={list} access={access} onClose={close} />
      )}
      {query.value.has('add') && <AddSecret group={group} onClose={() => setQuery('add', null)} />}
    </section>
  );
}

/** The row of a panel that closes gets the focus back. */
function focusRow(name: string | undefined): void {
  const links = document.querySelectorAll<HTMLElement>('.list .row-link');
  [...links].find((one) => one.textContent === name)?.focus();
}

function Head({ group }: { readonly group: string }) {
  const obstacle = obstacleToWriting(group, `lockstep secret set NAME --group ${group}`);
  const add = () => {
    if (obstacle === null) setQuery('add', '1');
  };
  useKeys({ n: add });
  return (
    <>
      <header class="head">
        <h1 id="page-title">Secrets</h1>
        <GroupTabs value={group} onChange={(to) => navigate(pathTo('secrets', to))} />
        <PageSearch label="Search secrets by name or description" placeholder="Name or description" />
        <Button kind="primary" icon="plus" obstacle={obstacle} onClick={add}>
          Add secret
        </Button>
      </header>
      {segments.value[2] === undefined && <ObstacleNotice obstacle={obstacle} />}
    </>
  );
}

interface ListedProps {
  readonly group: string;
  readonly rows: readonly SecretRow[];
  readonly findings: Parameters<typeof Findings>[0]['list'];
  readonly open: string | undefined;
  readonly search: string;
}

function Listed({ group, rows, findings, open, search }: ListedProps) {
  const wanted = query.value.get('filter');
  const filter: FilterName = isFilter(wanted) ? wanted : 'all';
  const shown = matching(rows, searchText.value).filter(FILTERS[filter].holds);
  const options = Object.entries(FILTERS).map(([value, { words, holds }]) => ({
    value,
    words,
    count: rows.filter(holds).length,
  }));
  if (rows.length === 0 && findings.findings.length === 0) return <NoSecrets group={group} />;
  return (
    <>
      <Findings list={findings} />
      <Chips
        label="Filter"
        value={filter}
        options={options}
        onChange={(to) => setQuery('filter', to === 'all' ? null : to)}
      />
      {shown.length === 0 ? (
        <NothingFound filter={filter} />
      ) : (
        <Rows
          label={`Secrets of ${group}`}
          head={SECRET_HEAD}
          items={shown}
          keyOf={({ secret }) => secret.name}
          row={(row) => <SecretCells row={row} search={search} />}
          current={open}
        />
      )}
      <p class="below sub" role="status">
        {shown.length === rows.length
          ? `${rows.length} ${rows.length === 1 ? 'secret' : 'secrets'} in ${group}.`
          : `${shown.length} of ${rows.length} secrets in ${group}.`}{' '}
        Anyone with the repository reads names and descriptions; values open only for the readers of {group}.
      </p>
    </>
  );
}

function NothingFound({ filter }: { readonly filter: FilterName }) {
  const text = searchText.value;
  return (
    <Empty
      icon="search"
      title={text ? `No secret matches “${text}”` : `No secret is ${FILTERS[filter].words.toLowerCase()}`}
    >
      <Button onClick={() => navigate(location.pathname, true)}>Show all</Button>
    </Empty>
  );
}

function NoSecrets({ group }: { readonly group: string }) {
  return (
    <Empty icon="key" title={`${group} holds no secrets yet`}>
      <p>
        A secret is a value that tools ask for by name. It is sealed in a file of this repository; only the readers of{' '}
        {group} and the steps that it is granted to get it.
      </p>
      <Button icon="plus" obstacle={obstacleToWriting(group)} onClick={() => setQuery('add', '1')}>
        Add the first secret
      </Button>
      <Command text={`lockstep secret set GITHUB_PAT --group ${group} --description "token of the release bot"`} />
      <p class="sub">Many at once, from a file of variables:</p>
      <Command text={`lockstep secret import .env --group ${group}`} />
    </Empty>
  );
}
