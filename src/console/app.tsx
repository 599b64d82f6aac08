import { render } from 'preact';
import { Frame } from './frame/frame.tsx';
import { AccessPage } from './pages/access/access.tsx';
import { AgentsPage } from './pages/agents/agents.tsx';
import { AuditPage } from './pages/audit.tsx';
import { MembersPage } from './pages/members.tsx';
import { ProblemsPage } from './pages/problems.tsx';
import { RunsPage } from './pages/runs/runs.tsx';
import { SecretsPage } from './pages/secrets/secrets.tsx';
import { ToolsPage } from './pages/tools/tools.tsx';
import { listenForKeys } from './state/keys.ts';
import { followServer } from './state/live.ts';
import { followLinks, navigate, segments } from './state/router.ts';
import { keepStore } from './state/store.ts';
import { keepTheme } from './state/theme.ts';

const PAGES = {
  secrets: SecretsPage,
  access: AccessPage,
  tools: ToolsPage,
  agents: AgentsPage,
  runs: RunsPage,
  problems: ProblemsPage,
  members: MembersPage,
  audit: AuditPage,
} as const;

function App() {
  const [name = 'secrets'] = segments.value;
  const Page = Object.hasOwn(PAGES, name) ? PAGES[name as keyof typeof PAGES] : SecretsPage;
  return (
    <Frame>
      <Page />
    </Frame>
  );
}

if (location.pathname === '/') navigate(`/secrets${location.search}`, true);
keepTheme();
listenForKeys();
followLinks();
keepStore();
followServer();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
