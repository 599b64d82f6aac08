import { useEffect, useState } from 'preact/hooks';
import type { Secret } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { useAction } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { api } from '../../state/api.ts';
import { connection } from '../../state/live.ts';
import { guardTyped } from '../../state/unsaved.ts';
import { ValueField } from './value-field.tsx';

interface SetValueProps {
  readonly secret: Secret;
  readonly onCancel: () => void;
  readonly onDone: (change: { version: number; warnings: readonly string[] }) => void;
}

/** The next value. When another version appears meanwhile, it shows that and keeps the text. */
export function SetValue({ secret, onCancel, onDone }: SetValueProps) {
  const { name, group, version, by } = secret;
  const [text, setText] = useState('');
  const [from, setFrom] = useState(version);
  const [expires, setExpires] = useState('');
  const overtaken = version !== from;
  useEffect(() => guardTyped(() => text !== ''), [text]);
  const { busy, error, run } = useAction(async () => {
    const dates = expires === '' ? {} : { expires };
    const change = await api.setSecretValue(group, name, { value: text, from, ...dates });
    setText('');
    onDone({ version: change.secret.version, warnings: change.warnings });
  });
  const submit = (event: Event) => {
    event.preventDefault();
    if (text !== '' && !overtaken) void run();
  };
  return (
    <form class="form" onSubmit={submit}>
      <ValueField label="New value" value={text} onInput={setText} autoFocus />
      {secret.expires !== undefined && (
        <TextField
          label="Expires"
          note={`now ${secret.expires}`}
          type="date"
          value={expires}
          onInput={setExpires}
          hint="the day on which the new value ends at its source; empty: it stays"
        />
      )}
      {overtaken && (
        <Notice tone="warn" live>
          <p>
            <b>
              {by} set version {version} while you typed.
            </b>{' '}
            What you typed is still here.
          </p>
          <Button small onClick={() => setFrom(version)}>
            Replace version {version}
          </Button>
        </Notice>
      )}
      <ErrorNotice error={error} />
      <div class="actions">
        <Button submit kind="primary" busy={busy} disabled={text === '' || overtaken || connection.value === 'offline'}>
          Set version {from + 1}
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </form>
  );
}
