import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import type { FormArgument } from './argument-schema.ts';
import type { Typed } from './argument-values.ts';

type Value = Typed[string];

interface ArgumentProps {
  readonly argument: FormArgument;
  readonly value: Value | undefined;
  readonly fault: string | undefined;
  readonly onChange: (value: Value) => void;
}

/** The control for one argument. */
export function ArgumentField(props: ArgumentProps) {
  const { kind } = props.argument;
  if (kind === 'switch') return <Switch {...props} />;
  if (kind === 'list') return <ListEditor {...props} />;
  return <Single {...props} />;
}

function Single({ argument, value, fault, onChange }: ArgumentProps) {
  const { name, description, note, kind, choices, sensitive, required, fallback } = argument;
  const text = typeof value === 'string' ? value : '';
  const common = {
    class: kind === 'text' && !sensitive ? 'mono' : kind === 'json' ? 'mono' : undefined,
    value: text,
    autoComplete: 'off',
    spellcheck: false,
    required,
    placeholder: fallback === undefined ? undefined : shown(fallback),
  } as const;
  const typed = (event: { readonly currentTarget: { readonly value: string } }) => onChange(event.currentTarget.value);
  return (
    <Field label={name} note={sensitive ? `${note}${note && ', '}hidden` : note} hint={description} fault={fault}>
      {(attributes) =>
        kind === 'choice' ? (
          <select {...attributes} value={text} required={required} onChange={typed}>
            <option value="">{fallback === undefined ? 'choose' : `${shown(fallback)}, the default`}</option>
            {choices.map((choice) => (
              <option key={String(choice)} value={String(choice)}>
                {shown(choice)}
              </option>
            ))}
          </select>
        ) : kind === 'json' ? (
          <textarea {...attributes} {...common} rows={3} onInput={typed} />
        ) : (
          <input
            {...attributes}
            {...common}
            {...(sensitive ? { type: 'password' as const } : { type: 'text' as const })}
            inputMode={kind === 'number' ? 'decimal' : undefined}
            onInput={typed}
          />
        )
      }
    </Field>
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Switch({ argument, value, fault, onChange }: ArgumentProps) {
  const { name, description, note, fallback } = argument;
  const id = useId();
  return (
    <div class="field">
      <label class="switch">
        <input
          type="checkbox"
          checked={typeof value === 'boolean' ? value : fallback === true}
          aria-describedby={id}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        {name}
        <span class="sub">{note}</span>
      </label>
      <p class="sub" id={id}>
        {fault === undefined ? description : <Fault text={fault} />}
      </p>
    </div>
  );
}

function Fault({ text }: { readonly text: string }) {
  return (
    <span class="bad">
      <Icon name="warning" tone="tiny" /> {text}
    </span>
  );
}

/** A line for each item. Enter in a line adds the next. */
function ListEditor({ argument, value, fault, onChange }: ArgumentProps) {
  const { name, description, note, itemKind } = argument;
  const items: readonly string[] = Array.isArray(value) ? value : [];
  const id = useId();
  const isAdding = useRef(false);
  const add = () => {
    isAdding.current = true;
    onChange([...items, '']);
  };
  useLayoutEffect(() => {
    if (isAdding.current) document.getElementById(`${id}-${items.length - 1}`)?.focus();
    isAdding.current = false;
  }, [items.length]);
  return (
    <fieldset class="field list-editor">
      <legend class="lab">
        {name} <span class="sub">{note}</span>
      </legend>
      <p class="sub">{description}</p>
      {items.map((item, at) => (
        <div class="flex" key={at}>
          <input
            id={`${id}-${at}`}
            class="mono grow"
            aria-label={`${name} ${at + 1}`}
            inputMode={itemKind === 'number' ? 'decimal' : undefined}
            value={item}
            autoComplete="off"
            spellcheck={false}
            onInput={(event) => onChange(items.with(at, event.currentTarget.value))}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              add();
            }}
          />
          <Button
            icon="close"
            label={`Remove ${name} ${at + 1}`}
            kind="quiet"
            onClick={() => onChange(items.filter((_, other) => other !== at))}
          />
        </div>
      ))}
      <p class="sub">{fault !== undefined && <Fault text={fault} />}</p>
      <Button icon="plus" kind="quiet" small onClick={add}>
        Add to {name}
      </Button>
    </fieldset>
  );
}
