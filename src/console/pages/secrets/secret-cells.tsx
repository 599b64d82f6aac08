import { Note } from '../../parts/note.tsx';
import { Ago, dayText } from '../../parts/time.tsx';
import { pathTo } from '../../state/router.ts';
import { STANDINGS } from '../standing.ts';
import type { SecretRow } from './secret-list.ts';

export const SECRET_HEAD = [{ words: 'Name' }, { words: 'Used by' }, { words: 'Value set' }];

/** A row of two lines: name and description, users and faults, age and what is due. */
export function SecretCells({ row, search }: { readonly row: SecretRow; readonly search: string }) {
  const { name, group, description } = row.secret;
  return (
    <>
      <th scope="row">
        <a class="row-link mono" href={pathTo('secrets', group, name) + search}>
          {name}
        </a>
        <span class="sub" dir="auto">
          {description}
        </span>
      </th>
      <Users row={row} />
      <td>
        <Ago at={row.secret.rotated} />
        <ValueNote row={row} />
      </td>
    </>
  );
}

function Users({ row: { users, fault } }: { readonly row: SecretRow }) {
  return (
    <td>
      {users.length === 0 ? <span class="faint">no tool</span> : <span title={users.join(', ')}>{few(users)}</span>}
      {fault && (
        <Note
          icon={STANDINGS[fault.standing].icon}
          tone={fault.standing === 'unasked' ? 'second' : STANDINGS[fault.standing].tone}
        >
          {few(fault.names)} {FAULTS[fault.standing]?.[fault.names.length === 1 ? 0 : 1]}
        </Note>
      )}
    </td>
  );
}

const FAULTS: Readonly<Record<string, readonly [one: string, several: string]>> = {
  refused: ['is refused', 'are refused'],
  changed: ['has changed', 'have changed'],
  unasked: ['never asks', 'never ask'],
};

/** Two names, and how many more: a column has a width. */
function few(names: readonly string[]): string {
  return names.length <= 2 ? names.join(', ') : `${names[0]}, ${names[1]} +${names.length - 2}`;
}

function ValueNote({ row: { secret } }: { readonly row: SecretRow }) {
  const { exposed, due, version } = secret;
  if (exposed !== undefined)
    return (
      <Note icon="warning" tone="bad">
        exposed to {few(exposed)}
      </Note>
    );
  if (due === undefined) return <Note>version {version}</Note>;
  return (
    <Note icon="clock" tone={due.state === 'expired' ? 'bad' : 'warn'}>
      {dueWords(due)}
    </Note>
  );
}

export function dueWords({ state, on, because }: NonNullable<SecretRow['secret']['due']>): string {
  if (state === 'expired') return `expired on ${dayText(on)}`;
  return because === 'expires' ? `expires on ${dayText(on)}` : `due since ${dayText(on)}`;
}
