import { useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Command } from '../parts/copy.tsx';
import { TextField } from '../parts/field.tsx';
import { Mark } from '../parts/icon.tsx';
import { keepToken } from '../state/session.ts';

/** What a tab without a valid token shows. */
export function SignIn() {
  const [text, setText] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    // The whole address that `serve` prints does as well.
    if (text.trim() !== '') keepToken(text.trim().replace(/^.*#token=/, ''));
  };
  return (
    <main class="sign-in">
      <Mark />
      <h1>This tab has no access</h1>
      <p>
        Open the address that the server printed when it started: it ends in a token for the browser. Each start has its
        own.
      </p>
      <Command text="lockstep serve" />
      <form class="form" onSubmit={submit}>
        <TextField
          label="Token"
          value={text}
          onInput={setText}
          mono
          hint="or the whole address; this tab keeps it until it is closed"
        />
        <Button submit kind="primary" disabled={text.trim() === ''}>
          Continue
        </Button>
      </form>
    </main>
  );
}
