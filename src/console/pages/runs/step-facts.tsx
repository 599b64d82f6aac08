import { durationText } from '../../parts/time.tsx';
import type { Span } from './run-model.ts';
import { SIGNS } from './standing.ts';
import type { StepRow } from './step-rows.ts';

/** Where a step runs, with what, and how each attempt went. */
export function StepFacts({ row: { view, outline }, length }: { readonly row: StepRow; readonly length: number }) {
  const attempts = view.spans.filter(({ kind }) => kind === 'attempt');
  return (
    <dl class="facts">
      <Fact name="State">
        {SIGNS[view.state].words}
        {view.words !== undefined && `: ${view.words}`}
        {view.kept === true && ', kept from the run that this one retries'}
      </Fact>
      {outline !== undefined && (
        <>
          <Fact name="Runs">{whereOf(outline.executor)}</Fact>
          <Fact name="After">{outline.needs.length === 0 ? 'nothing: at once' : outline.needs.join(', ')}</Fact>
          <Fact name="Secrets">
            {outline.secrets.length === 0
              ? 'none'
              : outline.secrets.map(({ name, version }) => (
                  <span key={name} class="line-of">
                    <code>{name}</code> {version === null ? '' : `version ${version}`}
                  </span>
                ))}
          </Fact>
        </>
      )}
      {attempts.map((span, at) => (
        <Fact key={at} name={`Attempt ${at + 1}`}>
          {attemptText(span, length)}
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function attemptText({ from, to, failed }: Span, length: number): string {
  const began = `began after ${durationText(from)}`;
  if (to === undefined) return `${began}, under way for ${durationText(length - from)}`;
  return `${began}, took ${durationText(to - from)}${failed === true ? ', failed' : ''}`;
}

export function whereOf(executor: string): string {
  if (executor.startsWith('tool:')) return `calls ${executor.slice('tool:'.length)}`;
  return { host: 'on the host', sandbox: 'in a sandbox', container: 'in a container' }[executor] ?? executor;
}
