import { outputNames } from '../../definition/model/tool.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import type { EndReason } from '../event.ts';
import { MAXIMUM_OUTPUTS } from '../workspace/step-outputs.ts';

type Outputs = Readonly<Record<string, string>>;

/**
 * The outputs of a step that `forEach` repeated: each is a JSON list in the order of the items. An item that did not write an
 * output which is not declared gives null. Declared names are there even if there was no item. Together they may be as large
 * as the outputs of any other step.
 */
export function joinedOutputs(
  planned: PlannedStep,
  items: readonly Outputs[],
): { readonly outputs: Outputs } | { readonly reason: EndReason } {
  const declared = 'call' in planned ? [...planned.call.tool.outputs.keys()] : outputNames(planned.step);
  const names = new Set([...(declared ?? []), ...items.flatMap((one) => Object.keys(one))]);
  const outputs: Record<string, string> = Object.create(null);
  let bytes = 0;
  for (const name of names) {
    const list = items.map((one) => (Object.hasOwn(one, name) ? (one[name] ?? null) : null));
    const text = JSON.stringify(list);
    bytes += Buffer.byteLength(text);
    if (bytes > MAXIMUM_OUTPUTS) return { reason: { why: 'output-limit', bytes: MAXIMUM_OUTPUTS } };
    outputs[name] = text;
  }
  return { outputs };
}
