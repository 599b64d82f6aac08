import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveEvent } from './events.ts';
import { onEvent } from './live.ts';
import { ApiError } from './request.ts';
import { soon } from './soon.ts';

/** An answer of the API on its way: neither is there yet, or one, or an answer that could not be read again. */
export interface Answer<T> {
  readonly data?: T;
  readonly error?: ApiError;
  /** Resolves when it is read again. */
  reload(): Promise<void>;
}

/** What makes an answer be read again. */
export type Concerns = (event: LiveEvent) => boolean;

export const onAnything: Concerns = ({ type }) => type === 'state' || type === 'secrets' || type === 'reset';

/**
 * Reads an answer, and again when an event concerns it. Meanwhile the former answer stays.
 * @param key names what is read: another key drops the former answer; null reads nothing
 */
export function useAnswer<T>(key: string | null, read: () => Promise<T>, concerns: Concerns = onAnything): Answer<T> {
  const [state, setState] = useState<{ key: string | null; data?: T; error?: ApiError }>({ key: null });
  const latest = useRef(0);
  const reload = async () => {
    if (key === null) return;
    const turn = ++latest.current;
    const result = await outcomeOf(read);
    if (turn === latest.current) setState((old) => ({ ...(old.key === key && { data: old.data }), key, ...result }));
  };
  const reloading = useRef(reload);
  reloading.current = reload;
  useEffect(() => {
    void reloading.current();
    return () => {
      latest.current += 1;
    };
  }, [key]);
  useEffect(() => {
    const again = soon(() => void reloading.current());
    const end = onEvent((event) => {
      if (concerns(event)) again.ask();
    });
    return () => {
      end();
      again.drop();
    };
  }, [key]);
  const { data, error } = state.key === key ? state : {};
  return { ...(data !== undefined && { data }), ...(error && { error }), reload };
}

async function outcomeOf<T>(read: () => Promise<T>): Promise<{ data?: T; error?: ApiError }> {
  try {
    return { data: await read(), error: undefined } as { data: T };
  } catch (error) {
    if (error instanceof ApiError) return { error };
    throw error;
  }
}
