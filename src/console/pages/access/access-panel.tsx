import { useState } from 'preact/hooks';
import type { Access, AccessCell } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Command } from '../../parts/copy.tsx';
import { useAction } from '../../parts/dialog.tsx';
import { ErrorNotice, Notice, ObstacleNotice, Said, type Tone } from '../../parts/notice.tsx';
import { Block, Panel } from '../../parts/panel.tsx';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { obstacleToWriting } from '../../state/rights.ts';
import { pathTo } from '../../state/router.ts';
import { RemoveGrant } from '../secrets/grants-block.tsx';
import { RepinAction, repinTarget, WhatChanged } from '../secrets/repin-dialog.tsx';
import { kindOf, STANDINGS, type Standing, shortName, standingOf } from '../standing.ts';
import { Reasons } from './reasons.tsx';

interface AccessPanelProps {
  readonly group: string;
  readonly access: Access;
  readonly secret: string;
  readonly requester: string;
  readonly onClose: () => void;
}

/** Why one requester gets one secret or does not, and the button that changes it. */
export function AccessPanel({ group, access, secret, requester, onClose }: AccessPanelProps) {
  const cell = access.cells.find((one) => one.secret === secret && one.requester === requester);
  const kind = kindOf(requester);
  const sub = `for ${kind === 'other' ? '' : `the ${kind} `}${shortName(requester)}, in ${group}`;
  return (
    <Panel title={secret} mono sub={sub} onClose={onClose}>
      <Verdict cell={cell} requester={requester} />
      <ObstacleNotice obstacle={obstacleToWriting(group)} />
      <Block title="Why">
        <Reasons group={group} access={access} secret={secret} requester={requester} cell={cell} />
      </Block>
      <Change group={group} pinned={access.pinned} secret={secret} requester={requester} cell={cell} />
    </Panel>
  );
}

const VERDICTS: Readonly<Record<Standing, readonly [tone: Tone, words: string]>> = {
  granted: ['ok', 'Granted.'],
  refused: ['bad', 'Refused.'],
  changed: ['warn', 'Refused.'],
  unasked: ['plain', 'Granted, and never asked for.'],
  none: ['plain', 'Neither asked for nor granted.'],
};

function Verdict({ cell, requester }: { readonly cell: AccessCell | undefined; readonly requester: string }) {
  const standing = standingOf(cell);
  const [tone, words] = VERDICTS[standing];
  const more = {
    granted: `${shortName(requester)} gets it.`,
    refused: <Said text={cell?.reason ?? ''} />,
    changed: <Said text={cell?.reason ?? ''} />,
    unasked: 'A grant that nothing needs is one to remove.',
    none: '',
  }[standing];
  return (
    <Notice tone={tone} icon={STANDINGS[standing].icon}>
      <p>
        <b>{words}</b> {more}
      </p>
    </Notice>
  );
}

interface ChangeProps {
  readonly group: string;
  readonly pinned: boolean;
  readonly secret: string;
  readonly requester: string;
  readonly cell: AccessCell | undefined;
}

function Change(props: ChangeProps) {
  const { cell, requester } = props;
  const standing = standingOf(cell);
  const isOwn = (cell?.grants.length ?? 0) > 0;
  const elsewhere = cell?.through?.filter((tool) => `tool:${tool}` !== requester) ?? [];
  if (standing === 'changed' && isOwn) return <ChangedSince {...props} />;
  if ((standing === 'refused' || standing === 'changed') && !isOwn && elsewhere.length > 0)
    return <Elsewhere {...props} tools={elsewhere} />;
  return (
    <Block title={isOwn ? 'Take it back' : 'Grant'}>
      {isOwn && cell ? <Remove {...props} cell={cell} /> : <Grant {...props} />}
    </Block>
  );
}

/** An agent reaches a secret through its tools, below its ceiling: the ceiling or their grant is what is missing. */
function Elsewhere({ group, secret, requester, tools }: ChangeProps & { readonly tools: readonly string[] }) {
  const agent = useAnswer(requester, () => api.getAgent(shortName(requester)));
  if (agent.data === undefined) return null;
  if (!agent.data.secrets.includes(secret))
    return (
      <Block title="Let it through">
        <p>
          An agent gets only what it lists. To let it through, add {secret} to <code>secrets:</code> in{' '}
          <code>{agent.data.file}</code>.
        </p>
      </Block>
    );
  return (
    <Block title="Where it is granted">
      <p>An agent needs no grant for what its tools ask for: the tools do.</p>
      <ul>
        {tools.map((tool) => (
          <li key={tool}>
            <a href={pathTo('access', group, secret, `tool:${tool}`)}>
              {secret} for {tool}
            </a>
          </li>
        ))}
      </ul>
    </Block>
  );
}

function ChangedSince({ group, secret, requester, cell }: ChangeProps) {
  const target = repinTarget(requester);
  const preview = useAnswer(`${group}/${target}`, () => api.previewRepin(group, target));
  return (
    <Block title="What changed since">
      {preview.error && <Failed error={preview.error} onRetry={() => void preview.reload()} />}
      {preview.data === undefined ? (
        !preview.error && <Skeleton rows={4} single />
      ) : (
        <div class="prose">
          <WhatChanged preview={preview.data} />
          <RepinAction preview={preview.data} group={group}>
            {cell && <RemoveButton group={group} secret={secret} cell={cell} />}
          </RepinAction>
        </div>
      )}
    </Block>
  );
}

function Grant({ group, pinned, secret, requester, cell }: ChangeProps) {
  const pin = pinned && kindOf(requester) !== 'other';
  const { busy, error, run } = useAction(async () => {
    await api.grantSecret(group, secret, { grants: [requester], pin });
  });
  const command = `lockstep secret grant ${secret} --to ${requester}${pin ? ' --pin' : ''} --group ${group}`;
  return (
    <div class="prose">
      <p class="second">
        {cell?.asked
          ? `${shortName(requester)} asks for it, and would get it.`
          : `${shortName(requester)} does not ask for it: a grant alone gives it nothing.`}
        {pin && ' The grant is for its definition as it is now.'}
      </p>
      <ErrorNotice error={error} />
      <div class="actions">
        <Button
          kind={cell?.asked ? 'primary' : 'quiet'}
          busy={busy}
          obstacle={obstacleToWriting(group)}
          onClick={() => void run()}
        >
          Grant to {shortName(requester)}
        </Button>
      </div>
      <Command text={command} />
    </div>
  );
}

function Remove({ group, secret, requester, cell }: ChangeProps & { readonly cell: AccessCell }) {
  return (
    <div class="prose">
      <p class="second">
        {cell.asked
          ? `${shortName(requester)} asks for it, and is refused without the grant.`
          : 'Nothing stops working without it.'}
      </p>
      <div class="actions">
        <RemoveButton group={group} secret={secret} cell={cell} />
      </div>
      <Command text={`lockstep secret revoke ${secret} --to ${requester} --group ${group}`} />
    </div>
  );
}

function RemoveButton({
  group,
  secret,
  cell,
}: {
  readonly group: string;
  readonly secret: string;
  readonly cell: AccessCell;
}) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button obstacle={obstacleToWriting(group)} onClick={() => setAsking(true)}>
        Remove grant
      </Button>
      {asking && <RemoveGrant secret={{ group, name: secret }} cell={cell} onClose={() => setAsking(false)} />}
    </>
  );
}
