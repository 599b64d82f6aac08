import { useState } from 'preact/hooks';
import type { RunDetails } from '../../generated/answers.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog, useAction } from '../../parts/dialog.tsx';
import { TextArea } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ErrorNotice, ObstacleNotice, sentence } from '../../parts/notice.tsx';
import { Ago } from '../../parts/time.tsx';
import { api } from '../../state/api.ts';
import { obstacleTo } from '../../state/rights.ts';
import { pathTo } from '../../state/router.ts';
import { shortText } from './arguments.ts';
import { LentSecret } from './lent-secret.tsx';

interface ApprovalProps {
  readonly run: RunDetails;
  readonly step: string;
  readonly question: string;
  readonly onAnswered: () => void;
}

/** What one decides on, and the two answers. The first answer counts. */
export function Approval({ run, step, question, onAnswered }: ApprovalProps) {
  const [denying, setDenying] = useState(false);
  const obstacle = obstacleTo('approve');
  const answer = (approved: boolean, reason?: string) =>
    api.answerRun(run.run, { approved, ...(step !== '' && { step }), ...(reason && { reason }) }).then(onAnswered);
  const { busy, error, run: approve } = useAction(() => answer(true));
  return (
    <section class="notice warn approval" aria-label={`${step || 'the call'} asks for approval`}>
      <Icon name="waiting" />
      <div class="grow">
        <h2>{step === '' ? 'The call asks for approval' : `${step} asks for approval`}</h2>
        <p>{sentence(question)}</p>
        <Decided run={run} step={step} />
        <ObstacleNotice obstacle={obstacle} />
        <ErrorNotice error={error} />
      </div>
      <div class="actions">
        <Button obstacle={obstacle} onClick={() => setDenying(true)}>
          Deny…
        </Button>
        <Button kind="primary" obstacle={obstacle} busy={busy} onClick={() => void approve()}>
          Approve
        </Button>
      </div>
      {denying && <Deny step={step} onDeny={(reason) => answer(false, reason)} onClose={() => setDenying(false)} />}
    </section>
  );
}

/** The outputs that the step is given, and the secrets that it gets. */
function Decided({ run, step }: Pick<ApprovalProps, 'run' | 'step'>) {
  const outlined = (run.plan ?? []).filter(({ id }) => step === '' || id === step.replace(/\[\d+\]/g, ''));
  const outputs = run.stepOutputs as Readonly<Record<string, Readonly<Record<string, string>>>>;
  const given = outlined.flatMap(({ needs }) => needs).flatMap((need) => Object.entries(outputs[need] ?? {}));
  const secrets = new Map(outlined.flatMap((one) => one.secrets).map((secret) => [secret.name, secret]));
  const former = run.approvedBefore.find((one) => one.step === step);
  return (
    <dl class="facts">
      {given.length > 0 && (
        <div>
          <dt>It is given</dt>
          <dd class="given">
            {given.map(([name, value]) => (
              <span key={name}>
                {name} <code title={value}>{shortText(value)}</code>
              </span>
            ))}
          </dd>
        </div>
      )}
      <div>
        <dt>It gets</dt>
        <dd class="given">
          {secrets.size === 0 && 'no secrets'}
          {[...secrets.values()].map(({ name, version }) => (
            <LentSecret key={name} group={run.group} name={name} version={version} />
          ))}
        </dd>
      </div>
      <div>
        <dt>Approved before</dt>
        <dd>{former === undefined ? 'never, in the runs that are kept' : <Former approval={former} />}</dd>
      </div>
    </dl>
  );
}

function Former({ approval }: { readonly approval: RunDetails['approvedBefore'][number] }) {
  const { by, run, started, changed } = approval;
  return (
    <>
      by {by}{' '}
      <a href={pathTo('runs', run)}>
        <Ago at={started} />
      </a>
      ; {changed ? <b class="bad">the tool has changed since</b> : 'the tool has not changed since'}
    </>
  );
}

interface DenyProps {
  readonly step: string;
  readonly onDeny: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

function Deny({ step, onDeny, onClose }: DenyProps) {
  const [reason, setReason] = useState('');
  const { busy, error, run } = useAction(async () => {
    await onDeny(reason.trim());
    onClose();
  });
  return (
    <Dialog title={`Deny ${step || 'the call'}`} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <TextArea
          label="Reason"
          note="kept with the run"
          hint="The step fails, and what needs it is skipped."
          value={reason}
          onInput={setReason}
          rows={2}
          autoFocus
        />
        <ErrorNotice error={error} />
        <div class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button submit kind="danger" busy={busy} disabled={reason.trim() === ''}>
            Deny
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
