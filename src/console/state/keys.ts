import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** What a key does: `j`, `/`, `Escape`, or two keys one after the other, such as `g s`. */
export type Keys = Readonly<Record<string, () => void>>;

const KEPT = 'lockstep-single-keys';

/** A person who speaks to the browser, or who slips, turns keys without Ctrl off. */
export const singleKeys = signal(localStorage.getItem(KEPT) !== 'off');

const SEQUENCE_MS = 1_000;
const stack: (() => Keys)[] = [];
let first = '';
let firstAt = 0;

/** The keys of a page or a part, as long as it is shown. Later ones come first. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const read = () => latest.current;
    stack.push(read);
    return () => {
      stack.splice(stack.indexOf(read), 1);
    };
  }, []);
}

export function listenForKeys(): void {
  singleKeys.subscribe((on) => localStorage.setItem(KEPT, on ? 'on' : 'off'));
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const action = find(event);
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}

function find(event: KeyboardEvent): (() => void) | undefined {
  const { key, timeStamp } = event;
  const withControl = event.ctrlKey || event.metaKey;
  // An open dialog has its own keys, and a field takes every letter.
  if (!withControl && (document.querySelector('dialog[open]') !== null || isTyping(event.target, key)))
    return undefined;
  if (!withControl && key.length === 1 && !singleKeys.value) return undefined;
  const pair = timeStamp - firstAt < SEQUENCE_MS ? `${first} ${key}` : '';
  first = key;
  firstAt = timeStamp;
  const wanted = withControl ? [`Control+${key.toLowerCase()}`] : [pair, key];
  for (const name of wanted) {
    const action = stack.findLast((keys) => keys()[name] !== undefined)?.()[name];
    if (action !== undefined) return action;
  }
  return undefined;
}

function isTyping(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const takesText = target.matches('textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])');
  return takesText && key !== 'Escape';
}
