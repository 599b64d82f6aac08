import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useKeys } from '../state/keys.ts';
import { Button } from './button.tsx';

interface PanelProps {
  readonly title: string;
  readonly mono?: boolean;
  readonly sub?: ComponentChildren;
  /** Beside the title. */
  readonly tools?: ComponentChildren;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** What a row opens, beside the list. Esc closes it; the page gives the focus back to the row. */
export function Panel({ title, mono, sub, tools, onClose, children }: PanelProps) {
  const id = useId();
  const head = useRef<HTMLHeadingElement>(null);
  useKeys({ Escape: onClose });
  useEffect(() => head.current?.focus(), [title]);
  return (
    <aside class="panel" aria-labelledby={id}>
      <header class="panel-head">
        <div class="grow">
          <h2 id={id} ref={head} tabIndex={-1} class={mono === true ? 'mono' : undefined}>
            {title}
          </h2>
          {sub !== undefined && <p class="sub">{sub}</p>}
        </div>
        {tools}
        <Button icon="close" label="Close" kind="quiet" small onClick={onClose} />
      </header>
      <div class="panel-body">{children}</div>
    </aside>
  );
}

/** A part of a panel under its heading. */
export function Block({
  title,
  action,
  children,
}: {
  readonly title: string;
  readonly action?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="block" aria-labelledby={id}>
      <header>
        <h3 id={id}>{title}</h3>
        {action}
      </header>
      {children}
    </section>
  );
}
