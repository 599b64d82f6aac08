import type { Step, Tool } from './tool.ts';
import type { RepositorySettings, ToolSettings } from './tool-settings.ts';

/** A grant to the tool without these settings is not one to the tool with them. */
export function withSettings(tool: Tool, { rawTemplates, passEnv, sandbox }: RepositorySettings): Tool {
  const passed = tool.passEnv.map(({ name }) => name).filter((name) => passEnv.has(name));
  const isRaw = rawTemplates.has(tool.name);
  const showsMore = isSandboxed(tool) && (sandbox.bind.length > 0 || sandbox.ports.length > 0);
  const settings: ToolSettings = {
    ...(isRaw && { rawTemplates: true }),
    ...(passed.length > 0 && { passEnv: [...new Set(passed)].sort() }),
    ...(showsMore && { sandbox }),
  };
  return { ...tool, settings, ...(isRaw && { steps: tool.steps.map(withRawTemplate) }) };
}

function isSandboxed({ sandbox, network, steps }: Tool): boolean {
  return sandbox || network === 'none' || steps.some((step) => step.does === 'run' && step.network === 'none');
}

function withRawTemplate(step: Step): Step {
  if (step.does !== 'run' || step.template === undefined) return step;
  return { ...step, template: { ...step.template, raw: true } };
}
