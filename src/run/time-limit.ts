/** A signal that follows `outer` and also fires when the time is up, unless `outer` came first. */
export function timeLimit(ms: number | undefined, outer: AbortSignal) {
  const own = new AbortController();
  const expire = () => outer.aborted || own.abort();
  const timer = ms === undefined ? undefined : setTimeout(expire, Math.min(ms, 2 ** 31 - 1));
  return {
    signal: ms === undefined ? outer : AbortSignal.any([outer, own.signal]),
    expired: () => own.signal.aborted,
    clear: () => clearTimeout(timer),
  };
}
