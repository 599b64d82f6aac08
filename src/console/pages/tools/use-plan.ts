import { useEffect, useRef, useState } from 'preact/hooks';
import type { PlanReport, PlanRequest } from '../../generated/answers.ts';
import { api } from '../../state/api.ts';
import { onEvent } from '../../state/live.ts';
import { ApiError } from '../../state/request.ts';

/** Between the last key and the question to the server. */
const PAUSE_MS = 200;

export interface PlanAnswer {
  readonly plan?: PlanReport;
  readonly error?: ApiError;
  /** Whether it is about what is typed now. */
  readonly current: boolean;
}

/** The plan of a call as it is typed; the former plan stays until the next is there. */
export function usePlan(tool: string, body: PlanRequest): PlanAnswer {
  const key = JSON.stringify(body);
  const [answer, setAnswer] = useState<{ plan?: PlanReport; error?: ApiError; key?: string }>({});
  const [turn, setTurn] = useState(0);
  const asked = useRef(0);
  useEffect(
    () =>
      onEvent(({ type }) => {
        if (type === 'state' || type === 'secrets' || type === 'reset') setTurn((count) => count + 1);
      }),
    [],
  );
  useEffect(() => {
    const mine = ++asked.current;
    const timer = setTimeout(
      async () => {
        const read = await planned(tool, body);
        if (mine === asked.current) setAnswer({ ...read, key });
      },
      answer.key === undefined ? 0 : PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [tool, key, turn]);
  const { plan, error } = answer;
  return { ...(plan && { plan }), ...(error && { error }), current: answer.key === key };
}

async function planned(tool: string, body: PlanRequest): Promise<{ plan?: PlanReport; error?: ApiError }> {
  try {
    return { plan: await api.planTool(tool, body) };
  } catch (error) {
    if (error instanceof ApiError) return { error };
    throw error;
  }
}
