import { useState } from 'preact/hooks';
import type { RunDetails } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog, useAction } from '../../parts/dialog.tsx';
import { Checkbox, Field, Select } from '../../parts/field.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { api } from '../../state/api.ts';
import { navigate, pathTo } from '../../state/router.ts';

export type Continuation = 'resume' | 'retry';

interface ContinueDialogProps {
  readonly what: Continuation;
  readonly details: RunDetails;
  readonly onClose: () => void;
}

const WORDS = {
  resume: { title: 'Resume this run', action: 'Resume', text: 'Steps that have finished do not run again.' },
  retry: {
    title: 'Retry this run',
    action: 'Retry',
    text: 'A new run begins with what this one finished. It runs the rest, and what depends on it.',
  },
} as const;

/** The state of the dialog. */
interface Choices {
  readonly from: string;
  readonly withChanges: boolean;
  readonly repeatUnknown: boolean;
  readonly args: Readonly<Record<string, string>>;
}

/** Continues a run whose process is gone, or starts a new one that keeps what this one finished. */
export function ContinueDialog({ what, details, onClose }: ContinueDialogProps) {
  const { withheld, unknown } = details;
  const [choices, setChoices] = useState<Choices>({ from: '', withChanges: false, repeatUnknown: false, args: {} });
  const choose = (some: Partial<Choices>) => setChoices({ ...choices, ...some });
  const {
    busy,
    error,
    run: act,
  } = useAction(async () => {
    const run = await proceed(what, details, choices);
    onClose();
    navigate(pathTo('runs', run));
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void act();
  };
  return (
    <Dialog title={WORDS[what].title} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>{WORDS[what].text}</p>
        {what === 'retry' && <FromStep details={details} value={choices.from} onChange={(from) => choose({ from })} />}
        <Withheld names={withheld} values={choices.args} onChange={(args) => choose({ args })} />
        <Checkbox
          label="Also if the definitions have changed"
          hint="Earlier approvals then no longer count."
          checked={choices.withChanges}
          onChange={(withChanges) => choose({ withChanges })}
        />
        {unknown && (
          <Checkbox
            label="Run again what is not on record"
            hint="The journal of this run has a gap: those steps may have run."
            checked={choices.repeatUnknown}
            onChange={(repeatUnknown) => choose({ repeatUnknown })}
          />
        )}
        <ErrorNotice error={error} />
        <div class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button submit kind="primary" busy={busy}>
            {WORDS[what].action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** @returns the run that continues or begins */
async function proceed(what: Continuation, { run, withheld }: RunDetails, choices: Choices): Promise<string> {
  const { from, withChanges, repeatUnknown, args } = choices;
  const options = {
    ...(withChanges && { withChanges }),
    ...(repeatUnknown && { repeatUnknown }),
    ...(withheld.length > 0 && { args }),
  };
  if (what === 'resume') return (await api.resumeRun(run, options)).run;
  return (await api.retryRun(run, { ...options, ...(from !== '' && { from }) })).run;
}

interface WithheldProps {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly onChange: (values: Readonly<Record<string, string>>) => void;
}

/** Arguments of which the run kept nothing. */
function Withheld({ names, values, onChange }: WithheldProps) {
  return (
    <>
      {names.map((name) => (
        <Field key={name} label={name} hint="Nothing of this argument was kept: give it again.">
          {(attributes) => (
            <input
              {...attributes}
              type="password"
              autoComplete="off"
              value={values[name] ?? ''}
              onInput={(event) => onChange({ ...values, [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
    </>
  );
}

interface FromStepProps {
  readonly details: RunDetails;
  readonly value: string;
  readonly onChange: (step: string) => void;
}

function FromStep({ details: { plan, steps, status }, value, onChange }: FromStepProps) {
  const ids = (plan ?? steps).map(({ id }) => id).filter((id) => !/[/[]/.test(id));
  const first = status === 'succeeded' ? 'choose a step' : 'what did not succeed';
  return (
    <Select
      label="Begin with"
      value={value}
      options={[['', first], ...ids.map((id) => [id, id] as const)]}
      onChange={onChange}
    />
  );
}
