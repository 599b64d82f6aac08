import { Empty } from '../parts/states.tsx';

export function AuditPage() {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Audit</h1>
      </header>
      <Empty icon="list" title="Not here yet" />
    </section>
  );
}
