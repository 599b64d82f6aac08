import { useLayoutEffect, useState } from 'preact/hooks';

/** Up to this many rows are all on the page, so that the browser's search and printing find them. */
const ALL = 200;
const BEYOND = 12;

/** Which rows are visible. All rows have one height, which is measured: it follows the size of the text. */
export function useWindow(body: { readonly current: HTMLElement | null }, count: number) {
  const [view, setView] = useState({ from: 0, to: Math.min(count, ALL), height: 48 });
  useLayoutEffect(() => {
    const rows = body.current;
    const scroller = rows?.closest<HTMLElement>('.scroller');
    if (!rows || !scroller) return;
    const look = () => {
      const first = rows.querySelector<HTMLElement>('tr:not(.spacer)');
      const height = first?.getBoundingClientRect().height || 48;
      const above = scroller.getBoundingClientRect().top - rows.getBoundingClientRect().top;
      const from = count <= ALL ? 0 : clamp(Math.floor(above / height) - BEYOND, count);
      const to = count <= ALL ? count : clamp(Math.ceil((above + scroller.clientHeight) / height) + BEYOND, count);
      setView((old) => (old.from === from && old.to === to && old.height === height ? old : { from, to, height }));
    };
    look();
    const resized = new ResizeObserver(look);
    resized.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      resized.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  }, [count]);
  return { from: Math.min(view.from, count), to: Math.min(view.to, count), height: view.height };
}

function clamp(row: number, count: number): number {
  return Math.max(0, Math.min(row, count));
}

/** Holds the place of rows that are not on the page. */
export function Spacer({ height }: { readonly height: number }) {
  return height === 0 ? null : (
    <tr class="spacer" aria-hidden="true" style={{ height: `${height}px` }}>
      <td />
    </tr>
  );
}
