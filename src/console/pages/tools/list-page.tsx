import type { Tool } from '../../generated/answers.ts';
import { Command } from '../../parts/copy.tsx';
import { Empty } from '../../parts/states.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { DefinitionList } from '../definition-list.tsx';

/** The tools of the repository. */
export function ToolListPage() {
  const answer = useAnswer('tools', () => api.listTools());
  return (
    <DefinitionList<Tool>
      kind="tool"
      answer={answer}
      definitions={answer.data?.tools}
      rows={10}
      columns={[
        ['Arguments', ({ inputSchema }) => Object.keys((inputSchema.properties as object | undefined) ?? {})],
        ['Secrets', ({ secrets }) => secrets],
      ]}
      textOf={({ name, description, file, secrets }) => [name, description, file, ...secrets].join(' ')}
      none={
        <Empty icon="tool" title="No tools yet">
          <p>A tool is a YAML file with arguments, the secrets that it asks for, and steps. This makes a first one.</p>
          <Command text="lockstep tool new hello" />
        </Empty>
      }
    />
  );
}
