import { segments } from '../../state/router.ts';
import { RunListPage } from './list-page.tsx';
import { RunPage } from './run-page.tsx';

export function RunsPage() {
  const [, run] = segments.value;
  return run === undefined ? <RunListPage /> : <RunPage key={run} run={run} />;
}
