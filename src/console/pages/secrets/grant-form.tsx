import { useState } from 'preact/hooks';
import type { AccessCell, Secret } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { useAction } from '../../parts/dialog.tsx';
import { Select } from '../../parts/field.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { shortName } from '../standing.ts';

interface GrantFormProps {
  readonly secret: Pick<Secret, 'group' | 'name'>;
  readonly pinned: boolean;
  readonly cells: readonly AccessCell[];
  readonly onClose: () => void;
}

/** Grants a secret to a tool, an agent, or `exec`. */
export function GrantForm({ secret, pinned, cells, onClose }: GrantFormProps) {
  const [to, setTo] = useState('');
  const options = useRequesters(pinned);
  const { busy, error, run } = useAction(async () => {
    await api.grantSecret(secret.group, secret.name, { grants: [to], pin: pinned && to !== 'exec' });
    onClose();
  });
  const known = new Set(cells.filter(({ grants }) => grants.length > 0).map(({ requester }) => requester));
  const asks = cells.some(({ requester, asked }) => requester === to && asked);
  const submit = (event: Event) => {
    event.preventDefault();
    if (to !== '') void run();
  };
  return (
    <form class="form sunk" onSubmit={submit}>
      <Select
        label="Grant to"
        value={to}
        onChange={setTo}
        options={[['', 'Choose…'], ...options.filter(([value]) => !known.has(value))]}
        hint={to === '' ? HINT : grantHint(to, asks, pinned)}
      />
      <ErrorNotice error={error} />
      <div class="actions">
        <Button submit kind="primary" busy={busy} disabled={to === ''}>
          Grant
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
}

const HINT = 'A tool gets a secret when it asks for it and a grant allows it.';

function grantHint(to: string, asks: boolean, pinned: boolean): string {
  if (to === 'exec') return 'Any command that a member starts with `lockstep exec` may get it.';
  const which = pinned ? ' The grant is for its definition as it is now; a change loses it.' : '';
  return `${shortName(to)} ${asks ? 'asks for it.' : 'does not ask for it now: nothing changes until it does.'}${which}`;
}

/** What a secret can be granted to. A pinned group honours no grant to `exec`. */
export function useRequesters(pinned: boolean): readonly (readonly [value: string, words: string])[] {
  const { data } = useAnswer('requesters', async () => {
    const [tools, agents] = await Promise.all([api.listTools(), api.listAgents()]);
    return [
      ...tools.tools.map(({ name }) => [`tool:${name}`, name] as const),
      ...agents.agents.map(({ name }) => [`agent:${name}`, `${name} (agent)`] as const),
    ];
  });
  return [...(data ?? []), ...(pinned ? [] : [['exec', 'exec: any command'] as const])];
}
