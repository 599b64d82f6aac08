import type { AgentDetails } from '../../generated/answers.ts';
import { Icon } from '../../parts/icon.tsx';
import { Note } from '../../parts/note.tsx';
import { Coded } from '../../parts/notice.tsx';
import { Failed, Skeleton } from '../../parts/states.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { useKeys } from '../../state/keys.ts';
import { navigate, pathTo, query, setQuery } from '../../state/router.ts';
import { groups, status } from '../../state/store.ts';
import { DefinitionHead } from '../definition-head.tsx';
import { GroupTabs } from '../groups.tsx';

/** An agent: its instructions, its tools, and the secrets that reach them. */
export function AgentPage({ name }: { readonly name: string }) {
  const group = groups.value.length === 0 ? undefined : (query.value.get('group') ?? status.value?.group ?? undefined);
  const answer = useAnswer(`${name} ${group ?? ''}`, () => api.getAgent(name, group));
  const { data, error } = answer;
  useKeys({ Escape: () => navigate('/agents') });
  return (
    <section class="view scroller" aria-labelledby="page-title">
      {error && <Failed error={error} onRetry={() => void answer.reload()} />}
      {data === undefined ? !error && <Skeleton rows={8} /> : <Shown agent={data} group={group} />}
    </section>
  );
}

function Shown({ agent, group }: { readonly agent: AgentDetails; readonly group: string | undefined }) {
  const { name, instructions, tools, secrets } = agent;
  return (
    <>
      <DefinitionHead kind="agent" definition={agent}>
        <span>
          {tools.length} {tools.length === 1 ? 'tool' : 'tools'}
        </span>
      </DefinitionHead>
      <div class="agent-parts">
        <section aria-labelledby="tools-title">
          <div class="head">
            <h2 id="tools-title">Tools</h2>
            {group !== undefined && <GroupTabs value={group} onChange={(to) => setQuery('group', to)} />}
          </div>
          {tools.length === 0 && <p class="second">Its patterns match no tool.</p>}
          <ul class="agent-tools">
            {tools.map((tool) => (
              <AgentTool key={tool.name} tool={tool} agent={name} />
            ))}
          </ul>
        </section>
        <section aria-labelledby="told-title">
          <h2 id="told-title">Instructions</h2>
          <p class="instructions">{instructions || <span class="faint">none</span>}</p>
          <h2>Ceiling</h2>
          <p class="second">Through this agent, no other secrets reach a step.</p>
          <ul class="ceiling">
            {secrets.length === 0 && <li class="faint">none</li>}
            {secrets.map((secret) => (
              <li key={secret}>
                <code>{secret}</code>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </>
  );
}

type Tool = AgentDetails['tools'][number];

function AgentTool({ tool, agent }: { readonly tool: Tool; readonly agent: string }) {
  return (
    <li>
      <div class="plan-step">
        <a class="grow" href={`${pathTo('tools', tool.name)}?agent=${encodeURIComponent(agent)}`}>
          {tool.name}
        </a>
        {tool.approve === 'always' && (
          <Note icon="waiting" tone="warn">
            each call asks for approval
          </Note>
        )}
      </div>
      {tool.secrets.length === 0 && <p class="sub">asks for no secrets</p>}
      {tool.secrets.map(({ name, granted, reason, askedBy }) => (
        <p class="agent-secret" key={`${name} ${askedBy ?? ''}`}>
          <Icon name={granted ? 'granted' : 'refused'} tone={granted ? 'accent' : 'bad'} />
          <code>{name}</code>
          {askedBy !== undefined && <span class="faint">asked for by the agent</span>}
          <span class={`reason ${granted ? 'second' : 'bad'}`}>
            <Coded text={reason} />
          </span>
        </p>
      ))}
    </li>
  );
}
