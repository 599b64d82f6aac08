import { useEffect } from 'preact/hooks';
import type { WorkerSummary } from '../../generated/answers.ts';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';

/** Between two looks at the workers. */
const LOOK_MS = 2_000;

/** The workers and what each does; nothing where runs live on the machine of the server. */
export function Workers() {
  const { data, reload } = useAnswer(
    'workers',
    () => api.listWorkers(),
    ({ type }) => type === 'run' || type === 'reset',
  );
  const engine = data?.engine;
  useEffect(() => {
    if (engine !== 'postgres') return;
    // A worker begins and ends without an event of a run.
    const timer = setInterval(() => void reload(), LOOK_MS);
    return () => clearInterval(timer);
  }, [engine]);
  if (data == null || data.engine === 'local') return null;
  return (
    <section class="workers" aria-label="Workers">
      <h2>Workers</h2>
      {data.workers.length === 0 && <p>No worker takes runs. Start one: lockstep worker</p>}
      <ul>
        {data.workers.map((worker) => (
          <li key={worker.worker}>
            <Work worker={worker} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Work({ worker }: { readonly worker: WorkerSummary }) {
  const { worker: name, host, commit, queues, labels, draining, runs } = worker;
  return (
    <>
      <code>{name}</code> on {host}, at {commit.slice(0, 12)}, takes{' '}
      {draining ? 'no more' : [...queues, ...labels].join(' ')}
      {runs.length === 0 && '; idle'}
      {runs.map(({ run, tool, since, step = '' }) => (
        <span key={run + step}>
          ; <a href={`/runs/${run}`}>{tool}</a> {step} since <time dateTime={since}>{since.slice(11, 19)}</time>
        </span>
      ))}
    </>
  );
}
