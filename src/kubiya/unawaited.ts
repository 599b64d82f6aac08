import { literally } from '../text/literally.ts';
import { type MapNode, mapEntries, textField, type YamlNode } from '../text/node.ts';
import type { Findings } from './findings.ts';
import type { Names } from './references.ts';
import { allTexts } from './tool.ts';

/** The name under which a step's output is read: `NAME`, `$NAME` or `${NAME}` is written. */
export function outputName(step: YamlNode): string | undefined {
  return textField(step, 'output')?.replace(/^\$\{?(\w+)\}?$/, '$1') || undefined;
}

/** Output -> the name of the step that gives it. */
export function outputsOf(steps: readonly YamlNode[]): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap((step) => {
      const output = outputName(step);
      return output === undefined
        ? []
        : [[output, textField(step, 'id') ?? textField(step, 'name') ?? output] as const];
    }),
  );
}

/** A step that reads the output of one that it does not wait for would get nothing. */
export function sayUnawaited(
  step: MapNode,
  outputs: ReadonlyMap<string, string>,
  names: Names,
  findings: Findings,
): void {
  const texts = mapEntries(step)
    .filter(([key]) => !['name', 'id', 'description', 'output', 'depends'].includes(key))
    .flatMap(([, { value }]) => textsGiven(value))
    .join('\n');
  for (const [output, id] of outputs) {
    if (names.has(output) || output === outputName(step) || !reads(texts, output)) continue;
    findings.say(
      'kubiya/unsupported',
      step,
      `the step reads $${output}, the output of the step "${id}", and does not wait for it`,
      `add ${id} to its \`depends:\``,
    );
  }
}

/** The script of a tool that the step holds reads its own arguments. */
function textsGiven(value: YamlNode): string[] {
  if (value.kind !== 'map') return allTexts(value);
  return mapEntries(value).flatMap(([key, { value: inner }]) => (key === 'tool_def' ? [] : textsGiven(inner)));
}

function reads(texts: string, name: string): boolean {
  const word = literally(name);
  const isSet = new RegExp(`\\b${word}\\+?=|\\b(?:for|read)\\b[^\\n;]*\\b${word}\\b`).test(texts);
  return !isSet && new RegExp(`\\$(?:${word}\\b|\\{${word}\\W)`).test(texts);
}
