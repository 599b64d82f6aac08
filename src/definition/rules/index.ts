import { type Problem, placeKey, sortedProblems } from '../../text/problem.ts';
import { agentSecrets } from './agent-secrets.ts';
import { argumentDeclarations } from './argument-declarations.ts';
import { callArguments } from './call-arguments.ts';
import { chosenDestinations } from './chosen-destinations.ts';
import { codeVariables, writtenCodeVariables } from './code-variables.ts';
import { duplicateNames } from './duplicate-names.ts';
import { expressionReferences } from './expression-references.ts';
import { expressionTypes } from './expression-types.ts';
import { halfExpressions } from './half-expressions.ts';
import { joinedLines } from './joined-lines.ts';
import { knownSecrets } from './known-secrets.ts';
import { lethalTrifecta } from './lethal-trifecta.ts';
import { listedFiles } from './listed-files.ts';
import { lockOrder } from './lock-order.ts';
import { missingDescriptions } from './missing-descriptions.ts';
import { overlappingTools } from './overlapping-tools.ts';
import { passedVariables, unpassedVariables } from './passed-variables.ts';
import { pipedScripts } from './piped-scripts.ts';
import type { Rule, RuleContext } from './rule.ts';
import { scriptTemplates } from './script-templates.ts';
import { secretsInArguments } from './secrets-in-arguments.ts';
import { sensitiveValues } from './sensitive-values.ts';
import { services } from './services.ts';
import { stepGraph } from './step-graph.ts';
import { stepKinds } from './step-kinds.ts';
import { toolReferences } from './tool-references.ts';
import { unfillableTemplates } from './unfillable-templates.ts';
import { unknownInputs } from './unknown-inputs.ts';
import { unlistedFiles } from './unlisted-files.ts';
import { unmentionedSecrets } from './unmentioned-secrets.ts';
import { unpinnedImages } from './unpinned-images.ts';
import { unusedCeilings } from './unused-ceilings.ts';
import { unusedGrants } from './unused-grants.ts';
import { unwrittenOutputs } from './unwritten-outputs.ts';
import { variables } from './variables.ts';
import { writtenCredentials } from './written-credentials.ts';

/** All rules. To add one: a file beside these, a line here, golden pairs under test/definition/. */
export const RULES: readonly Rule[] = [
  agentSecrets,
  argumentDeclarations,
  callArguments,
  codeVariables,
  duplicateNames,
  expressionReferences,
  expressionTypes,
  knownSecrets,
  listedFiles,
  passedVariables,
  scriptTemplates,
  sensitiveValues,
  services,
  stepGraph,
  stepKinds,
  toolReferences,
  variables,
];

/** What `check` says beside the rules: nothing is wrong, and something could be better. All but one are warnings. */
export const ADVICE: readonly Rule[] = [
  chosenDestinations,
  halfExpressions,
  joinedLines,
  lethalTrifecta,
  lockOrder,
  missingDescriptions,
  overlappingTools,
  pipedScripts,
  secretsInArguments,
  unfillableTemplates,
  unknownInputs,
  unlistedFiles,
  unmentionedSecrets,
  unpassedVariables,
  unpinnedImages,
  unusedCeilings,
  unusedGrants,
  unwrittenOutputs,
  writtenCodeVariables,
  writtenCredentials,
];

/** Every problem of the definitions, sorted and said once: of a token that reading refused no rule speaks again. */
export function allProblems(context: RuleContext, rules: readonly Rule[] = RULES): Problem[] {
  const read = context.catalog.problems;
  const refused = new Set(read.filter(({ severity }) => severity === 'error').map(placeKey));
  const found = rules.flatMap((rule) => rule.check(context)).filter((one) => !refused.has(placeKey(one)));
  return sortedProblems([...read, ...found]);
}
