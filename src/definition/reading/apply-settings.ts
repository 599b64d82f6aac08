import { matchesGlob } from '../model/agent-tools.ts';
import type { Argument, Step, Tool } from '../model/tool.ts';
import type { MachineSource, RepositorySettings, ToolSettings } from '../model/tool-settings.ts';
import type { Words } from '../scripts/template/template.ts';

/** The digest covers the settings: a grant to the tool without them does not extend to the tool with them. */
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

/** Path -> its replacement, for the files of the machine that the tool's container asks for. */
function mappedFiles(
  { name, container }: Tool,
  all: RepositorySettings['machineFiles'],
): ReadonlyMap<string, MachineSource> {
  const mapped = new Map<string, MachineSource>();
  const wanted = (container?.files ?? []).flatMap(({ from }) => from ?? []);
  for (const from of wanted.sort()) {
    const given = all?.get(from);
    if (given === undefined) continue;
    if ('secret' in given) mapped.set(from, given.secret);
    else if (given.tools.some((pattern) => matchesGlob(pattern, name))) mapped.set(from, { file: given.file });
  }
  return mapped;
}

/** Puts the replacements in place of the files; a secret that replaces a file is requested like any other. */
function withMachineFiles({ container, secrets }: Tool, mapped: ReadonlyMap<string, MachineSource>): Partial<Tool> {
  if (container === undefined || mapped.size === 0) return {};
  const variableOf = (secret: string) => `MACHINE_FILE_${secret}`;
  const names = [...mapped.values()].filter((one) => typeof one === 'string');
  const requests = [...new Set(names)].map((name) => ({
    ...{ name, at: container.at, variable: variableOf(name) },
    ...{ askedBy: 'tool' as const, required: true, form: 'file' as const },
  }));
  const files = container.files.map((written) => {
    const { from, ...file } = written;
    const given = from === undefined ? undefined : mapped.get(from);
    if (given === undefined) return written;
    return { ...file, ...(typeof given === 'string' ? { secret: variableOf(given) } : { machine: given.file }) };
  });
  return { container: { ...container, files }, secrets: [...secrets, ...requests] };
}

function isSandboxed({ sandbox, network, steps }: Tool): boolean {
  return sandbox || network === 'none' || steps.some((step) => step.kind === 'run' && step.network === 'none');
}

function withRawTemplate(step: Step): Step {
  if (step.kind !== 'run' || step.template === undefined) return step;
  return { ...step, template: { ...step.template, raw: true } };
}

function withWords(argument: Argument, all: ReadonlyMap<string, Words>): Argument {
  const words = all.get(argument.name);
  return words === undefined ? argument : { ...argument, words };
}
