import { useEffect, useMemo, useState } from 'preact/hooks';

/** Milliseconds since `what` was read, counted on each second while it lasts. */
export function useSince(what: object | undefined, goesOn: boolean): number {
  const from = useMemo(() => Date.now(), [what]);
  const [now, setNow] = useState(from);
  useEffect(() => {
    if (!goesOn) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [goesOn]);
  return goesOn ? Math.max(0, now - from) : 0;
}
