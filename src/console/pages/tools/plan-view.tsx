import type { PlanReport } from '../../generated/answers.ts';
import { type Box, StepGraph } from '../../parts/graph/graph.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Note } from '../../parts/note.tsx';
import { Coded, Hints, Notice, Said } from '../../parts/notice.tsx';
import { pathTo } from '../../state/router.ts';

type PlanStep = PlanReport['steps'][number];
type PlanProblem = PlanReport['problems'][number];

/** What would run with these arguments, and why each secret is granted or refused. */
export function PlanView({ plan, current }: { readonly plan: PlanReport; readonly current: boolean }) {
  const own = plan.steps.filter(({ id }) => !id.includes('/'));
  const other = plan.problems.filter(({ argument }) => argument === undefined);
  return (
    <section class={`plan ${current ? '' : 'old'}`} aria-labelledby="plan-title" aria-busy={!current}>
      <h2 id="plan-title">
        Plan <span class="sub">as it runs with these arguments</span>
      </h2>
      <StepGraph label={`Steps of ${plan.tool}`} boxes={own.map(boxOf)} />
      <Problems problems={other} />
      <ol class="plan-steps">
        {plan.steps.map((step) => (
          <Step key={step.id} step={step} group={plan.group} />
        ))}
      </ol>
    </section>
  );
}

function boxOf({ id, needs, executor, condition, approve, secrets }: PlanStep): Box {
  const refused = secrets.some(({ granted }) => !granted);
  const where = executor.startsWith('tool:') ? 'calls a tool' : executor;
  const note = condition === 'skipped' ? 'skipped' : approve !== undefined ? 'asks first' : where;
  const sign =
    condition === 'skipped'
      ? ({ icon: 'skipped', tone: 'faint' } as const)
      : refused
        ? ({ icon: 'refused', tone: 'bad' } as const)
        : secrets.length > 0
          ? ({ icon: 'granted', tone: 'accent' } as const)
          : {};
  return { id, needs, words: id, note, ...sign, ...(condition === 'skipped' && { state: 'pending' as const }) };
}

/** The problems that no field shows, errors first; those with one way out stand together. */
function Problems({ problems }: { readonly problems: readonly PlanProblem[] }) {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const others = problems.filter(({ severity }) => severity !== 'error');
  return (
    <>
      {errors.length > 0 && (
        <Notice tone="bad">
          <p>
            <b>It would not start.</b>
          </p>
          <ByWayOut problems={errors} />
        </Notice>
      )}
      {others.length > 0 && (
        <Notice tone="warn">
          <ByWayOut problems={others} />
        </Notice>
      )}
    </>
  );
}

function ByWayOut({ problems }: { readonly problems: readonly PlanProblem[] }) {
  const groups = Map.groupBy(problems, ({ hint = '' }) => hint);
  return (
    <>
      {[...groups].map(([hint, group]) => (
        <div key={hint}>
          {group.map(({ code, message }) => (
            <p key={code + message}>
              <Said text={message} />
            </p>
          ))}
          {hint !== '' && <Hints hints={[hint]} />}
        </div>
      ))}
    </>
  );
}

function SecretLink({ group, name }: { readonly group: string; readonly name: string }) {
  return (
    <a class="secret-link" href={pathTo('secrets', group, name)}>
      <code>{name}</code>
    </a>
  );
}

function Step({ step, group }: { readonly step: PlanStep; readonly group: string | null }) {
  const { id, secrets, approve } = step;
  return (
    <li>
      <div class="plan-step">
        <b class="mono">{id}</b>
        <span class="second grow">{describe(step)}</span>
        {approve !== undefined && (
          <Note icon="waiting" tone="warn">
            asks for approval
          </Note>
        )}
      </div>
      {secrets.map((secret) => (
        <p class="plan-secret" key={`${secret.name} ${secret.env}`}>
          <Icon name={secret.granted ? 'granted' : 'refused'} tone={secret.granted ? 'accent' : 'bad'} />
          {group === null ? <code>{secret.name}</code> : <SecretLink group={group} name={secret.name} />}
          <span class="second">${secret.env}</span>
          <span class={`reason ${secret.granted ? 'second' : 'bad'}`}>
            {secret.version !== null && secret.granted && `version ${secret.version}, `}
            <Coded text={secret.reason} />
          </span>
        </p>
      ))}
    </li>
  );
}

const CONDITIONS = {
  runs: null,
  skipped: 'skipped: its condition is false',
  undecided: 'its condition is decided as it runs',
};

function describe({ executor, image, network, needs, condition, forEach }: PlanStep): string {
  const where = executor.startsWith('tool:') ? `calls ${executor.slice('tool:'.length)}` : executor;
  const count = forEach?.count as number | null | undefined;
  return [
    [where, image, network === 'none' ? 'no network' : undefined].filter((one) => one !== undefined).join(', '),
    needs.length === 0 ? 'at once' : `after ${needs.map((need) => need.replace(/^.*\//, '')).join(', ')}`,
    forEach === undefined ? null : count == null ? 'for each item' : `for each of ${count} items`,
    CONDITIONS[condition],
  ]
    .filter((one) => one !== null)
    .join(' · ');
}
