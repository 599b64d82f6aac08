import { literally } from '../../../text/literally.ts';
import { problem } from '../../../text/problem.ts';
import { isRun, type RunStep, type SecretRequest, type Tool } from '../../model/tool.ts';
import { filesText, WHOLE_ENVIRONMENT } from '../files-text.ts';
import type { RepositoryFacts, Rule } from '../rule.ts';

/**
 * A tool most likely does not need a secret that it requests and never mentions. Programs read some variables that
 * scripts do not mention (`aws` reads AWS_...), so a script that calls the program of that name passes, as does one
 * that takes the whole environment. In other cases a mention in a comment says that the request is intended.
 */
export const unmentionedSecrets: Rule = {
  name: 'unmentioned-secrets',
  visitor: ({ repositoryFacts: facts }) =>
    facts === undefined
      ? {}
      : {
          tool: (tool) => unmentioned(tool, tool.secrets, tool.steps.filter(isRun), facts),
          run: (step, tool) => unmentioned(tool, step.secrets, [step], facts),
        },
};

/** Whether the container gets the secret as a file. */
function isPlaced({ container }: Tool, variable: string): boolean {
  return container?.files.some(({ secret }) => secret === variable) === true;
}

function unmentioned(
  tool: Tool,
  requests: readonly SecretRequest[],
  steps: readonly RunStep[],
  repositoryFacts: RepositoryFacts,
) {
  if (requests.length === 0 || steps.length === 0) return [];
  const scripts = steps.map((step) => step.script).join('\n');
  let files: string | undefined;
  return requests
    .filter(({ variable }) => {
      if (variable === '' || isPlaced(tool, variable)) return false;
      if (isMentioned(variable, scripts)) return false;
      files ??= filesText(tool, steps, repositoryFacts);
      return !isMentioned(variable, files);
    })
    .map(({ name, variable, at }) =>
      problem('style/unmentioned-secret', `${tool.name} asks for ${name} and its scripts never mention $${variable}`, {
        at,
        severity: 'warning',
        hint: `do not ask for it; or, if a program reads it by itself, add a comment: # PROGRAM reads ${variable}`,
      }),
    );
}

/** Programs that read variables which do not begin with their own name. */
const READERS: Readonly<Record<string, RegExp>> = {
  ARM: /\bterraform\b/,
  CLOUDSDK: /\bgcloud\b/,
  GH: /\bgh\b/,
  GITHUB: /\bgh\b/,
  GOOGLE: /\b(?:gcloud|gsutil|terraform)\b/,
  KUBECONFIG: /\b(?:kubectl|helm|kustomize)\b/,
  NODE: /\b(?:npm|pnpm|yarn)\b/,
  PGPASSWORD: /\b(?:psql|pg_\w+|createdb|dropdb)\b/,
  TF: /\b(?:terraform|tofu)\b/,
};

function isMentioned(variable: string, text: string): boolean {
  if (new RegExp(`\\b${literally(variable)}\\b`).test(text) || WHOLE_ENVIRONMENT.test(text)) return true;
  const [first = ''] = variable.split('_');
  return (
    READERS[first.toUpperCase()]?.test(text) === true ||
    new RegExp(`\\b${literally(first.toLowerCase())}\\b`).test(text)
  );
}
