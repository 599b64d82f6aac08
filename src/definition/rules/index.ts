import { type Problem, placeKey, sortedProblems } from '../../text/problem.ts';
import { chosenDestinations } from './advice/chosen-destinations.ts';
import { halfExpressions } from './advice/half-expressions.ts';
import { joinedLines } from './advice/joined-lines.ts';
import { lethalTrifecta } from './advice/lethal-trifecta.ts';
import { lockOrder } from './advice/lock-order.ts';
import { missingDescriptions } from './advice/missing-descriptions.ts';
import { overlappingTools } from './advice/overlapping-tools.ts';
import { pipedScripts } from './advice/piped-scripts.ts';
import { secretsInArguments } from './advice/secrets-in-arguments.ts';
import { unfillableTemplates } from './advice/unfillable-templates.ts';
import { unknownInputs } from './advice/unknown-inputs.ts';
import { unlistedFiles } from './advice/unlisted-files.ts';
import { unmentionedSecrets } from './advice/unmentioned-secrets.ts';
import { unpinnedImages } from './advice/unpinned-images.ts';
import { unusedCeilings } from './advice/unused-ceilings.ts';
import { unusedGrants } from './advice/unused-grants.ts';
import { unwrittenOutputs } from './advice/unwritten-outputs.ts';
import { writtenCredentials } from './advice/written-credentials.ts';
import { agentSecrets } from './errors/agent-secrets.ts';
import { argumentDeclarations } from './errors/argument-declarations.ts';
import { callArguments } from './errors/call-arguments.ts';
import { codeVariables, writtenCodeVariables } from './errors/code-variables.ts';
import { duplicateNames } from './errors/duplicate-names.ts';
import { expressionReferences } from './errors/expression-references.ts';
import { expressionTypes } from './errors/expression-types.ts';
import { knownSecrets } from './errors/known-secrets.ts';
import { listedFiles } from './errors/listed-files.ts';
import { passedVariables, unpassedVariables } from './errors/passed-variables.ts';
import { scriptTemplates } from './errors/script-templates.ts';
import { sensitiveValues } from './errors/sensitive-values.ts';
import { services } from './errors/services.ts';
import { stepGraph } from './errors/step-graph.ts';
import { stepKinds } from './errors/step-kinds.ts';
import { toolReferences } from './errors/tool-references.ts';
import { triggers } from './errors/triggers.ts';
import { variables } from './errors/variables.ts';
import type { Rule, RuleContext } from './rule.ts';
import { findProblems } from './walk.ts';

/** All rules. To add one: a file in errors/ or advice/, a line here, golden pairs under test/definition/. */
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
  triggers,
  variables,
];

/** What `check` reports besides errors: nothing is wrong, but something could be better. All but one are warnings. */
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

/** Every problem of the definitions, sorted and reported once: no rule reports a token that reading has refused. */
export function allProblems(context: RuleContext, rules: readonly Rule[] = RULES): Problem[] {
  const read = context.catalog.problems;
  const refused = new Set(read.filter(({ severity }) => severity === 'error').map(placeKey));
  const found = findProblems(rules, context).filter((one) => !refused.has(placeKey(one)));
  return sortedProblems([...read, ...found]);
}
