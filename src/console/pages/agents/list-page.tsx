import type { AgentList } from '../../generated/answers.ts';
import { Command } from '../../parts/copy.tsx';
import { Empty } from '../../parts/states.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { DefinitionList } from '../definition-list.tsx';

type Agent = AgentList['agents'][number];

/** The agents of the repository. */
export function AgentListPage() {
  const answer = useAnswer('agents', () => api.listAgents());
  return (
    <DefinitionList<Agent>
      kind="agent"
      answer={answer}
      definitions={answer.data?.agents}
      rows={4}
      columns={[
        ['Tools', ({ tools }) => tools],
        ['Ceiling', ({ secrets }) => secrets],
      ]}
      textOf={({ name, description, tools, secrets }) => [name, description, ...tools, ...secrets].join(' ')}
      none={
        <Empty icon="agent" title="No agents yet">
          <p>
            An agent is a set of tools with instructions, and the secrets that may reach them through it: its ceiling.
          </p>
          <Command text="lockstep agent new operator" />
        </Empty>
      }
    />
  );
}
