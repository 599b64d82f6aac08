import { useId, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { useFirstFocus } from '../../parts/first-focus.ts';
import { Icon } from '../../parts/icon.tsx';
import { valueFacts } from './value-facts.ts';

interface ValueFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly autoFocus?: boolean;
}

/** Takes a value, and says what it is made of. It is sent once and cannot be read back. */
export function ValueField({ label, value, onInput, autoFocus }: ValueFieldProps) {
  const id = useId();
  const first = useFirstFocus<HTMLTextAreaElement>(autoFocus);
  const [hidden, setHidden] = useState(false);
  const { words, warnings } = valueFacts(value);
  return (
    <div class="field">
      <div class="lab flex">
        <label for={id}>{label}</label>
        <span class="end">
          <Button kind="quiet" small icon="eye" pressed={hidden} onClick={() => setHidden(!hidden)}>
            Hide
          </Button>
        </span>
      </div>
      <textarea
        {...first}
        id={id}
        class={`mono ${hidden ? 'hide' : ''}`}
        rows={4}
        value={value}
        aria-describedby={`${id}-facts`}
        autoComplete="off"
        autoCapitalize="off"
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <div id={`${id}-facts`} class="sub" aria-live="polite">
        <p>{words}</p>
        {warnings.map((one) => (
          <p key={one} class="warn">
            <Icon name="warning" tone="tiny" /> {one}
          </p>
        ))}
      </div>
    </div>
  );
}
