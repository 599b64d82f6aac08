import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { useFirstFocus } from './first-focus.ts';
import { Icon } from './icon.tsx';

interface FieldProps {
  readonly label: string;
  /** Beside the label: what it is measured in, or that it may be left out. */
  readonly note?: string;
  /** Below: what to write. */
  readonly hint?: ComponentChildren;
  readonly fault?: string | undefined;
  readonly children: (attributes: FieldAttributes) => ComponentChildren;
}

export interface FieldAttributes {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid'?: 'true';
}

/** A labelled control with its hint and what is wrong with it. */
export function Field({ label, note, hint, fault, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {label}
        {note !== undefined && <span class="sub">{note}</span>}
      </label>
      {children({ id, 'aria-describedby': `${id}-hint`, ...(fault !== undefined && { 'aria-invalid': 'true' }) })}
      <p class="sub" id={`${id}-hint`}>
        {fault === undefined ? (
          hint
        ) : (
          <span class="bad">
            <Icon name="warning" tone="tiny" /> {fault}
          </span>
        )}
      </p>
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly note?: string;
  readonly hint?: ComponentChildren;
  readonly fault?: string | undefined;
  readonly mono?: boolean;
  readonly required?: boolean;
  readonly type?: 'text' | 'date' | 'number';
  readonly placeholder?: string;
  readonly autoFocus?: boolean;
  readonly list?: string;
}

export function TextField(props: TextProps) {
  const { label, value, onInput, mono, required, type = 'text', placeholder, autoFocus, list, ...rest } = props;
  const first = useFirstFocus<HTMLInputElement>(autoFocus);
  return (
    <Field label={label} {...rest}>
      {(attributes) => (
        <input
          {...first}
          {...attributes}
          class={mono === true ? 'mono' : undefined}
          type={type}
          value={value}
          required={required}
          placeholder={placeholder}
          list={list}
          autoComplete="off"
          spellcheck={false}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface AreaProps extends Omit<TextProps, 'type' | 'list' | 'required'> {
  readonly rows?: number;
}

export function TextArea({ label, value, onInput, mono, placeholder, autoFocus, rows = 3, ...rest }: AreaProps) {
  const first = useFirstFocus<HTMLTextAreaElement>(autoFocus);
  return (
    <Field label={label} {...rest}>
      {(attributes) => (
        <textarea
          {...first}
          {...attributes}
          class={mono === true ? 'mono' : undefined}
          rows={rows}
          value={value}
          placeholder={placeholder}
          autoComplete="off"
          spellcheck={false}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly onChange: (value: string) => void;
  readonly note?: string;
  readonly hint?: ComponentChildren;
  readonly fault?: string | undefined;
}

export function Select({ label, value, options, onChange, ...rest }: SelectProps) {
  return (
    <Field label={label} {...rest}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          {options.map(([one, words]) => (
            <option key={one} value={one}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Checkbox({
  label,
  checked,
  onChange,
  hint,
}: {
  readonly label: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly hint?: string;
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        {label}
        {hint !== undefined && <span class="sub">{hint}</span>}
      </span>
    </label>
  );
}
