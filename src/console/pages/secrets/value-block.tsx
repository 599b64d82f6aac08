import { useState } from 'preact/hooks';
import type { Secret } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Notice, sentence } from '../../parts/notice.tsx';
import { Block } from '../../parts/panel.tsx';
import { obstacleToWriting } from '../../state/rights.ts';
import { SetValue } from './set-value.tsx';
import { ViewValue } from './view-value.tsx';

/** The value: it is set here and, where the server allows that, looked at. */
export function ValueBlock({ secret }: { readonly secret: Secret }) {
  const { name, group } = secret;
  const [editing, setEditing] = useState(false);
  const [done, setDone] = useState<{ version: number; warnings: readonly string[] } | null>(null);
  const obstacle = obstacleToWriting(group, `lockstep secret set ${name} --group ${group}`);
  if (editing)
    return (
      <Block title="Value">
        <SetValue
          secret={secret}
          onCancel={() => setEditing(false)}
          onDone={(change) => {
            setEditing(false);
            setDone(change);
          }}
        />
      </Block>
    );
  return (
    <Block title="Value">
      <div class="actions value-rest">
        <span class="dots" aria-hidden="true">
          ••••••••
        </span>
        <span class="vh">The value is not shown.</span>
        <span class="end actions">
          <Button kind="primary" obstacle={obstacle} onClick={() => setEditing(true)}>
            Set new value
          </Button>
          <ViewValue name={name} group={group} />
        </span>
      </div>
      {done === null ? (
        <p class="sub">Grants stay as they are when a value changes.</p>
      ) : (
        <Notice tone="ok" live>
          <p>Version {done.version} is set. Runs use it from now on.</p>
          {done.warnings.map((one) => (
            <p key={one}>{sentence(one)}</p>
          ))}
        </Notice>
      )}
    </Block>
  );
}
