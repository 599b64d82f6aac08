import { LockstepError } from '../../errors.ts';
import { grantedSecrets, type Plan, type PlannedRun, plannedRuns } from '../../plan/plan.ts';
import { type Problem, problem } from '../../text/problem.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import { injectionFault } from '../workspace/injection.ts';

/** Opens one secret of the run's group, by name. project/ provides it, because it knows the vault and the identity. */
export type Unsealer = (name: string) => Promise<SecretValue>;

/**
 * Opens exactly the secrets that the plan grants, before anything starts: nothing starts unless all can be opened. The
 * errors of secrets that cannot be opened are reported together, each after the step that needs the secret.
 */
export async function unsealGranted(plan: Plan, unseal: Unsealer): Promise<Map<string, SecretValue>> {
  const values = new Map<string, SecretValue>();
  const failures = new SealedFailures(plan);
  try {
    for (const name of grantedSecrets(plan))
      await unseal(name).then(
        (value) => values.set(name, value),
        (error: unknown) => failures.add(name, error),
      );
    failures.throwAny();
  } catch (error) {
    for (const value of values.values()) value.dispose();
    throw error;
  }
  return values;
}

/** Values that cannot be injected in the requested form. */
export function injectionProblems(plan: Plan, values: ReadonlyMap<string, SecretValue>): Problem[] {
  return plannedRuns(plan.root).flatMap((run) =>
    run.secrets.flatMap((planned) => {
      const value = planned.decision.granted ? values.get(planned.request.name) : undefined;
      const fault = value === undefined ? null : injectionFault(planned, value);
      return fault === null
        ? []
        : [
            problem('secret/variable', `the step "${run.stepPath}" of ${plan.tool.name}: ${fault}`, {
              at: planned.request.at,
            }),
          ];
    }),
  );
}

/** The secrets that could not be opened. Secrets with the same reason, such as a wrong identity, share one line. */
class SealedFailures {
  readonly #plan: Plan;
  readonly #names = new Map<string, string[]>();
  readonly #errors: LockstepError[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  add(name: string, error: unknown): void {
    if (!(error instanceof LockstepError)) throw error;
    this.#errors.push(error);
    this.#names.set(error.message, [...(this.#names.get(error.message) ?? []), name]);
  }

  throwAny(): void {
    const [first] = this.#errors;
    if (first === undefined) return;
    const lines = [...this.#names].map(([message, names]) => `${this.#needs(names)}: ${message}`);
    const hints = new Set(this.#errors.flatMap((error) => error.hints));
    throw new LockstepError(first.code, lines.join('\n'), [...hints]);
  }

  #needs(names: readonly string[]): string {
    const tool = this.#plan.tool.name;
    if (names.length > 1) return `${tool} needs the secrets ${names.join(', ')}`;
    const asks = (run: PlannedRun) => run.secrets.some((one) => names.includes(one.request.name));
    const [path] = plannedRuns(this.#plan.root).flatMap((run) => (asks(run) ? run.stepPath : []));
    return `the step "${path}" of ${tool} needs the secret ${names.join()}`;
  }
}
