import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { ToolDetails } from '../../generated/answers.ts';
import { Select } from '../../parts/field.tsx';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { useKeys } from '../../state/keys.ts';
import { ApiError } from '../../state/request.ts';
import { keepHere, keptHere, navigate, pathTo, query, setQuery } from '../../state/router.ts';
import { groups, status } from '../../state/store.ts';
import { DefinitionHead } from '../definition-head.tsx';
import { GroupTabs } from '../groups.tsx';
import { ArgumentField } from './argument-field.tsx';
import { type FormArgument, formArguments } from './argument-schema.ts';
import { readTyped, type Typed, typedFrom, withoutSensitive } from './argument-values.ts';
import { PlanView } from './plan-view.tsx';
import { RunBar } from './run-bar.tsx';
import { usePlan } from './use-plan.ts';

/** A tool: what it does, its arguments as a form, and the plan beside it. */
export function ToolPage({ name }: { readonly name: string }) {
  const answer = useAnswer(name, () => api.getTool(name));
  const { data, error } = answer;
  useKeys({ Escape: () => navigate('/tools') });
  return (
    <section class="view scroller" aria-labelledby="page-title">
      {error && <Failed error={error} onRetry={() => void answer.reload()} />}
      {data === undefined ? !error && <Skeleton rows={8} /> : <Shown tool={data} />}
    </section>
  );
}

function Shown({ tool }: { readonly tool: ToolDetails }) {
  const list = formArguments(tool);
  const [typed, setTyped] = useState<Typed>(() => typedBeforeReload(list));
  const from = query.value.get('from');
  useEffect(() => {
    if (from !== null && Object.keys(typed).length === 0)
      void typedBefore(from).then((args) => setTyped(typedFrom(list, args)));
  }, [from]);
  // At once, not after the next frame: a reload may come before it.
  useLayoutEffect(() => keepHere(withoutSensitive(list, typed)), [typed]);
  const group = groups.value.length === 0 ? undefined : (query.value.get('group') ?? status.value?.group ?? undefined);
  const agent = query.value.get('agent') ?? undefined;
  const { args, faults } = readTyped(list, typed);
  const call = { args, ...(group !== undefined && { group }), ...(agent !== undefined && { agent }) };
  const answer = usePlan(tool.name, call);
  const faultOf = (name: string) =>
    faults[name] ??
    answer.plan?.problems.find(({ argument }) => argument === name)?.message.replace(/^the argument "[^"]*" /, '');
  return (
    <>
      <ToolHead tool={tool} />
      <div class="two">
        <form class="form" onSubmit={(event) => event.preventDefault()}>
          <Through tool={tool} group={group} agent={agent} />
          {list.map((argument) => (
            <ArgumentField
              key={argument.name}
              argument={argument}
              value={typed[argument.name]}
              fault={faultOf(argument.name)}
              onChange={(value) => setTyped((old) => ({ ...old, [argument.name]: value }))}
            />
          ))}
          {list.length === 0 && <p class="second">This tool takes no arguments.</p>}
          <RunBar body={{ tool: tool.name, ...call }} answer={answer} faults={Object.keys(faults).length} />
        </form>
        {answer.error && <Failed error={answer.error} onRetry={() => location.reload()} />}
        {answer.plan && <PlanView plan={answer.plan} current={answer.current} />}
      </div>
    </>
  );
}

/** A browser may write its history to the disk: sensitive arguments are typed again. */
function typedBeforeReload(list: readonly FormArgument[]): Typed {
  const kept = keptHere();
  return typeof kept === 'object' && kept !== null ? withoutSensitive(list, kept as Typed) : {};
}

/** The arguments of an earlier run; none where it cannot be read. */
async function typedBefore(run: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await api.getRun(run)).args;
  } catch (error) {
    if (error instanceof ApiError) return {};
    throw error;
  }
}

function ToolHead({ tool }: { readonly tool: ToolDetails }) {
  const { name, digest, agents } = tool;
  return (
    <DefinitionHead kind="tool" definition={tool}>
      {digest !== null && (
        <span title={digest}>
          definition <code>{digest.slice(0, 12)}</code>
        </span>
      )}
      <span>
        agents:{' '}
        {agents.length === 0
          ? 'none'
          : agents.map((agent, at) => (
              <span key={agent}>
                {at > 0 && ', '}
                <a href={pathTo('agents', agent)}>{agent}</a>
              </span>
            ))}
      </span>
      <a href={`/runs?tool=${encodeURIComponent(name)}`}>its runs</a>
    </DefinitionHead>
  );
}

interface ThroughProps {
  readonly tool: ToolDetails;
  readonly group: string | undefined;
  readonly agent: string | undefined;
}

/** Which secrets count: of which group, and through which agent. */
function Through({ tool, group, agent }: ThroughProps) {
  return (
    <>
      {group !== undefined && groups.value.length > 1 && (
        <div class="field">
          <span class="lab">Secrets from</span>
          <GroupTabs value={group} onChange={(to) => setQuery('group', to)} />
        </div>
      )}
      {tool.agents.length > 0 && (
        <Select
          label="Through"
          hint="Through an agent, only secrets under its ceiling reach the steps."
          value={agent ?? ''}
          options={[['', 'no agent'], ...tool.agents.map((one) => [one, one] as const)]}
          onChange={(to) => setQuery('agent', to)}
        />
      )}
    </>
  );
}
