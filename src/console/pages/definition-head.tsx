import type { ComponentChildren } from 'preact';
import { Icon } from '../parts/icon.tsx';

interface DefinitionHeadProps {
  readonly kind: 'tool' | 'agent';
  readonly definition: { readonly name: string; readonly description?: string; readonly file: string };
  /** Further facts, beside the file. */
  readonly children: ComponentChildren;
}

/** The head of a tool's or an agent's page: where one is, what it does, and its file. */
export function DefinitionHead({ kind, definition: { name, description, file }, children }: DefinitionHeadProps) {
  return (
    <header class="definition-head">
      <p class="crumb">{kind === 'tool' ? <a href="/tools">Tools</a> : <a href="/agents">Agents</a>}</p>
      <h1 id="page-title">{name}</h1>
      <p class="lead">{description}</p>
      <p class="meta">
        <span>
          <Icon name="file" tone="second" /> <code>{file}</code>
        </span>
        {children}
      </p>
    </header>
  );
}
