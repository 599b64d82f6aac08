import { Empty } from '../../parts/states.tsx';

export function SecretsPage() {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Secrets</h1>
      </header>
      <Empty icon="key" title="Not here yet" />
    </section>
  );
}
