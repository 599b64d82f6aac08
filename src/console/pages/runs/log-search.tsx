import { useEffect, useMemo, useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Search } from '../../parts/search.tsx';
import { plainText } from './ansi.ts';
import type { LogLine } from './run-lines.ts';

/** A search in a log: the lines that hold the text, and the one to show. */
export interface LogSearch {
  readonly text: string;
  readonly hits: readonly number[];
  /** Among the hits. */
  readonly at: number;
  setText(text: string): void;
  move(step: number): void;
}

export function useLogSearch(lines: readonly LogLine[], key: string): LogSearch {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const hits = useMemo(() => hitsIn(lines, text.toLowerCase()), [key, lines.length, text]);
  useEffect(() => setAt(0), [text, key]);
  return {
    text,
    hits,
    at: Math.min(at, Math.max(0, hits.length - 1)),
    setText,
    move: (step) => setAt((old) => (hits.length === 0 ? 0 : (old + step + hits.length) % hits.length)),
  };
}

function hitsIn(lines: readonly LogLine[], sought: string): readonly number[] {
  if (sought === '') return [];
  return lines.flatMap((line, index) => (plainText(line.text).toLowerCase().includes(sought) ? [index] : []));
}

/** Enter shows the next line with it, and Shift and Enter the one before. */
export function LogSearchField({ search }: { readonly search: LogSearch }) {
  const { text, hits, at, setText, move } = search;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the field within has the focus
    <div
      class="log-search"
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        move(event.shiftKey ? -1 : 1);
      }}
    >
      <Search label="Search the log" placeholder="Search" value={text} onInput={setText} />
      {text !== '' && (
        <>
          <span class="sub" role="status">
            {hits.length === 0 ? 'not found' : `${at + 1} of ${hits.length}`}
          </span>
          <Button icon="down" label="Next line with it" kind="quiet" small onClick={() => move(1)} />
        </>
      )}
    </div>
  );
}
