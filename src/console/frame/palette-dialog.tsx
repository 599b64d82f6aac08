import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from '../parts/icon.tsx';

/** Something that the palette finds. */
export interface Choice {
  readonly key: string;
  readonly icon: IconName;
  readonly words: string;
  readonly note: string;
  readonly act: () => void;
}

interface PaletteDialogProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly choices: readonly Choice[];
  /** How many are not shown. */
  readonly more: number;
  readonly onClose: () => void;
}

/** A field and what it finds: arrows choose, Enter goes. */
export function PaletteDialog({ text, onText, choices, more, onClose }: PaletteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [at, setAt] = useState(0);
  useLayoutEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  useEffect(() => setAt(0), [text]);
  useEffect(() => dialog.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }), [at]);
  const go = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    onClose();
    choice.act();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: choices.length - 1 }[event.key];
    if (step === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    if (step === undefined) go(choices[at]);
    else if (choices.length > 0) setAt((at + step) % choices.length);
  };
  return (
    <dialog ref={dialog} class="palette" aria-label="Find or do" onCancel={onClose} onClose={onClose} onKeyDown={press}>
      <label class="search">
        <span class="vh">Find a secret, tool, agent or page</span>
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={choices[at] && `palette-${at}`}
          value={text}
          placeholder="Find a secret, tool, agent or page"
          autoComplete="off"
          spellcheck={false}
          onInput={(event) => onText(event.currentTarget.value)}
        />
        <kbd aria-hidden="true">Esc</kbd>
      </label>
      <Choices choices={choices} at={at} onGo={go} onPoint={setAt} />
      {choices.length === 0 && <p class="nothing">Nothing has this name.</p>}
      {more > 0 && <p class="nothing">{more} more: type more of the name.</p>}
    </dialog>
  );
}

interface ChoicesProps {
  readonly choices: readonly Choice[];
  readonly at: number;
  readonly onGo: (choice: Choice) => void;
  readonly onPoint: (at: number) => void;
}

function Choices({ choices, at, onGo, onPoint }: ChoicesProps) {
  return (
    <div id="palette-list" role="listbox" aria-label="Found" tabIndex={-1}>
      {choices.map((one, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and its keys
        <div
          key={one.key}
          id={`palette-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === at}
          onClick={() => onGo(one)}
          onPointerMove={() => onPoint(index)}
        >
          <Icon name={one.icon} />
          <span class="cut">{one.words}</span>
          <span class="sub cut end">{one.note}</span>
        </div>
      ))}
    </div>
  );
}
