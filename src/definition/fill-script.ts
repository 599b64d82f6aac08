import type { JsonValue } from '../text/node.ts';
import type { Location } from '../text/problem.ts';
import type { ScriptPart, ScriptTemplate, ScriptTest } from './script-template.ts';

/** What a template comes to, or why it cannot be filled; each fault completes `the argument "x" ...`. */
export type FilledScript =
  | { readonly script: string }
  | { readonly faults: readonly { readonly argument: string; readonly fault: string; readonly at: () => Location }[] };

/**
 * An argument that was not given is empty. A declared default is the definition's own text, and may hold anything.
 * @param declared of the tool
 */
export function fillScript(
  template: ScriptTemplate,
  args: Readonly<Record<string, JsonValue>>,
  declared: ReadonlyMap<string, { readonly default?: JsonValue }>,
): FilledScript {
  const isOwn = (name: string) =>
    declared.get(name)?.default !== undefined &&
    JSON.stringify(args[name]) === JSON.stringify(declared.get(name)?.default);
  const faults: { argument: string; fault: string; at: () => Location }[] = [];
  const fill = (parts: readonly ScriptPart[]): string =>
    parts
      .map((part) => {
        if (typeof part === 'string') return part;
        if ('test' in part) return fill(holds(part.test, args) ? part.whenTrue : part.whenFalse);
        const value = textOf(args[part.argument]);
        const fault = template.raw || isOwn(part.argument) ? null : unsafe(value, part.quoted);
        if (fault !== null && faults.every(({ argument }) => argument !== part.argument))
          faults.push({ argument: part.argument, fault, at: part.at });
        return value;
      })
      .join('');
  const script = fill(template.parts);
  return faults.length > 0 ? { faults } : { script };
}

function holds({ argument, negated, equals }: ScriptTest, args: Readonly<Record<string, JsonValue>>): boolean {
  const value = args[argument];
  return (equals === undefined ? isGiven(value) : textOf(value) === equals) !== negated;
}

/** As Go has it: nothing, false, 0 and what is empty are not. */
function isGiven(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || typeof value !== 'object') return Boolean(value);
  return Object.keys(value).length > 0;
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Why a value might become code, or null. It is never quoted: it may be private. */
function unsafe(value: string, quoted: boolean): string | null {
  if (value.startsWith('-')) return 'begins with "-", and could be taken for an option';
  const space = quoted ? value.replace(/(?<=\S) (?=\S)/g, '') : value;
  if (/^[A-Za-z0-9_@%+=:,./-]*$/.test(space)) return null;
  if (/^[A-Za-z0-9_@%+=:,./ -]*$/.test(space))
    return quoted ? 'has spaces beside each other or at an end' : 'has a space, and stands there without quotes';
  return 'holds characters that could end a quoted text and become code';
}
