import { type Problem, problem } from '../../../text/problem.ts';
import { secretsOf } from '../../model/requests.ts';
import type { RunStep, SecretRequest } from '../../model/tool.ts';
import type { ShellCommand } from '../../scripts/shell/shell-pipeline.ts';
import { declaredFunctions, isPosixShell, programOf } from '../../scripts/shell/shell-program.ts';
import { readShellScript } from '../../scripts/shell/shell-script.ts';
import type { Rule } from '../rule.ts';

/** Every process of the machine can read the arguments of every other. Builtins of the shell are not processes. */
export const secretsInArguments: Rule = {
  name: 'secrets-in-arguments',
  skipsMisshapen: true,
  visitor({ catalog }) {
    const agents = [...catalog.agents.values()];
    return { run: (step, tool) => argumentSecretProblems(step, secretsOf(tool, step, agents)) };
  },
};

function argumentSecretProblems(step: RunStep, requests: readonly SecretRequest[]): Problem[] {
  const secrets = new Map(requests.filter(({ form }) => form === 'env').map((request) => [request.variable, request]));
  if (secrets.size === 0 || !isPosixShell(step.shell)) return [];
  const functions = declaredFunctions(step.script);
  const found = readShellScript(step.script)
    .flat()
    .flatMap((command) => exposed(command, functions))
    .filter(({ variable }) => secrets.has(variable));
  return found.slice(0, MAXIMUM).flatMap(({ variable, program, range }) => {
    const request = secrets.get(variable);
    if (request === undefined) return [];
    return [
      problem('style/secret-in-arguments', `the value of ${request.name} is in the arguments of ${program}`, {
        at: step.written?.part(range) ?? step.at,
        severity: 'warning',
        hint: `every process of the machine can read them: ${HINTS[program] ?? ANY_HINT}`,
      }),
    ];
  });
}

/** The most reports for one step: no one would read more, and finding a place in a script takes time. */
const MAXIMUM = 20;

const ANY_HINT = 'give it on standard input, or ask for it with `as: file` and give the path';
const LOGIN_HINT = 'give it on standard input, with --password-stdin';

const HINTS: Readonly<Record<string, string>> = {
  curl: 'write the header into standard input, and say -H @-, or --config - for anything else',
  docker: LOGIN_HINT,
  podman: LOGIN_HINT,
  helm: LOGIN_HINT,
  git: 'name a program that prints it in $GIT_ASKPASS, and leave it out of the address',
};

/** Each program with a variable whose value it gets as an argument; each variable of a command once. */
function exposed(command: ShellCommand, functions: ReadonlySet<string>) {
  const program = programOf(command);
  if (program === undefined || functions.has(program.name)) return [];
  const seen = new Set<string>();
  return program.seen
    .flatMap(({ variables }) => variables)
    .filter(({ name }) => !seen.has(name) && seen.add(name))
    .map(({ name, range }) => ({ variable: name, program: program.name, range }));
}
