import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

/** A state in words with its sign: the second line of a cell. */
export function Note({
  icon,
  tone = 'second',
  children,
}: {
  readonly icon?: IconName;
  readonly tone?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`note ${tone}`}>
      {icon && <Icon name={icon} />}
      <span class="cut">{children}</span>
    </span>
  );
}

/** A short word on a ground: a role, a kind. */
export function Tag({ children, title }: { readonly children: ComponentChildren; readonly title?: string }) {
  return (
    <span class="tag" title={title}>
      {children}
    </span>
  );
}
