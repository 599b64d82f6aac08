import type { Group, Member, Secret } from '../generated/answers.ts';
import { Command } from '../parts/copy.tsx';
import { Icon } from '../parts/icon.tsx';
import { Note, Tag } from '../parts/note.tsx';
import { Failed, Skeleton } from '../parts/states.tsx';
import { useAnswer } from '../state/answer.ts';
import { api } from '../state/api.ts';
import { pathTo } from '../state/router.ts';
import { hasVault, status } from '../state/store.ts';
import { NoVault } from './no-vault.tsx';

interface People {
  readonly members: readonly Member[];
  readonly groups: readonly Group[];
  readonly due: readonly Secret[];
}

async function readPeople(): Promise<People> {
  const [{ members }, { groups }, { due }] = await Promise.all([api.listMembers(), api.listGroups(), api.listDue()]);
  return { members, groups, due };
}

/** Who can read and change secrets. Members and groups change at a terminal, where an admin has the key. */
export function MembersPage() {
  const people = useAnswer(hasVault.value ? 'people' : null, readPeople);
  if (!hasVault.value) return <NoVault title="Members" />;
  return (
    <section class="view scroller" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Members</h1>
      </header>
      {people.error && <Failed error={people.error} onRetry={() => void people.reload()} />}
      {people.data === undefined ? (
        !people.error && <Skeleton rows={6} />
      ) : (
        <>
          <MemberTable members={people.data.members} />
          <FormerMembers people={people.data} />
          <GroupTable groups={people.data.groups} />
          <Changes />
        </>
      )}
    </section>
  );
}

function MemberTable({ members }: { readonly members: readonly Member[] }) {
  return (
    <table class="rows cards one" aria-label="Members">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Reads</th>
          <th scope="col">Writes</th>
          <th scope="col">Members and groups</th>
        </tr>
      </thead>
      <tbody>
        {members.map(({ name, reads, writes, admin }) => (
          <tr key={name}>
            <th scope="row">
              <Icon name="user" tone="second" /> <b>{name}</b>{' '}
              {name === status.value?.member && <Tag title="this server signs as this member">this server</Tag>}
            </th>
            <td class="full">
              <span class="phone">Reads </span>
              {reads.join(', ') || <span class="faint">nothing</span>}
            </td>
            <td class="full">
              <span class="phone">Writes </span>
              {writes.join(', ') || <span class="faint">nothing</span>}
            </td>
            <td class="full">
              <span class="phone">Members and groups </span>
              {admin ? 'changes them' : <span class="faint">no</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** They may have kept what they could read: each value counts until it is replaced. */
function FormerMembers({ people: { due } }: { readonly people: People }) {
  const former = Map.groupBy(
    due.flatMap((secret) => (secret.exposed ?? []).map((name) => ({ name, secret }))),
    ({ name }) => name,
  );
  if (former.size === 0) return null;
  return (
    <section class="below" aria-labelledby="former">
      <h2 id="former">Former members</h2>
      <ul class="former">
        {[...former].map(([name, ones]) => (
          <li key={name}>
            <p>
              <Icon name="warning" tone="bad" /> <b>{name}</b> could read {ones.length}{' '}
              {ones.length === 1 ? 'value' : 'values'} that {ones.length === 1 ? 'has' : 'have'} not been replaced
              since:
            </p>
            <p class="wraps">
              {ones.map(({ secret: { group, name: secret } }) => (
                <a key={`${group}/${secret}`} class="mono" href={pathTo('secrets', group, secret)}>
                  {group}/{secret}
                </a>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function GroupTable({ groups }: { readonly groups: readonly Group[] }) {
  return (
    <section class="below" aria-labelledby="groups">
      <h2 id="groups">Groups</h2>
      <table class="rows cards" aria-labelledby="groups">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Secrets</th>
            <th scope="col">Readers</th>
            <th scope="col">Writers</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((one) => (
            <tr key={one.name}>
              <th scope="row">
                <a class="row-link" href={pathTo('secrets', one.name)}>
                  {one.name}
                </a>
                <GroupNote group={one} />
              </th>
              <td class="full">
                <span class="phone">Secrets </span>
                {one.secrets}
              </td>
              <td class="wraps full">
                <span class="phone">Readers </span>
                {one.readers.join(', ')}
              </td>
              <td class="wraps full">
                <span class="phone">Writers </span>
                {one.writers.join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function GroupNote({ group: { pinned, rekeying, exposed, name } }: { readonly group: Group }) {
  if (rekeying)
    return (
      <Note icon="warning" tone="warn">
        the re-key is not complete: lockstep group rekey {name}
      </Note>
    );
  if (exposed.length > 0)
    return (
      <Note icon="warning" tone="bad">
        {exposed.length} exposed
      </Note>
    );
  return pinned ? (
    <Note icon="lock">pinned: only grants to an exact definition count</Note>
  ) : (
    <Note>grants by name count</Note>
  );
}

const COMMANDS: readonly (readonly [words: string, command: string])[] = [
  ['Add a member; lockstep whoami shows people their card', 'lockstep member add NAME CARD --read dev --write dev'],
  ['Remove one, and re-key what they could read', 'lockstep member remove NAME'],
  ['Make a group with a key of its own', 'lockstep group add NAME --pinned'],
];

function Changes() {
  return (
    <section class="below" aria-labelledby="changes">
      <h2 id="changes">Changes</h2>
      <p class="second">Members and groups change at a terminal: an admin signs with their own identity.</p>
      <div class="commands">
        {COMMANDS.map(([words, command]) => (
          <div key={command}>
            <p class="sub">{words}</p>
            <Command text={command} />
          </div>
        ))}
      </div>
    </section>
  );
}
