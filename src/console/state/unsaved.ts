import { unsaved } from './router.ts';

/** Asks before typed text is left: for another page, or with the tab. Returns what ends that. */
export function guardTyped(hasText: () => boolean): () => void {
  const leave = (event: BeforeUnloadEvent) => {
    if (hasText()) event.preventDefault();
  };
  const guard = () => !hasText() || confirm('The value that you typed is not set yet. Leave it?');
  unsaved.value = guard;
  addEventListener('beforeunload', leave);
  return () => {
    if (unsaved.value === guard) unsaved.value = null;
    removeEventListener('beforeunload', leave);
  };
}
