import { createHash } from 'node:crypto';
import type { Tool } from '../../definition/model/tool.ts';
import { InternalError } from '../../errors.ts';
import type { PlannedSecret } from '../../plan/plan.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import { fitsVariable } from './environment.ts';
import type { StepScratch } from './scratch.ts';

/** A step's secrets in the form it gets them: lent for one attempt, then disposed of. */
export interface Injection {
  readonly variables: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array;
  /** Removes the files. */
  dispose(): void;
}

/** Why a value cannot be injected as asked, or null. The value's form, never the value. */
export function injectionFault(planned: PlannedSecret, value: SecretValue): string | null {
  const { name, variable, form } = planned.request;
  if (form !== 'env') return null;
  const fault = variableFault(variable, value);
  return fault === null ? null : `${name} ${fault}; ask for it with \`as: file\``;
}

/** Why a value cannot be in a variable, or null. */
export function variableFault(variable: string, value: SecretValue): string | null {
  const text = asVariable(value);
  if (text === null) return 'holds bytes that no variable can carry';
  return fitsVariable(variable, text) ? null : 'is larger than a variable can be';
}

/** For a command without a definition: variable -> value, held against `variableFault` before. */
export function secretVariables(values: ReadonlyMap<string, SecretValue>): Record<string, string> {
  return Object.fromEntries([...values].map(([variable, value]) => [variable, variableText(value)]));
}

/**
 * Only what was granted is injected; the caller has held every value against `injectionFault` before anything started.
 * @param inside what a file is called where the step runs
 */
export function inject(
  secrets: readonly PlannedSecret[],
  values: ReadonlyMap<string, SecretValue>,
  scratch: StepScratch,
  inside: (path: string) => string,
): Injection {
  const variables: Record<string, string> = Object.create(null);
  const files: string[] = [];
  let stdin: Uint8Array | undefined;
  for (const { request, decision } of secrets) {
    const value = decision.granted ? values.get(request.name) : undefined;
    if (value === undefined) continue;
    if (request.form === 'stdin') stdin = value.reveal();
    else if (request.form === 'file') {
      const path = scratch.write(secretFile(request.variable), value.reveal(), 0o400);
      files.push(path);
      variables[request.variable] = inside(path);
    } else variables[request.variable] = variableText(value);
  }
  const dispose = () => {
    for (const path of files) scratch.remove(path);
  };
  return { variables, ...(stdin !== undefined && { stdin }), dispose };
}

/** Writes the files of the machine that the tool's container gets, before it is started. */
export function handFiles(tool: Tool, values: ReadonlyMap<string, SecretValue>, scratch: StepScratch): void {
  const wanted = new Set(tool.container?.files.flatMap(({ machine }) => machine ?? []));
  for (const path of wanted) {
    const value = values.get(path);
    if (value !== undefined) scratch.write(machineFile(path), value.reveal(), 0o400);
  }
}

/** Its name in the step's folder. */
export function machineFile(path: string): string {
  return `machine-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
}

/** Its name in the step's folder. */
export function secretFile(variable: string): string {
  return `secret-${variable}`;
}

/** The variable of a value that passed `variableFault`. */
function variableText(value: SecretValue): string {
  const text = asVariable(value);
  if (text === null) throw new InternalError('a value that no variable can carry was not held back');
  return text;
}

function asVariable(value: SecretValue): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value.reveal());
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
