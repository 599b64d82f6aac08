import { Empty } from '../parts/states.tsx';

export function ToolsPage() {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Tools</h1>
      </header>
      <Empty icon="tool" title="Not here yet" />
    </section>
  );
}
