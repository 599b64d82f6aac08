import { useState } from 'preact/hooks';
import type { AuditList, AuditRecord } from '../generated/answers.ts';
import { Button } from '../parts/button.tsx';
import { useAction } from '../parts/dialog.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { PageSearch } from '../parts/search.tsx';
import { Empty, Failed, Skeleton } from '../parts/states.tsx';
import { Ago, exactText } from '../parts/time.tsx';
import { useAnswer } from '../state/answer.ts';
import { api } from '../state/api.ts';
import { pathTo, searchText } from '../state/router.ts';
import { hasVault } from '../state/store.ts';
import { NoVault } from './no-vault.tsx';

const PAGE = 200;

/** The records of what was done with secrets on this machine. */
export function AuditPage() {
  const first = useAnswer(
    hasVault.value ? 'audit' : null,
    () => api.listAudit({ limit: PAGE }),
    ({ type }) => type !== 'ready',
  );
  if (!hasVault.value) return <NoVault title="Audit" />;
  return (
    <section class="view scroller" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Audit</h1>
        <PageSearch label="Search by member, secret, tool or action" placeholder="Member, secret, tool" />
        <Button icon="print" onClick={() => print()}>
          Print
        </Button>
      </header>
      <p class="lead second">
        The records of this machine: what runs, people and this server did with secrets here. Others have their own.
        Names and versions, never a value.
      </p>
      {first.error && <Failed error={first.error} onRetry={() => void first.reload()} />}
      {first.data === undefined ? !first.error && <Skeleton rows={12} single /> : <Records first={first.data} />}
    </section>
  );
}

function Records({ first }: { readonly first: AuditList }) {
  const [older, setOlder] = useState<{ records: readonly AuditRecord[]; next: string | null } | null>(null);
  const next = older === null ? first.next : older.next;
  const { busy, error, run } = useAction(async () => {
    const more = await api.listAudit({ limit: PAGE, ...(next !== null && { cursor: next }) });
    setOlder({ records: [...(older?.records ?? []), ...more.records], next: more.next });
  });
  const all = [
    ...first.records,
    ...(older?.records ?? []).filter(({ id }) => !first.records.some((one) => one.id === id)),
  ];
  const words = searchText.value.toLowerCase();
  const shown = all.filter((one) => textOf(one).includes(words));
  if (all.length === 0) return <Empty icon="list" title="Nothing was done with secrets here yet" />;
  return (
    <>
      {shown.length === 0 ? <Empty icon="search" title="No record matches" /> : <RecordTable records={shown} />}
      <ErrorNotice error={error} />
      <p class="below actions">
        <span class="sub">
          {shown.length} of {all.length} records shown.
        </span>
        {next !== null && (
          <Button small busy={busy} onClick={() => void run()}>
            Load older ones
          </Button>
        )}
      </p>
    </>
  );
}

function textOf({
  member = '',
  action,
  group = '',
  secrets = [],
  tool = '',
  agent = '',
  detail = '',
}: AuditRecord): string {
  return [member, ACTIONS[action].words, group, ...secrets.map(({ name }) => name), tool, agent, detail]
    .join(' ')
    .toLowerCase();
}

function RecordTable({ records }: { readonly records: readonly AuditRecord[] }) {
  return (
    <table class="rows cards flow one audit" aria-label="Records, newest first">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">Secrets</th>
          <th scope="col">For</th>
        </tr>
      </thead>
      <tbody>
        {records.map((one) => (
          <Record key={one.id} record={one} />
        ))}
      </tbody>
    </table>
  );
}

interface Action {
  readonly words: string;
  readonly icon: IconName;
  /** It stands out: a value left the vault for a person. */
  readonly tone?: string;
}

const ACTIONS: Readonly<Record<AuditRecord['action'], Action>> = {
  use: { words: 'used', icon: 'run' },
  outcome: { words: 'run ended', icon: 'succeeded' },
  reveal: { words: 'revealed', icon: 'eye', tone: 'warn' },
  export: { words: 'exported', icon: 'eye', tone: 'warn' },
  set: { words: 'set', icon: 'key' },
  rotate: { words: 'rotated', icon: 'key' },
  describe: { words: 'described', icon: 'edit' },
  remove: { words: 'removed', icon: 'bin' },
  grant: { words: 'granted', icon: 'granted' },
  revoke: { words: 'revoked', icon: 'unasked' },
  members: { words: 'members changed', icon: 'people' },
  groups: { words: 'groups changed', icon: 'people' },
  scan: { words: 'scanned files for', icon: 'search' },
};

function Record({ record }: { readonly record: AuditRecord }) {
  const { time, member, action, group, secrets = [] } = record;
  const { words, icon, tone = '' } = ACTIONS[action];
  return (
    <tr>
      <td class="time" title={exactText(time)}>
        <span class="screen">
          <Ago at={time} />
        </span>
        <span class="paper">{exactText(time)}</span>
      </td>
      <td>{member ?? <span class="faint">unknown</span>}</td>
      <td class={tone}>
        <Icon name={icon} tone={tone === '' ? 'second' : tone} /> {words}
      </td>
      <td class="wraps full">
        {secrets.map(({ name, version }) => (
          <span key={name} class="item">
            <a class="mono" href={pathTo('secrets', group ?? '', name)}>
              {name}
            </a>{' '}
            <span class="faint">{version}</span>
          </span>
        ))}
        {group !== undefined && <span class="sub">{group}</span>}
      </td>
      <td class="wraps full">
        <For record={record} />
      </td>
    </tr>
  );
}

/** The tool, agent and run, or what a change was: digests are shortened. */
function For({ record: { tool, agent, run, detail } }: { readonly record: AuditRecord }) {
  return (
    <>
      {tool !== undefined && <a href={pathTo('tools', tool)}>{tool}</a>}
      {agent !== undefined && <span class="sub"> through {agent}</span>}
      {run !== undefined && (
        <span class="sub">
          {' '}
          <a href={pathTo('runs', run)}>run</a>
        </span>
      )}
      {detail !== undefined && (
        <span class="sub"> {detail.replace(/@sha256:([0-9a-f]{8})[0-9a-f]{56}/g, ' $1').replaceAll('tool:', '')}</span>
      )}
    </>
  );
}
