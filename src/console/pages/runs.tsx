import { Empty } from '../parts/states.tsx';

export function RunsPage() {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Runs</h1>
      </header>
      <Empty icon="run" title="Not here yet" />
    </section>
  );
}
