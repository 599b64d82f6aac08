import { useState } from 'preact/hooks';
import type { AccessCell, Secret } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Select } from '../../parts/field.tsx';
import { Block } from '../../parts/panel.tsx';
import { api } from '../../state/api.ts';
import { obstacleToWriting } from '../../state/rights.ts';
import { navigate, pathTo } from '../../state/router.ts';
import { groups } from '../../state/store.ts';
import { kindOf, standingOf } from '../standing.ts';

/** Where a secret moves to, and how it ends. */
export function EndBlock({ secret, cells }: { readonly secret: Secret; readonly cells: readonly AccessCell[] }) {
  const [asking, setAsking] = useState<'move' | 'remove' | null>(null);
  const { name, group } = secret;
  const obstacle = obstacleToWriting(group, `lockstep secret remove ${name} --group ${group}`);
  const tools = cells.filter((cell) => kindOf(cell.requester) === 'tool' && standingOf(cell) === 'granted').length;
  const close = () => setAsking(null);
  const remove = async () => {
    await api.removeSecret(group, name);
    navigate(pathTo('secrets', group));
  };
  return (
    <Block title="Move or remove">
      <p class="second">
        {tools === 0
          ? 'No tool uses it.'
          : `${tools} ${tools === 1 ? 'tool stops' : 'tools stop'} working in ${group} without it.`}{' '}
        The value stays in Git’s history, sealed.
      </p>
      <div class="actions">
        {groups.value.length > 1 && (
          <Button small obstacle={obstacle} onClick={() => setAsking('move')}>
            Move…
          </Button>
        )}
        <Button small kind="danger" obstacle={obstacle} onClick={() => setAsking('remove')}>
          Remove…
        </Button>
      </div>
      {asking === 'move' && <MoveSecret secret={secret} onClose={close} />}
      {asking === 'remove' && (
        <Confirm
          title={`Remove ${name} from ${group}?`}
          action="Remove secret"
          danger
          typed={name}
          onConfirm={remove}
          onClose={close}
        >
          <p>
            {tools === 0
              ? 'No tool uses it.'
              : `${tools} ${tools === 1 ? 'tool uses' : 'tools use'} it and will be refused.`}{' '}
            The sealed value stays in Git’s history; replace it at its source if it must not be used again.
          </p>
        </Confirm>
      )}
    </Block>
  );
}

function MoveSecret({ secret, onClose }: { readonly secret: Secret; readonly onClose: () => void }) {
  const others = groups.value.map(({ name }) => name).filter((name) => name !== secret.group);
  const [to, setTo] = useState(others[0] ?? '');
  const obstacle = obstacleToWriting(to);
  const move = async () => {
    await api.moveSecret(secret.group, secret.name, to);
    navigate(pathTo('secrets', to, secret.name));
  };
  return (
    <Confirm title={`Move ${secret.name} to another group`} action={`Move to ${to}`} onConfirm={move} onClose={onClose}>
      <p>
        The value is sealed again for the readers of the other group. Description and dates move with it, grants do not:
        they are given in the other group again.
      </p>
      <Select
        label="To"
        value={to}
        onChange={setTo}
        options={others.map((name) => [name, name])}
        {...(obstacle && { fault: obstacle.why })}
      />
    </Confirm>
  );
}
