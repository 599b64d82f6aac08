import { Empty } from '../parts/states.tsx';

export function AgentsPage() {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Agents</h1>
      </header>
      <Empty icon="agent" title="Not here yet" />
    </section>
  );
}
