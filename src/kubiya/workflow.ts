import { field, type MapNode, type YamlNode } from '../text/node.ts';
import { argumentVariable } from './arguments.ts';
import { entry, type Findings } from './findings.ts';
import { filled, mapping, scalar, sequence } from './native.ts';
import { allTexts, mentionedAmong } from './tool.ts';
import { translateWorkflowEnvironment } from './workflow-environment.ts';
import { timeLimit } from './workflow-policies.ts';
import { StepTranslator } from './workflow-steps.ts';

const MEANINGLESS =
  `runner tags group queue maxActiveRuns max_active_runs maxOutputSize histRetentionDays logDir mailOn smtp
  errorMail infoMail id uuid version labels metadata`.split(/\s+/);

const KEYS =
  `name description type steps params env timeout timeoutSec handlerOn handlers schedule dotenv preconditions files
  with_files skipIfSuccessful delaySec maxActiveSteps maxCleanUpTimeSec inputs command`.split(/\s+/);
/** Translates a workflow to a tool with its steps, and to one tool for each that a step holds. */
export function translateWorkflow(root: MapNode, findings: Findings): MapNode[] {
  const written = findings.text(root, 'name');
  if (written === undefined) {
    findings.shape(root, 'the workflow has no `name`', 'add `name:`');
    return [];
  }
  const name = findings.legal(written, 'definition', 'a workflow');
  if (entry(root, 'steps') === undefined) findings.shape(written, 'the workflow has no steps', 'add `steps:`');
  findings.otherKeys(root, KEYS, MEANINGLESS);
  sayUnsupported(root, findings);
  const environment = translateWorkflowEnvironment(root, findings);
  const { params, secrets, passEnv, values } = environment;
  const translator = new StepTranslator(name.text, environment, findings);
  const steps = translator.all(root);
  const variables = [...values, ...paramVariables(root, environment, findings)];
  const tool = mapping(root, [
    ['kind', scalar('tool', name)],
    ['name', scalar(name.text, name)],
    ['description', findings.text(root, 'description')],
    ['args', filled(mapping(field(root, 'params') ?? root, [...params]))],
    ['secrets', filled(sequence(field(root, 'env') ?? root, [...secrets.values()]))],
    ['passEnv', filled(sequence(field(root, 'env') ?? root, [...passEnv.values()]))],
    ['env', filled(mapping(field(root, 'env') ?? root, variables))],
    ['timeout', timeLimit(root)],
    ['steps', sequence(field(root, 'steps') ?? root, steps)],
  ]);
  return [tool, ...translator.tools];
}

/** Parameters become variables of the scripts that mention them. */
function paramVariables(
  root: MapNode,
  { params, values }: ReturnType<typeof translateWorkflowEnvironment>,
  findings: Findings,
): [string, YamlNode][] {
  const mentions = mentionedAmong(allTexts(field(root, 'steps') ?? root));
  return [...params].flatMap(([param, at]): [string, YamlNode][] => {
    const variable = argumentVariable(scalar(param, at), findings, mentions);
    if (variable === undefined || values.has(variable)) return [];
    return [[variable, scalar(`\${{ args.${param} }}`, at)]];
  });
}

function sayUnsupported(root: MapNode, findings: Findings): void {
  const say = (key: string, why: string, severity: 'error' | 'warning') => {
    const found = entry(root, key);
    if (found !== undefined) findings.unsupported(found, why, undefined, severity);
  };
  say('schedule', 'is not kept: start it from a scheduler, with `lockstep run`', 'warning');
  say('delaySec', 'is not kept: it starts at once', 'warning');
  say('skipIfSuccessful', 'is not kept: it runs each time', 'warning');
  say('maxActiveSteps', 'is not kept: steps run side by side as far as `depends` allows', 'warning');
  say('maxCleanUpTimeSec', 'is not kept: what is cancelled gets five seconds', 'warning');
  say('dotenv', 'is not read: name the variables under `env`', 'error');
  say('preconditions', 'of a workflow is not supported: put them on its steps', 'error');
  say('files', 'is not supported: put them into the repository', 'error');
  say('with_files', 'is not supported: put them into the repository', 'error');
  say('inputs', 'is not supported: declare them as `params`', 'error');
  say('command', 'of a workflow means nothing: a step has one', 'warning');
}
