import type { ComponentChildren } from 'preact';
import type { RepinPreview } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Command } from '../../parts/copy.tsx';
import { Dialog, useAction } from '../../parts/dialog.tsx';
import { Diff } from '../../parts/diff.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { dayText } from '../../parts/time.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { obstacleToWriting } from '../../state/rights.ts';
import { kindOf, shortName } from '../standing.ts';

interface RepinProps {
  readonly group: string;
  /** `tool:NAME` or `agent:NAME`. */
  readonly requester: string;
  readonly onClose: () => void;
}

/** What changed since a grant by digest, and the button that brings the grants to the present definition. */
export function RepinDialog({ group, requester, onClose }: RepinProps) {
  const target = repinTarget(requester);
  const preview = useAnswer(`${group}/${target}`, () => api.previewRepin(group, target));
  return (
    <Dialog title={`${shortName(requester)} has changed since it was granted`} onClose={onClose} wide>
      {preview.error && <Failed error={preview.error} onRetry={() => void preview.reload()} />}
      {preview.data === undefined ? (
        !preview.error && <Skeleton rows={4} />
      ) : (
        <Preview preview={preview.data} group={group} onClose={onClose} />
      )}
    </Dialog>
  );
}

/** As the command and the API name it. */
export function repinTarget(requester: string): string {
  return kindOf(requester) === 'tool' ? shortName(requester) : requester;
}

function Preview({
  preview,
  group,
  onClose,
}: {
  readonly preview: RepinPreview;
  readonly group: string;
  readonly onClose: () => void;
}) {
  return (
    <div class="prose">
      <WhatChanged preview={preview} />
      <RepinAction preview={preview} group={group} onDone={onClose} />
    </div>
  );
}

/** The difference for each earlier definition that grants name. */
export function WhatChanged({ preview: { forms } }: { readonly preview: RepinPreview }) {
  return (
    <>
      {forms.map(({ digest, commit, date, changes }) => (
        <section key={digest}>
          <h3 class="between">
            Since definition {digest.slice(0, 8)}
            {commit !== null && (
              <span class="sub">
                <code>{commit.slice(0, 7)}</code>
                {date !== null && `, ${dayText(date)}`}
              </span>
            )}
          </h3>
          {changes === null ? (
            <p class="second">
              No commit at hand has that definition, so the difference cannot be shown. Read the whole definition before
              you grant.
            </p>
          ) : (
            <Diff text={changes} />
          )}
        </section>
      ))}
    </>
  );
}

interface RepinActionProps {
  readonly preview: RepinPreview;
  readonly group: string;
  readonly onDone?: () => void;
  /** Beside the button. */
  readonly children?: ComponentChildren;
}

/** The grants that change together, and the button. */
export function RepinAction({ preview, group, onDone, children }: RepinActionProps) {
  const { tool, secrets, digest } = preview;
  const { busy, error, run } = useAction(async () => {
    await api.applyRepin(group, tool, digest);
    onDone?.();
  });
  return (
    <>
      <p class="sub">
        {secrets.length === 1 ? 'This grant covers 1 secret' : `The same grant covers ${secrets.length} secrets`}:{' '}
        {secrets.join(', ')}.
      </p>
      <ErrorNotice error={error} />
      <div class="actions">
        <Button kind="primary" busy={busy} obstacle={obstacleToWriting(group)} onClick={() => void run()}>
          Grant {secrets.length > 1 ? (secrets.length === 2 ? 'both ' : `all ${secrets.length} `) : ''}to this
          definition
        </Button>
        {children}
      </div>
      <Command text={`lockstep secret repin ${tool} --group ${group}`} />
    </>
  );
}
