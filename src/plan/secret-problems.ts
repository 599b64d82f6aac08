import type { SecretRequest } from '../definition/model/tool.ts';
import { type Problem, problem, type Severity } from '../text/problem.ts';
import type { Decision } from './grants.ts';
import type { PlannedCall, PlannedSecret } from './plan.ts';

/** A refused secret, and the steps to which it is refused. */
interface RefusedSecret extends PlannedSecret {
  readonly tool: string;
  readonly steps: string[];
}

/**
 * One problem for each request, regardless of the number of its steps. Steps that an `if` has ruled out request
 * nothing.
 */
export function secretProblems(root: PlannedCall): Problem[] {
  const refusals = new Map<SecretRequest, Map<string, RefusedSecret>>();
  collect(root, refusals);
  return [...refusals.values()].flatMap((byReason) => [...byReason.values()].flatMap(secretProblem));
}

function collect({ tool, steps }: PlannedCall, refusals: Map<SecretRequest, Map<string, RefusedSecret>>): void {
  for (const planned of steps) {
    if (planned.condition === 'skipped') continue;
    if ('call' in planned) {
      collect(planned.call, refusals);
      continue;
    }
    for (const secret of planned.secrets.filter(({ decision }) => !decision.granted)) {
      const { request, decision } = secret;
      const byReason = refusals.get(request) ?? new Map<string, RefusedSecret>();
      const refusal = byReason.get(decision.reason) ?? { ...secret, tool: tool.name, steps: [] };
      refusal.steps.push(planned.stepPath);
      refusals.set(request, byReason.set(decision.reason, refusal));
    }
  }
}

function secretProblem({ request, decision, tool, steps: [first, ...others] }: RefusedSecret): Problem[] {
  const severity = refusalSeverity(request, decision);
  if (severity === null) return [];
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const message = `the step "${first}"${more} of ${tool} cannot get the secret ${request.name}: ${decision.reason}`;
  return [problem(`secret/${decision.fault ?? 'unknown'}`, message, { at: request.at, severity, hint: decision.hint })];
}

/** A missing optional secret is not reported; an existing one that is refused gets a warning. */
function refusalSeverity(request: SecretRequest, decision: Decision): Severity | null {
  if (request.required) return 'error';
  return decision.fault === 'unknown' ? null : 'warning';
}
