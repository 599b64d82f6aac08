import { Icon } from '../parts/icon.tsx';
import { Ago } from '../parts/time.tsx';
import { connection } from '../state/live.ts';
import { status } from '../state/store.ts';

/** Bars over every page: no connection, or a broken save. */
export function Bars() {
  const known = status.value;
  if (known === undefined) return <div class="bars" />;
  const { current, counts, loadedAt, snapshot } = known;
  return (
    <div class="bars" aria-live="polite">
      {connection.value === 'offline' && (
        <p class="bar">
          <Icon name="clock" /> <b>The server does not answer.</b> Actions wait until it is back; the page tries again
          by itself.
        </p>
      )}
      {!current && (
        <p class="bar stale">
          <Icon name="warning" tone="warn" />{' '}
          <b>
            Showing {snapshot.commit?.slice(0, 7) ?? 'the last good state'}, loaded <Ago at={loadedAt} />.
          </b>{' '}
          The newest save has {counts.errors} {counts.errors === 1 ? 'error' : 'errors'} and was not loaded; runs use
          the last good state. <a href="/problems">Problems</a>
        </p>
      )}
    </div>
  );
}
