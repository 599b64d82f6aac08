import { segments } from '../../state/router.ts';
import { AgentPage } from './agent-page.tsx';
import { AgentListPage } from './list-page.tsx';

export function AgentsPage() {
  const [, agent] = segments.value;
  return agent === undefined ? <AgentListPage /> : <AgentPage key={agent} name={agent} />;
}
