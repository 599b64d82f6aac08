import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.tsx';
import { LogText } from './log-text.tsx';
import type { LogLine } from './run-lines.ts';

interface LogViewProps {
  readonly label: string;
  readonly lines: readonly LogLine[];
  readonly times: boolean;
  /** In lower case. */
  readonly sought: string;
  /** The number of the line to show, from 0. */
  readonly shown: number | undefined;
  readonly following: boolean;
  readonly onFollow: (follows: boolean) => void;
  /** What a line of another step than the one shown begins with. */
  readonly prefixOf: (line: LogLine) => string;
}

const BEYOND = 30;
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

function clockText(time: string): string {
  return `${clock.format(new Date(time))}.${time.slice(20, 23)}`;
}

/** Only the visible lines are on the page. Scrolling up stops following, and scrolling to the end begins again. */
export function LogView(props: LogViewProps) {
  const { label, lines, times, sought, shown, following, onFollow, prefixOf } = props;
  const scroller = useRef<HTMLElement>(null);
  const { from, to, height, look } = useLines(scroller, lines.length);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box !== null && following) box.scrollTop = box.scrollHeight;
    look();
  }, [lines.length, following]);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null || shown === undefined) return;
    box.scrollTop = shown * height - box.clientHeight / 2;
  }, [shown]);
  const scrolled = () => {
    const box = scroller.current;
    if (box === null) return;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < height * 1.5;
    // A search moves the lines by itself.
    if (sought === '' && isAtEnd !== following) onFollow(isAtEnd);
    look();
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled with the arrows
    <section class={`log ${times ? 'times' : ''}`} ref={scroller} tabIndex={0} aria-label={label} onScroll={scrolled}>
      <div style={{ height: `${from * height}px` }} />
      {lines.slice(from, to).map((line, offset) => {
        const at = from + offset;
        return (
          <div key={at} class={`line ${line.kind} ${at === shown ? 'shown' : ''}`}>
            <b>{at + 1}</b>
            {times && <time dateTime={line.time}>{clockText(line.time)}</time>}
            <span>
              {(line.kind === 'fault' || line.kind === 'note') && (
                <Icon name={line.kind === 'fault' ? 'failed' : 'info'} tone="tiny" />
              )}
              {prefixOf(line) !== '' && <span class="faint">{prefixOf(line)} </span>}
              <LogText line={line} sought={sought} />
            </span>
          </div>
        );
      })}
      <div style={{ height: `${(lines.length - to) * height}px` }} />
    </section>
  );
}

/** Which lines are visible. All have one height, which is measured: it follows the size of the text. */
function useLines(scroller: { readonly current: HTMLElement | null }, count: number) {
  const [view, setView] = useState({ first: 0, fit: 60, height: 20 });
  const look = () => {
    const box = scroller.current;
    if (box === null) return;
    const height = box.querySelector('.line')?.getBoundingClientRect().height || 20;
    const first = Math.max(0, Math.floor(box.scrollTop / height) - BEYOND);
    const fit = Math.ceil(box.clientHeight / height) + 2 * BEYOND;
    setView((old) => (old.first === first && old.fit === fit && old.height === height ? old : { first, fit, height }));
  };
  const from = Math.max(0, Math.min(view.first, count - view.fit));
  return { from, to: Math.min(from + view.fit, count), height: view.height, look };
}
