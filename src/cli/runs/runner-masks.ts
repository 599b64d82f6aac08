import { plainForms, SHORTEST_FORM } from '../../masking/value-forms.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import { commandData } from '../render/github.ts';

/**
 * Tells the runner of GitHub Actions to mask these values in the log of the whole job: what a run hands to later steps
 * may reach them in a file or from another service. The runner takes a value only from a line that it hides. Texts of
 * several lines are registered line by line, as logs show them; what Lockstep itself does not mask is left out.
 */
export function registerMasks(runner: NodeJS.WritableStream, values: readonly SecretValue[]): void {
  const texts = values.flatMap((value) => plainForms(value.reveal()).flatMap(lineOf));
  runner.write([...new Set(texts)].map((text) => `::add-mask::${commandData(text)}\n`).join(''));
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Empty where the form has several lines or is not text: a log does not show it in one line. */
function lineOf(form: Buffer): string[] {
  if (form.length < SHORTEST_FORM || form.includes(0x0a)) return [];
  try {
    return [UTF8.decode(form)];
  } catch {
    return [];
  }
}
