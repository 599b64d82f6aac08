import type { ComponentChildren } from 'preact';
import type { Obstacle } from '../state/rights.ts';
import { Icon, type IconName } from './icon.tsx';

interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly icon?: IconName;
  /** For a button that shows only its icon. */
  readonly label?: string;
  readonly kind?: 'primary' | 'quiet' | 'danger';
  readonly small?: boolean;
  readonly submit?: boolean;
  /** Something is under way: it can be reached, and does nothing. */
  readonly busy?: boolean;
  /** Why it cannot be used now. The page says it in words beside the button, too. */
  readonly obstacle?: Obstacle | null;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly onClick?: () => void;
  readonly id?: string;
}

export function Button(props: ButtonProps) {
  const { children, icon, label, kind = '', small, submit, busy, obstacle, disabled, pressed, onClick, id } = props;
  const inert = busy === true || disabled === true || obstacle != null;
  const classes = ['btn', kind, small === true ? 'small' : '', children === undefined ? 'icon' : ''];
  return (
    <button
      type={submit === true ? 'submit' : 'button'}
      class={classes.filter((one) => one !== '').join(' ')}
      id={id}
      aria-label={label}
      aria-disabled={inert ? 'true' : undefined}
      aria-pressed={pressed}
      title={obstacle?.why ?? label}
      onClick={(event) => {
        if (!inert) return onClick?.();
        event.preventDefault();
      }}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton({
  href,
  icon,
  children,
}: {
  readonly href: string;
  readonly icon?: IconName;
  readonly children: ComponentChildren;
}) {
  return (
    <a class="btn" href={href}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}
