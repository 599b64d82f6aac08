import { proxyActivities } from '@temporalio/workflow';
// Workflow code imports types only.
import type { ToolActivities } from 'lockstep/temporal';

const { runTool } = proxyActivities<ToolActivities>({
  startToCloseTimeout: '30m',
  // Without it, an activity never learns that it is cancelled.
  heartbeatTimeout: '20s',
  retry: { maximumAttempts: 3 },
});

export async function release(version: string): Promise<string> {
  const built = await runTool({ tool: 'build', args: { version } });
  const image = built.outputs.image ?? '';
  const deployed = await runTool({ tool: 'deploy', args: { image, to: 'staging' } });
  return deployed.outputs.url ?? '';
}
