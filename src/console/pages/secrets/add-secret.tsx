import { useEffect, useState } from 'preact/hooks';
import type { SecretCreation, Tool } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog, useAction } from '../../parts/dialog.tsx';
import { Checkbox, Select, TextArea, TextField } from '../../parts/field.tsx';
import { ErrorNotice, ObstacleNotice } from '../../parts/notice.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { obstacleToWriting } from '../../state/rights.ts';
import { navigate, pathTo } from '../../state/router.ts';
import { groupNamed, groups } from '../../state/store.ts';
import { guardTyped } from '../../state/unsaved.ts';
import { DURATION_HINT, durationFault } from './about-block.tsx';
import { ValueField } from './value-field.tsx';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;

interface Draft {
  readonly group: string;
  readonly name: string;
  readonly description: string;
  readonly value: string;
  readonly rotateEvery: string;
  readonly expires: string;
  /** Tools that ask and do not get it. */
  readonly withheld: readonly string[];
}

/** A new secret. */
export function AddSecret({ group, onClose }: { readonly group: string; readonly onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>({
    group,
    name: '',
    description: '',
    value: '',
    rotateEvery: '',
    expires: '',
    withheld: [],
  });
  const set = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }));
  const asking = useAsking(draft.name);
  const obstacle = obstacleToWriting(draft.group, `lockstep secret set ${draft.name || 'NAME'} --group ${draft.group}`);
  useEffect(() => guardTyped(() => draft.value !== ''), [draft.value]);
  const { busy, error, run } = useAction(async () => {
    await api.createSecret(draft.group, creationOf(draft, asking));
    // The value is not typed text any more.
    set({ value: '' });
    requestAnimationFrame(() => navigate(pathTo('secrets', draft.group, draft.name)));
  });
  const ready =
    NAME.test(draft.name) && draft.value !== '' && durationFault(draft.rotateEvery) === undefined && obstacle === null;
  const submit = (event: Event) => {
    event.preventDefault();
    if (ready) void run();
  };
  return (
    <Dialog title="Add secret" onClose={onClose} wide>
      <form class="form" onSubmit={submit}>
        <AddFields draft={draft} set={set} />
        <MayUse draft={draft} set={set} asking={asking} />
        <ObstacleNotice obstacle={obstacle} />
        <ErrorNotice error={error} />
        <div class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button submit kind="primary" busy={busy} disabled={!ready}>
            Add secret
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly set: (part: Partial<Draft>) => void;
}

function AddFields({ draft, set }: PartProps) {
  const fault =
    draft.name !== '' && !NAME.test(draft.name) ? 'letters, digits and _, beginning with a letter' : undefined;
  return (
    <>
      <div class="pair">
        <TextField
          label="Name"
          value={draft.name}
          onInput={(name) => set({ name })}
          mono
          autoFocus
          placeholder="GITHUB_PAT"
          hint="as tools ask for it"
          fault={fault}
        />
        {groups.value.length > 1 && (
          <Select
            label="Group"
            value={draft.group}
            onChange={(group) => set({ group })}
            options={groups.value.map(({ name }) => [name, name])}
          />
        )}
      </div>
      <TextArea
        label="Description"
        note="optional"
        rows={2}
        value={draft.description}
        onInput={(description) => set({ description })}
        hint="What it is for. Anyone with the repository reads this."
      />
      <ValueField label="Value" value={draft.value} onInput={(value) => set({ value })} />
      <Dates draft={draft} set={set} />
    </>
  );
}

function Dates({ draft, set }: PartProps) {
  return (
    <div class="pair">
      <TextField
        label="Rotate every"
        note="optional"
        value={draft.rotateEvery}
        onInput={(rotateEvery) => set({ rotateEvery })}
        hint={DURATION_HINT}
        fault={durationFault(draft.rotateEvery)}
      />
      <TextField
        label="Expires"
        note="optional"
        type="date"
        value={draft.expires}
        onInput={(expires) => set({ expires })}
        hint="the day on which it ends at its source"
      />
    </div>
  );
}

/** The tools that ask for this name now. */
function useAsking(name: string): readonly Tool[] {
  const tools = useAnswer('tools', api.listTools);
  return tools.data?.tools.filter(({ secrets }) => secrets.includes(name)) ?? [];
}

function MayUse({ draft, set, asking }: PartProps & { readonly asking: readonly Tool[] }) {
  const pinned = groupNamed(draft.group)?.pinned === true;
  return (
    <fieldset class="field">
      <legend class="lab">Who may use it</legend>
      {asking.length === 0 ? (
        <p class="sub">
          {NAME.test(draft.name)
            ? `No tool asks for ${draft.name} yet. Grant it when one does.`
            : 'Tools that ask for this name appear here.'}
        </p>
      ) : (
        asking.map(({ name, description }) => (
          <Checkbox
            key={name}
            label={name}
            hint={description}
            checked={!draft.withheld.includes(name)}
            onChange={(checked) =>
              set({ withheld: checked ? draft.withheld.filter((one) => one !== name) : [...draft.withheld, name] })
            }
          />
        ))
      )}
      {asking.length > 0 && pinned && (
        <p class="sub">{draft.group} is pinned: each grant is for the definition as it is now.</p>
      )}
    </fieldset>
  );
}

/** Without a choice the server grants it to what asks, agents included. */
function creationOf(draft: Draft, asking: readonly Tool[]): SecretCreation {
  const { name, value, description, rotateEvery, expires, withheld } = draft;
  const chosen = asking.filter((tool) => !withheld.includes(tool.name)).map((tool) => `tool:${tool.name}`);
  const isChosen = chosen.length !== asking.length;
  return {
    ...{ name, value },
    ...(description !== '' && { description }),
    ...(rotateEvery !== '' && { rotateEvery }),
    ...(expires !== '' && { expires }),
    ...(isChosen && { allow: chosen, pin: groupNamed(draft.group)?.pinned === true }),
  };
}
