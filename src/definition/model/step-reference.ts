import { type Location, type Problem, problem } from '../../text/problem.ts';
import { didYouMean } from '../../text/suggestion.ts';
import type { Reference } from '../expressions/expression-survey.ts';
import { ancestorsOf } from './ancestors.ts';
import { outputNames, type Step, type Tool } from './tool.ts';

/** All outputs that a step can write, or undefined where it may write any. */
function declaredOutputs(step: Step, tools: StepPosition['tools']): readonly string[] | undefined {
  if (step.kind === 'run') return step.outputs && outputNames(step);
  const called = tools.get(step.tool.name);
  return called && [...called.outputs.keys()];
}

/** The parts of a position that decide about `steps.ID...`. */
interface StepPosition {
  readonly tool: Tool;
  readonly step?: Step;
  readonly where: string;
  readonly steps: readonly Step[];
  /** Valid tools, by name. */
  readonly tools: ReadonlyMap<string, Tool>;
}

/** `steps.ID.outputs.NAME` and `steps.ID.status`: the step exists, has ended by then, and has the output. */
export function stepReferenceProblems({ path }: Reference, at: Location, position: StepPosition): Problem[] {
  const [, id = '', member, output] = path;
  const named = position.tool.steps.find((step) => step.id === id);
  const related = named === undefined ? [] : [{ message: `the step "${id}" is here`, at: named.at }];
  const say = (message: string, hint: string | undefined) => [
    problem('expression/unknown', message, { at, hint, ...(related.length > 0 && { related }) }),
  ];
  if (named === undefined) return say(`there is no step "${id}" in ${position.tool.name}`, otherStep(id, position));
  const step = position.steps.find((one) => one.id === id);
  if (step === undefined && waitsForUnknown(position)) return [];
  if (step === undefined)
    return say(`the step "${id}" has not ended when ${position.where} is evaluated`, waitHint(id, position));
  if (member === undefined) return [];
  if (member !== 'outputs' && member !== 'status')
    return say(
      `a step has \`outputs\` and \`status\`, and no "${member}"`,
      didYouMean(member, ['outputs', 'status']) ?? `write \`steps.${id}.status\` for how it ended`,
    );
  const declared = declaredOutputs(step, position.tools);
  if (member === 'status' || output === undefined || declared === undefined || declared.includes(output)) return [];
  const says = step.kind === 'call' ? `the tool ${step.tool.name}, which the step "${id}" calls,` : `the step "${id}"`;
  return say(
    `${says} declares no output "${output}"`,
    didYouMean(output, declared) ??
      (declared.length > 0 ? `its outputs are: ${declared.join(', ')}` : 'remove it: there are none'),
  );
}

function otherStep(id: string, { tool, steps }: StepPosition): string {
  const before = steps.map((step) => step.id);
  const near =
    didYouMean(id, before) ??
    didYouMean(
      id,
      tool.steps.map((step) => step.id),
    );
  if (near !== undefined) return near;
  return before.length > 0 ? `the steps before it are: ${before.join(', ')}` : 'remove it: no step comes before it';
}

/** Whether the step waits for an unknown step: the name may be a misspelling of this one, and is already reported. */
function waitsForUnknown({ tool, step }: StepPosition): boolean {
  if (step === undefined) return false;
  const ids = new Set(tool.steps.map(({ id }) => id));
  return [step, ...ancestorsOf(tool, step.id)].some(({ needs }) => needs.some(({ name }) => !ids.has(name)));
}

function waitHint(id: string, { tool, step, where }: StepPosition): string {
  if (step === undefined) return `remove it: ${where} is evaluated before any step runs`;
  if (step.id === id) return 'remove it: a step cannot read its own outputs';
  const isLater = ancestorsOf(tool, id).some((one) => one.id === step.id);
  return isLater ? `remove it: "${id}" waits for this step` : `add "${id}" to the \`needs\` of this step`;
}

/** The place of a key of a step; undefined where the key is not written. */
export function placeOfKey({ keys }: Step, key: string): Location | undefined {
  return keys.find(({ name }) => name === key)?.at;
}
