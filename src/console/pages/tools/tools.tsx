import { segments } from '../../state/router.ts';
import { ToolListPage } from './list-page.tsx';
import { ToolPage } from './tool-page.tsx';

export function ToolsPage() {
  const [, tool] = segments.value;
  return tool === undefined ? <ToolListPage /> : <ToolPage key={tool} name={tool} />;
}
