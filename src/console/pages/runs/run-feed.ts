import { useEffect, useRef, useState } from 'preact/hooks';
import { onEvent } from '../../state/live.ts';
import { address } from '../../state/request.ts';
import { token } from '../../state/session.ts';
import { followStream } from '../../state/stream.ts';
import type { RunEvent } from './run-events.ts';
import { RunModel } from './run-model.ts';

/** Follows the events of a run to its end, and again where it is resumed. Draws once a frame at most. */
export function useRunFeed(run: string): RunModel {
  const model = useRef<RunModel>(undefined);
  model.current ??= new RunModel();
  const [, draw] = useState(0);
  useEffect(() => follow(run, model.current ?? new RunModel(), () => draw((count) => count + 1)), [run]);
  return model.current;
}

/** Returns what ends it. */
function follow(run: string, model: RunModel, draw: () => void): () => void {
  const given = token.value;
  const abort = new AbortController();
  let [isOver, last, frame] = [false, '', 0];
  const drawSoon = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };
  const begin = () =>
    followStream({
      path: `${address(['runs', run, 'events'])}`,
      last,
      signal: abort.signal,
      goesOn: () => !isOver && !abort.signal.aborted && token.value === given,
      take({ id, type, data }) {
        last = id;
        if (type !== 'end') model.take(data as RunEvent);
        else {
          isOver = true;
          if (!model.ended) model.interrupt();
        }
        drawSoon();
      },
    });
  const end = onEvent((event) => {
    if (event.type !== 'run' || event.data.run !== run || !isOver) return;
    if (event.data.status !== 'running' && event.data.status !== 'waiting') return;
    isOver = false;
    void begin();
  });
  void begin();
  return () => {
    end();
    abort.abort();
    cancelAnimationFrame(frame);
  };
}
