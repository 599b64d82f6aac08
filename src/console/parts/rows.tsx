import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useKeys } from '../state/keys.ts';
import { Spacer, useWindow } from './window.tsx';

interface RowsProps<T> {
  readonly label: string;
  readonly head: readonly { readonly words: string; readonly class?: string; readonly shown?: ComponentChildren }[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** The cells of a row: `<th scope="row">` with the link, then `<td>`s. */
  readonly row: (item: T) => ComponentChildren;
  /** The key of the row that is open. */
  readonly current?: string | undefined;
  /** Rows of one line. */
  readonly single?: boolean;
}

/** A list: a table, and cards on a phone. A long list has only its visible rows on the page. `j` and `k` move. */
export function Rows<T>({ label, head, items, keyOf, row, current, single }: RowsProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { from, to, height } = useWindow(body, items.length);
  const at = current === undefined ? -1 : items.findIndex((one) => keyOf(one) === current);
  useRowKeys(body, at - from);
  useShown(body, at, height);
  return (
    <table class={`rows cards ${single === true ? 'one' : ''}`} aria-label={label} aria-rowcount={items.length + 1}>
      <thead>
        <tr>
          {head.map((one) => (
            <th key={one.words} scope="col" class={one.class}>
              {one.shown ?? one.words}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        <Spacer height={from * height} />
        {items.slice(from, to).map((item, offset) => (
          <tr
            key={keyOf(item)}
            aria-rowindex={from + offset + 2}
            aria-current={keyOf(item) === current ? 'true' : undefined}
          >
            {row(item)}
          </tr>
        ))}
        <Spacer height={(items.length - to) * height} />
      </tbody>
    </table>
  );
}

function useRowKeys(body: { readonly current: HTMLElement | null }, current: number): void {
  const move = (step: number) => {
    const links = [...(body.current?.querySelectorAll<HTMLElement>('.row-link') ?? [])];
    const focused = links.indexOf(document.activeElement as HTMLElement);
    const at = focused === -1 ? current : focused;
    const next = links[at === -1 ? 0 : at + step];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({ j: () => move(1), k: () => move(-1) });
}

/** A row that a deep link opens is scrolled to once. */
function useShown(body: { readonly current: HTMLElement | null }, at: number, height: number): void {
  const found = at !== -1;
  useEffect(() => {
    const rows = body.current;
    const scroller = rows?.closest<HTMLElement>('.scroller');
    if (!found || !rows || !scroller) return;
    const top = rows.getBoundingClientRect().top - scroller.getBoundingClientRect().top + at * height;
    if (top < 0 || top + height > scroller.clientHeight) scroller.scrollTop += top - scroller.clientHeight / 2 + height;
  }, [found]);
}
