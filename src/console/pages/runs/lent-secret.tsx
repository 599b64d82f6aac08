import { Note } from '../../parts/note.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { pathTo } from '../../state/router.ts';

interface LentSecretProps {
  readonly group: string | null;
  readonly name: string;
  readonly version: number | null;
}

/** A secret that a step gets, with what is wrong with it now. */
export function LentSecret({ group, name, version }: LentSecretProps) {
  const { data } = useAnswer(group === null ? null : `${group}/${name}`, () => api.getSecret(group ?? '', name));
  const exposed = data?.exposed ?? [];
  return (
    <span class="lent">
      {group === null ? (
        <code>{name}</code>
      ) : (
        <a class="secret-link" href={pathTo('secrets', group, name)}>
          <code>{name}</code>
        </a>
      )}
      {version !== null && <span>version {version}</span>}
      {exposed.length > 0 && (
        <Note icon="warning" tone="bad">
          exposed to {exposed.join(', ')}
        </Note>
      )}
      {data?.due !== undefined && (
        <Note icon="clock" tone="warn">
          {data.due.state === 'expired' ? 'expired' : 'due'} on {data.due.on}
        </Note>
      )}
      {data !== undefined && version !== null && data.version !== version && (
        <Note icon="info">the vault now has version {data.version}</Note>
      )}
    </span>
  );
}
