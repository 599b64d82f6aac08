import { useState } from 'preact/hooks';
import type { Access, AccessCell, Revision, Secret } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm, useAction } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { Block } from '../../parts/panel.tsx';
import { dayText } from '../../parts/time.tsx';
import { api } from '../../state/api.ts';
import { obstacleToWriting } from '../../state/rights.ts';
import { pathTo } from '../../state/router.ts';
import { cellsBySecret, kindOf, STANDINGS, shortName, standingOf } from '../standing.ts';
import { GrantForm } from './grant-form.tsx';
import { RepinDialog } from './repin-dialog.tsx';

interface GrantsProps {
  readonly secret: Secret;
  readonly access: Access | undefined;
  readonly revisions: readonly Revision[] | undefined;
}

/** Who may use a secret, who asks and is refused, and what each grant is worth. */
export function GrantsBlock({ secret, access, revisions }: GrantsProps) {
  const [adding, setAdding] = useState(false);
  const cells = cellsBySecret(access).get(secret.name) ?? [];
  const obstacle = obstacleToWriting(
    secret.group,
    `lockstep secret grant ${secret.name} --to tool:NAME --group ${secret.group}`,
  );
  const add = !adding && (
    <Button kind="quiet" small icon="plus" obstacle={obstacle} onClick={() => setAdding(true)}>
      Grant
    </Button>
  );
  return (
    <Block title="Who may use it" action={add}>
      {adding && (
        <GrantForm secret={secret} pinned={access?.pinned === true} cells={cells} onClose={() => setAdding(false)} />
      )}
      {cells.length === 0 && !adding && <p class="second">No tool asks for it, and it is granted to none.</p>}
      {cells.length > 0 && (
        <ul class="grants">
          {cells.map((cell) => (
            <GrantLine
              key={cell.requester}
              secret={secret}
              cell={cell}
              pinned={access?.pinned === true}
              revisions={revisions}
            />
          ))}
        </ul>
      )}
    </Block>
  );
}

interface LineProps {
  readonly secret: Secret;
  readonly cell: AccessCell;
  readonly pinned: boolean;
  readonly revisions: readonly Revision[] | undefined;
}

function GrantLine({ secret, cell, pinned, revisions }: LineProps) {
  const standing = standingOf(cell);
  const { icon, tone, words } = STANDINGS[standing];
  const kind = kindOf(cell.requester);
  const name = shortName(cell.requester);
  return (
    <li>
      <span title={words}>
        <Icon name={kind === 'agent' && standing === 'granted' ? 'agent' : icon} tone={tone} />
        <span class="vh">{words}: </span>
      </span>
      <span class="grow">
        {kind === 'other' ? name : <a href={pathTo(`${kind}s`, name)}>{name}</a>}
        <span class="sub">{detail(cell, revisions)}</span>
      </span>
      <LineAction secret={secret} cell={cell} pinned={pinned} />
    </li>
  );
}

/** The definition that a grant names, and who gave it. */
function detail(cell: AccessCell, revisions: readonly Revision[] | undefined): string {
  const [grant] = cell.grants;
  const standing = standingOf(cell);
  if (grant === undefined) {
    const through = cell.through?.length ? ` through ${cell.through.join(', ')}` : '';
    return standing === 'granted' ? `reaches it${through}` : cell.reason.replaceAll('`', '');
  }
  const [, digest] = /@sha256:([0-9a-f]{8})/.exec(grant) ?? [];
  const given = revisions?.find(({ granted }) => granted?.includes(grant));
  const by = given && `, by ${given.by}${given.date === null ? '' : ` on ${dayText(given.date)}`}`;
  const which = digest === undefined ? 'any definition' : `definition ${digest}`;
  const fault =
    { changed: 'it has changed since: ', unasked: 'never asks; ', refused: `${cell.reason}; ` }[standing as string] ??
    '';
  return `${fault}${which}${by ?? ''}`;
}

function LineAction({ secret, cell, pinned }: Omit<LineProps, 'revisions'>) {
  const [asking, setAsking] = useState<'remove' | 'repin' | null>(null);
  const obstacle = obstacleToWriting(secret.group);
  const standing = standingOf(cell);
  const isOwn = cell.grants.length > 0;
  const close = () => setAsking(null);
  const canGrant = standing === 'refused' && !isOwn && cell.through === undefined && kindOf(cell.requester) !== 'other';
  return (
    <>
      {canGrant && <GrantNow secret={secret} requester={cell.requester} pinned={pinned} />}
      {standing === 'changed' && isOwn && (
        <Button small obstacle={obstacle} onClick={() => setAsking('repin')}>
          Changes…
        </Button>
      )}
      {isOwn && (
        <Button
          small
          kind="quiet"
          obstacle={obstacle}
          onClick={() => setAsking('remove')}
          label={`Remove the grant to ${shortName(cell.requester)}`}
        >
          Remove
        </Button>
      )}
      {asking === 'remove' && <RemoveGrant secret={secret} cell={cell} onClose={close} />}
      {asking === 'repin' && <RepinDialog group={secret.group} requester={cell.requester} onClose={close} />}
    </>
  );
}

/** A grant is explained by the line it stands in: what asks, and that it is refused. */
function GrantNow({
  secret,
  requester,
  pinned,
}: {
  readonly secret: Secret;
  readonly requester: string;
  readonly pinned: boolean;
}) {
  const { busy, error, run } = useAction(async () => {
    await api.grantSecret(secret.group, secret.name, { grants: [requester], pin: pinned });
  });
  return (
    <>
      <Button
        small
        busy={busy}
        obstacle={obstacleToWriting(secret.group)}
        onClick={() => void run()}
        label={`Grant ${secret.name} to ${shortName(requester)}`}
      >
        Grant
      </Button>
      <ErrorNotice error={error} />
    </>
  );
}

export function RemoveGrant({
  secret,
  cell,
  onClose,
}: {
  readonly secret: Pick<Secret, 'group' | 'name'>;
  readonly cell: AccessCell;
  readonly onClose: () => void;
}) {
  const name = shortName(cell.requester);
  const remove = async () => {
    await api.revokeSecret(secret.group, secret.name, cell.grants);
    onClose();
  };
  return (
    <Confirm title={`Remove the grant to ${name}?`} action="Remove grant" danger onConfirm={remove} onClose={onClose}>
      <p>
        {cell.asked
          ? `${name} asks for ${secret.name} and stops working in ${secret.group} without it.`
          : `${name} never asks for ${secret.name}, so nothing stops working.`}
      </p>
    </Confirm>
  );
}
