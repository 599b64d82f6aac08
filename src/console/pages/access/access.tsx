import { Empty } from '../../parts/states.tsx';

export function AccessPage() {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Who may use what</h1>
      </header>
      <Empty icon="grid" title="Not here yet" />
    </section>
  );
}
