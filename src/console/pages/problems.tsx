import { Empty } from '../parts/states.tsx';

export function ProblemsPage() {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Problems</h1>
      </header>
      <Empty icon="warning" title="Not here yet" />
    </section>
  );
}
