import type { ComponentChildren } from 'preact';
import type { ApiError } from '../state/request.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';
import { ErrorNotice } from './notice.tsx';

/** Nothing here yet: what belongs here, and how it gets here. */
export function Empty({
  icon,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Bars of the real size while an answer is on its way. */
export function Skeleton({ rows = 8, single }: { readonly rows?: number; readonly single?: boolean }) {
  return (
    <div class={`skeleton ${single === true ? 'one' : ''}`} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        <div key={at}>
          <span />
          {single !== true && <span />}
        </div>
      ))}
    </div>
  );
}

/** An answer that could not be had. */
export function Failed({ error, onRetry }: { readonly error: ApiError; readonly onRetry: () => void }) {
  return (
    <div class="failed">
      <ErrorNotice error={error} />
      <Button onClick={onRetry}>Try again</Button>
    </div>
  );
}
