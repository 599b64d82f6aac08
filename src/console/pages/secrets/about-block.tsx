import { useState } from 'preact/hooks';
import type { Secret, SecretDescription } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { useAction } from '../../parts/dialog.tsx';
import { TextArea, TextField } from '../../parts/field.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { Block } from '../../parts/panel.tsx';
import { dayText } from '../../parts/time.tsx';
import { api } from '../../state/api.ts';
import { obstacleToWriting } from '../../state/rights.ts';

/** Description and dates, edited in their place. */
export function AboutBlock({ secret }: { readonly secret: Secret }) {
  const [editing, setEditing] = useState(false);
  const { name, group, description, rotateEvery, expires } = secret;
  const obstacle = obstacleToWriting(group, `lockstep secret describe ${name} --group ${group}`);
  if (editing) return <EditAbout secret={secret} onClose={() => setEditing(false)} />;
  const edit = (
    <Button kind="quiet" small icon="edit" obstacle={obstacle} onClick={() => setEditing(true)}>
      Edit
    </Button>
  );
  return (
    <Block title="About" action={edit}>
      <dl class="facts">
        <div>
          <dt>Description</dt>
          <dd dir="auto">{description === '' ? <span class="faint">none</span> : description}</dd>
        </div>
        <div>
          <dt>Rotate every</dt>
          <dd>{rotateEvery === undefined ? <span class="faint">never</span> : durationWords(rotateEvery)}</dd>
        </div>
        <div>
          <dt>Expires</dt>
          <dd>{expires === undefined ? <span class="faint">never</span> : dayText(expires)}</dd>
        </div>
      </dl>
    </Block>
  );
}

function EditAbout({ secret, onClose }: { readonly secret: Secret; readonly onClose: () => void }) {
  const [description, setDescription] = useState(secret.description);
  const [rotateEvery, setRotateEvery] = useState(secret.rotateEvery ?? '');
  const [expires, setExpires] = useState(secret.expires ?? '');
  const { busy, error, run } = useAction(async () => {
    const change: SecretDescription = {
      ...(description !== secret.description && { description }),
      ...(rotateEvery !== (secret.rotateEvery ?? '') && { rotateEvery: rotateEvery || null }),
      ...(expires !== (secret.expires ?? '') && { expires: expires || null }),
    };
    if (Object.keys(change).length > 0) await api.describeSecret(secret.group, secret.name, change);
    onClose();
  });
  const fault = durationFault(rotateEvery);
  const submit = (event: Event) => {
    event.preventDefault();
    if (fault === undefined && description !== '') void run();
  };
  return (
    <Block title="About">
      <form class="form" onSubmit={submit}>
        <TextArea
          label="Description"
          value={description}
          onInput={setDescription}
          hint="Anyone with the repository reads this."
          autoFocus
        />
        <div class="pair">
          <TextField
            label="Rotate every"
            value={rotateEvery}
            onInput={setRotateEvery}
            hint={DURATION_HINT}
            fault={fault}
          />
          <TextField label="Expires" type="date" value={expires} onInput={setExpires} hint="at its source" />
        </div>
        <ErrorNotice error={error} />
        <div class="actions">
          <Button submit kind="primary" busy={busy} disabled={fault !== undefined || description === ''}>
            Save
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Block>
  );
}

export const DURATION_HINT = 'such as 90d, 12w, 6m, 1y; empty: never';

export function durationFault(text: string): string | undefined {
  return text === '' || /^[1-9]\d{0,3}[dwmy]$/.test(text) ? undefined : 'a number and d, w, m or y';
}

const UNITS: Readonly<Record<string, string>> = { d: 'day', w: 'week', m: 'month', y: 'year' };

/** `90d` is 90 days. */
function durationWords(text: string): string {
  const count = Number.parseInt(text, 10);
  return `${count} ${UNITS[text.slice(-1)] ?? ''}${count === 1 ? '' : 's'}`;
}
