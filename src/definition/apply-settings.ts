import type { Words } from './scripts/template.ts';
import type { Argument, Step, Tool } from './tool.ts';
import type { RepositorySettings, ToolSettings } from './tool-settings.ts';

/** A grant to the tool without these settings is not one to the tool with them: they count into the digest. */
export function withSettings(tool: Tool, { templates, passEnv, sandbox, machineFiles }: RepositorySettings): Tool {
  const passed = tool.passEnv.map(({ name }) => name).filter((name) => passEnv.has(name));
  const isRaw = templates.raw.has(tool.name);
  const words = templates.words.get(tool.name);
  const showsMore = isSandboxed(tool) && (sandbox.bind.length > 0 || sandbox.ports.length > 0);
  const mapped = mappedFiles(tool, machineFiles);
  const settings: ToolSettings = {
    ...(isRaw && { rawTemplates: true }),
    ...(words !== undefined && { templateWords: Object.fromEntries(words) }),
    ...(passed.length > 0 && { passEnv: [...new Set(passed)].sort() }),
    ...(mapped.size > 0 && { machineFiles: Object.fromEntries(mapped) }),
    ...(showsMore && { sandbox }),
  };
  return {
    ...tool,
    ...withMachineFiles(tool, mapped),
    settings,
    ...(isRaw && { steps: tool.steps.map(withRawTemplate) }),
    ...(words !== undefined && { args: new Map([...tool.args].map(([name, one]) => [name, withWords(one, words)])) }),
  };
}

/** Path -> secret, of the files that the tool's container wants. */
function mappedFiles({ container }: Tool, all: RepositorySettings['machineFiles']): ReadonlyMap<string, string> {
  const wanted = (container?.files ?? []).flatMap(({ from }) => from ?? []);
  const mapped = wanted.flatMap((from) => {
    const secret = all?.get(from);
    return secret === undefined ? [] : [[from, secret] as const];
  });
  return new Map(mapped.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A secret takes the place of the file: the tool asks for it as for any other. */
function withMachineFiles({ container, secrets }: Tool, mapped: ReadonlyMap<string, string>): Partial<Tool> {
  if (container === undefined || mapped.size === 0) return {};
  const variableOf = (secret: string) => `MACHINE_FILE_${secret}`;
  const requests = [...new Set(mapped.values())].map((name) => ({
    ...{ name, at: container.at, variable: variableOf(name) },
    ...{ askedBy: 'tool' as const, required: true, form: 'file' as const },
  }));
  const files = container.files.map(({ path, content, from }) => {
    const secret = from === undefined ? undefined : mapped.get(from);
    if (secret !== undefined) return { path, secret: variableOf(secret) };
    return { path, ...(content !== undefined && { content }), ...(from !== undefined && { from }) };
  });
  return { container: { ...container, files }, secrets: [...secrets, ...requests] };
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
