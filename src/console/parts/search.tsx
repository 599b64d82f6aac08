import { useRef } from 'preact/hooks';
import { useKeys } from '../state/keys.ts';
import { searchText, setQuery } from '../state/router.ts';
import { Icon } from './icon.tsx';

interface Labels {
  readonly label: string;
  readonly placeholder: string;
}

/** The search field of a page. The address keeps what it holds. */
export function PageSearch(labels: Labels) {
  return <Search {...labels} value={searchText.value} onInput={(text) => setQuery('q', text)} />;
}

interface SearchProps extends Labels {
  readonly value: string;
  readonly onInput: (value: string) => void;
}

/** Searches as one types. `/` goes there; Esc empties it, then leaves it. */
export function Search({ label, placeholder, value, onInput }: SearchProps) {
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });
  return (
    <label class="search">
      <span class="vh">{label}</span>
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.preventDefault();
          if (value === '') field.current?.blur();
          else onInput('');
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}
