import type { Words } from './scripts/template.ts';
import type { Argument, Step, Tool } from './tool.ts';
import type { RepositorySettings, ToolSettings } from './tool-settings.ts';

/** A grant to the tool without these settings is not one to the tool with them: they count into the digest. */
export function withSettings(tool: Tool, { templates, passEnv, sandbox }: RepositorySettings): Tool {
  const passed = tool.passEnv.map(({ name }) => name).filter((name) => passEnv.has(name));
  const isRaw = templates.raw.has(tool.name);
  const words = templates.words.get(tool.name);
  const showsMore = isSandboxed(tool) && (sandbox.bind.length > 0 || sandbox.ports.length > 0);
  const settings: ToolSettings = {
    ...(isRaw && { rawTemplates: true }),
    ...(words !== undefined && { templateWords: Object.fromEntries(words) }),
    ...(passed.length > 0 && { passEnv: [...new Set(passed)].sort() }),
    ...(showsMore && { sandbox }),
  };
  return {
    ...tool,
    settings,
    ...(isRaw && { steps: tool.steps.map(withRawTemplate) }),
    ...(words !== undefined && { args: new Map([...tool.args].map(([name, one]) => [name, withWords(one, words)])) }),
  };
}

function isSandboxed({ sandbox, network, steps }: Tool): boolean {
  return sandbox || network === 'none' || steps.some((step) => step.does === 'run' && step.network === 'none');
}

function withRawTemplate(step: Step): Step {
  if (step.does !== 'run' || step.template === undefined) return step;
  return { ...step, template: { ...step.template, raw: true } };
}

function withWords(argument: Argument, all: ReadonlyMap<string, Words>): Argument {
  const words = all.get(argument.name);
  return words === undefined ? argument : { ...argument, words };
}
