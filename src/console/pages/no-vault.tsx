import { Command } from '../parts/copy.tsx';
import { Empty } from '../parts/states.tsx';

/** Replaces the pages about secrets in a repository without a vault. */
export function NoVault({ title }: { readonly title: string }) {
  return (
    <section class="view" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">{title}</h1>
      </header>
      <Empty icon="key" title="This repository has no vault yet">
        <p>
          A vault keeps the secrets of tools, sealed, in files of the repository. This makes one, and you become its
          first member; the page follows by itself.
        </p>
        <Command text="lockstep init" />
      </Empty>
    </section>
  );
}
