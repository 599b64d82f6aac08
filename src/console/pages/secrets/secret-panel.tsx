import type { Access, Secret, SecretHistory, SecretList } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Notice, ObstacleNotice } from '../../parts/notice.tsx';
import { Block, Panel } from '../../parts/panel.tsx';
import { Skeleton } from '../../parts/states.tsx';
import { Ago } from '../../parts/time.tsx';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { obstacleToWriting } from '../../state/rights.ts';
import { groupNamed } from '../../state/store.ts';
import { concernsGroup } from '../group-answers.ts';
import { cellsBySecret } from '../standing.ts';
import { AboutBlock } from './about-block.tsx';
import { EndBlock } from './end-block.tsx';
import { GrantsBlock } from './grants-block.tsx';
import { HistoryBlock } from './history-block.tsx';
import { dueWords } from './secret-cells.tsx';
import { ValueBlock } from './value-block.tsx';

interface SecretPanelProps {
  readonly group: string;
  readonly name: string;
  readonly list: Answer<SecretList>;
  readonly access: Answer<Access>;
  readonly onClose: () => void;
}

/** Everything about one secret, but its value. */
export function SecretPanel({ group, name, list, access, onClose }: SecretPanelProps) {
  const secret = list.data?.secrets.find((one) => one.name === name);
  const key = secret === undefined ? null : `${group}/${name}`;
  const history = useAnswer(key, () => api.getSecretHistory(group, name), concernsGroup(group));
  if (secret === undefined)
    return (
      <Panel title={name} mono onClose={onClose}>
        {list.data === undefined ? (
          !list.error && <Skeleton rows={6} />
        ) : (
          <Gone group={group} name={name} onClose={onClose} />
        )}
      </Panel>
    );
  const by = history.data?.revisions.findLast(({ version }) => version === secret.version)?.by;
  const sub = (
    <>
      {group} · version {secret.version} · set <Ago at={secret.rotated} />
      {by !== undefined && ` by ${by}`}
    </>
  );
  return (
    <Panel title={name} mono sub={sub} tools={<CopyButton text={name} label="Copy the name" />} onClose={onClose}>
      <Opened secret={secret} access={access.data} history={history} />
    </Panel>
  );
}

interface OpenedProps {
  readonly secret: Secret;
  readonly access: Access | undefined;
  readonly history: Answer<SecretHistory>;
}

function Opened({ secret, access, history }: OpenedProps) {
  const { name, group } = secret;
  const cells = cellsBySecret(access).get(name) ?? [];
  return (
    <>
      <Warnings secret={secret} />
      <ObstacleNotice obstacle={obstacleToWriting(group, `lockstep secret set ${name} --group ${group}`)} />
      <ValueBlock secret={secret} />
      <AboutBlock secret={secret} />
      <GrantsBlock secret={secret} access={access} revisions={history.data?.revisions} />
      <Block title="Who can read the value">
        <p>{(groupNamed(group)?.readers ?? []).join(', ')}</p>
        <p class="sub">The readers of {group}, and the steps that it is granted to.</p>
      </Block>
      <HistoryBlock secret={secret} history={history} />
      <EndBlock secret={secret} cells={cells} />
    </>
  );
}

/** Reasons to replace the value. */
function Warnings({ secret: { exposed, due, version } }: { readonly secret: Secret }) {
  if (exposed === undefined && due === undefined) return null;
  const isBad = exposed !== undefined || due?.state === 'expired';
  const also = exposed === undefined ? '' : 'also ';
  const dueText = due && (due.because === 'rotateEvery' ? `is ${also}${dueWords(due)}` : also + dueWords(due));
  return (
    <Notice tone={isBad ? 'bad' : 'warn'} icon={exposed === undefined ? 'clock' : 'warning'}>
      <p>
        {exposed === undefined ? (
          <b>The value {dueText}.</b>
        ) : (
          <>
            <b>
              {exposed.join(', ')} could read version {version}
            </b>{' '}
            before they were removed{dueText ? `; it ${dueText}` : ''}.
          </>
        )}{' '}
        Replace the value at its source, then set the new one here.
      </p>
    </Notice>
  );
}

function Gone({
  group,
  name,
  onClose,
}: {
  readonly group: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  return (
    <Notice tone="warn">
      <p>
        <b>
          {group} holds no {name}.
        </b>{' '}
        It was removed or moved, or the address is not right.
      </p>
      <Button onClick={onClose}>Show the list</Button>
    </Notice>
  );
}
