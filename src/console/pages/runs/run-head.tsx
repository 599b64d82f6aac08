import { useState } from 'preact/hooks';
import type { RunDetails } from '../../generated/answers.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Note } from '../../parts/note.tsx';
import { Ago, durationText } from '../../parts/time.tsx';
import { api } from '../../state/api.ts';
import { obstacleTo } from '../../state/rights.ts';
import { pathTo } from '../../state/router.ts';
import { argumentText, shortText } from './arguments.ts';
import { type Continuation, ContinueDialog } from './continue-dialog.tsx';
import { StartedBy } from './run-cells.tsx';
import type { StepState } from './run-model.ts';
import { isUnderWay, SIGNS } from './standing.ts';

interface RunHeadProps {
  readonly details: RunDetails;
  readonly state: StepState;
}

/** Which run this is, how it stands, and what can be done with it. */
export function RunHead({ details, state }: RunHeadProps) {
  const { icon, tone, words } = SIGNS[state];
  return (
    <header class="run-head">
      <div class="grow">
        <p class="crumb">
          <a href="/runs">Runs</a>
        </p>
        <h1 id="page-title">
          <Icon name={icon} tone={`${tone} ${state === 'running' ? 'pulse' : ''}`} />
          <span class="cut">{details.tool}</span>
          <span class={`stands ${tone}`} role="status">
            {words}
          </span>
        </h1>
        <Facts details={details} state={state} />
        <Arguments details={details} />
      </div>
      <Actions details={details} state={state} />
    </header>
  );
}

function Facts({ details, state }: RunHeadProps) {
  const { run, group, snapshot, started, retries, durationMs } = details;
  return (
    <p class="meta">
      <StartedBy run={details} />
      {group !== null && <span>{group}</span>}
      {snapshot?.commit !== undefined && (
        <span title={`snapshot ${snapshot.id}`}>
          <code>{snapshot.commit.slice(0, 7)}</code>
          {snapshot.branch !== undefined && ` on ${snapshot.branch}`}
        </span>
      )}
      <span>
        started <Ago at={started} />
      </span>
      {!isUnderWay(state) && <span>took {durationText(durationMs)}</span>}
      {retries !== undefined && (
        <span>
          retries <a href={pathTo('runs', retries.run)}>{retries.run}</a>
          {retries.from !== undefined && ` from ${retries.from}`}
        </span>
      )}
      <span class="id">
        <code>{run}</code>
        <CopyButton text={run} label="Copy the id of the run" />
      </span>
    </p>
  );
}

function Arguments({ details: { args, withheld } }: { readonly details: RunDetails }) {
  const given = Object.entries(args);
  if (given.length + withheld.length === 0) return null;
  return (
    <p class="meta">
      {given.map(([name, value]) => (
        <span key={name} class="argument">
          {name} <code title={argumentText(value)}>{shortText(argumentText(value))}</code>
        </span>
      ))}
      {withheld.map((name) => (
        <span key={name}>
          {name} <span class="faint">not kept</span>
        </span>
      ))}
    </p>
  );
}

function Actions({ details, state }: RunHeadProps) {
  const [open, setOpen] = useState<'cancel' | Continuation | null>(null);
  const obstacle = obstacleTo('run');
  const close = () => setOpen(null);
  return (
    <div class="actions">
      {isUnderWay(state) && (
        <Button obstacle={obstacle} onClick={() => setOpen('cancel')}>
          Cancel run
        </Button>
      )}
      {state === 'interrupted' && (
        <Button kind="primary" obstacle={obstacle} onClick={() => setOpen('resume')}>
          Resume
        </Button>
      )}
      {!isUnderWay(state) && (
        <>
          <Button obstacle={obstacle} onClick={() => setOpen('retry')}>
            Retry…
          </Button>
          <LinkButton href={sameCall(details)}>Run again</LinkButton>
        </>
      )}
      {open === 'cancel' && <CancelDialog details={details} onClose={close} />}
      {(open === 'resume' || open === 'retry') && <ContinueDialog what={open} details={details} onClose={close} />}
    </div>
  );
}

/** The form of the tool, filled as for this run. */
function sameCall({ run, tool, group, agent }: RunDetails): string {
  const given = { from: run, ...(group !== null && { group }), ...(agent !== undefined && { agent }) };
  return `${pathTo('tools', tool)}?${new URLSearchParams(given)}`;
}

function CancelDialog({ details, onClose }: { readonly details: RunDetails; readonly onClose: () => void }) {
  const { run, tool, underWay } = details;
  return (
    <Confirm
      title={`Cancel this run of ${tool}?`}
      action="Cancel run"
      danger
      onClose={onClose}
      onConfirm={async () => {
        await api.cancelRun(run, {});
        onClose();
      }}
    >
      <p>Its steps are told to end, and get 5 seconds for it. Steps that always run still run.</p>
      {underWay.length > 0 && <Note icon="running">under way: {underWay.join(', ')}</Note>}
    </Confirm>
  );
}
