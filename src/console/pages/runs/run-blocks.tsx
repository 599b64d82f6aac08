import type { ComponentChildren } from 'preact';
import type { RunDetails } from '../../generated/answers.ts';
import { Icon } from '../../parts/icon.tsx';
import { Ago } from '../../parts/time.tsx';
import type { AnswerView, RunModel } from './run-model.ts';
import { Values } from './values.tsx';

/** What a run came to, and who answered. */
export function RunSummaryBlocks({ details, model }: { readonly details: RunDetails; readonly model: RunModel }) {
  const outputs = details.outputs as Readonly<Record<string, string>>;
  return (
    <div class="run-blocks">
      {Object.keys(outputs).length > 0 && (
        <Part title="Outputs">
          <Values values={outputs} />
        </Part>
      )}
      {model.answers.length > 0 && (
        <Part title="Approvals">
          <ul class="trail">
            {model.answers.map((one) => (
              <Answered key={one.time + one.step} answer={one} />
            ))}
          </ul>
        </Part>
      )}
    </div>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Answered({ answer: { step, approved, by, reason, time } }: { readonly answer: AnswerView }) {
  return (
    <li>
      <Icon name={approved ? 'succeeded' : 'failed'} tone={approved ? 'ok' : 'bad'} />
      <b>
        {by} {approved ? 'approved' : 'denied'} {step || 'the call'}
      </b>
      <span class="sub">
        <Ago at={time} />
        {reason !== undefined && `: ${reason}`}
      </span>
    </li>
  );
}
