import type { ComponentChildren } from 'preact';

interface Choice {
  readonly value: string;
  readonly words: ComponentChildren;
}

interface SegmentsProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Choice[];
  readonly onChange: (value: string) => void;
}

/** A choice among a few, side by side. Tab stops once; arrows choose. */
export function Segments({ label, value, options, onChange }: SegmentsProps) {
  const move = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = (options.findIndex((one) => one.value === value) + step + options.length) % options.length;
    onChange(options[at]?.value ?? value);
    event.currentTarget.querySelectorAll('button')[at]?.focus();
  };
  return (
    <div class="seg" role="radiogroup" aria-label={label} onKeyDown={move}>
      {options.map((one) => (
        // biome-ignore lint/a11y/useSemanticElements: an input cannot hold the sign of a pinned group
        <button
          key={one.value}
          type="button"
          role="radio"
          aria-checked={one.value === value}
          tabIndex={one.value === value ? 0 : -1}
          onClick={() => onChange(one.value)}
        >
          {one.words}
        </button>
      ))}
    </div>
  );
}

interface ChipsProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (Choice & { readonly count?: number })[];
  readonly onChange: (value: string) => void;
}

/** Filters, each one click. */
export function Chips({ label, value, options, onChange }: ChipsProps) {
  return (
    <fieldset class="chips">
      <legend class="vh">{label}</legend>
      {options.map((one) => (
        <button
          key={one.value}
          type="button"
          class="chip"
          aria-pressed={one.value === value}
          onClick={() => onChange(one.value)}
        >
          {one.words}
          {one.count !== undefined && <b>{one.count.toLocaleString('en')}</b>}
        </button>
      ))}
    </fieldset>
  );
}
