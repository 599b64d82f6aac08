import { useEffect, useRef } from 'preact/hooks';

/**
 * For the control that a form begins with. The attribute `autofocus` is not for parts that appear later; a dialog opens
 * after its fields are there, and looks for the mark.
 */
export function useFirstFocus<T extends HTMLElement>(wanted: boolean | undefined) {
  const ref = useRef<T>(null);
  useEffect(() => {
    if (wanted === true) ref.current?.focus();
  }, []);
  return { ref, 'data-first': wanted === true ? '' : undefined };
}
