import { Empty } from '../parts/states.tsx';

export function MembersPage() {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Members</h1>
      </header>
      <Empty icon="people" title="Not here yet" />
    </section>
  );
}
