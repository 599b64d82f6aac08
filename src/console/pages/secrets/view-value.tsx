import { useEffect, useState } from 'preact/hooks';
import type { ViewedValue } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Command, CopyButton } from '../../parts/copy.tsx';
import { Dialog, useAction } from '../../parts/dialog.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { api } from '../../state/api.ts';
import { obstacleTo } from '../../state/rights.ts';
import { status } from '../../state/store.ts';

const SHOWN_SECONDS = 30;

/** Asks each time, shows the value for 30 seconds, and takes it off the page. Elsewhere it says which command shows it. */
export function ViewValue({ name, group }: { readonly name: string; readonly group: string }) {
  const [open, setOpen] = useState(false);
  const obstacle = obstacleTo('view');
  const offline = obstacle?.passing === true ? obstacle : null;
  return (
    <>
      <Button obstacle={offline} onClick={() => setOpen(true)}>
        View…
      </Button>
      {open &&
        (mayView() ? (
          <AskAndShow name={name} group={group} onClose={() => setOpen(false)} />
        ) : (
          <NotHere name={name} group={group} onClose={() => setOpen(false)} />
        ))}
    </>
  );
}

function mayView(): boolean {
  const { viewing = false, token } = status.value ?? {};
  return viewing && token?.scopes.includes('view') === true;
}

interface ViewProps {
  readonly name: string;
  readonly group: string;
  readonly onClose: () => void;
}

function NotHere({ name, group, onClose }: ViewProps) {
  const { viewing = false, token } = status.value ?? {};
  const why = viewing
    ? `The token "${token?.name}" does not have the scope "view".`
    : 'This server shows no values: it was started without --allow-view.';
  return (
    <Dialog title={`View ${name}`} onClose={onClose}>
      <div class="prose">
        <p>
          {why} A reader of {group} sees it in a terminal:
        </p>
        <Command text={`lockstep secret reveal ${name} --group ${group}`} />
      </div>
      <div class="actions">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function AskAndShow({ name, group, onClose }: ViewProps) {
  const [shown, setShown] = useState<ViewedValue | null>(null);
  const { busy, error, run } = useAction(async () => setShown(await api.viewSecret(group, name)));
  return (
    <Dialog title={`View ${name}`} onClose={onClose}>
      {shown === null ? (
        <>
          <div class="prose">
            <p>
              The value of {name} in {group} is shown for {SHOWN_SECONDS} seconds. The audit log records that you
              looked.
            </p>
            <ErrorNotice error={error} />
          </div>
          <div class="actions">
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" icon="eye" busy={busy} onClick={() => void run()}>
              Show for {SHOWN_SECONDS} s
            </Button>
          </div>
        </>
      ) : (
        <Shown shown={shown} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Shown({ shown, onClose }: { readonly shown: ViewedValue; readonly onClose: () => void }) {
  const [left, setLeft] = useState(SHOWN_SECONDS);
  useEffect(() => {
    const timer = setInterval(() => setLeft((old) => old - 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left <= 0) onClose();
  }, [left]);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <pre class="excerpt value" tabIndex={0}>
        {shown.value}
      </pre>
      {shown.encoding === 'base64' && <p class="sub">The value is not text; this is its base64 form.</p>}
      <div class="actions">
        <span class="sub grow" role="timer">
          version {shown.version}, gone in {left} s
        </span>
        <CopyButton text={shown.value} words="Copy" label="Copy the value" />
        <Button onClick={onClose}>Hide now</Button>
      </div>
    </>
  );
}
