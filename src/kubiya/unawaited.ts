import { literally } from '../text/literally.ts';
import { type MapNode, mapEntries, textField, type YamlNode } from '../text/node.ts';
import type { Findings } from './findings.ts';
import type { Names } from './references.ts';
import { allTexts } from './tool.ts';

/** The name of a step's output, written as `NAME`, `$NAME` or `${NAME}`. */
export function outputName(step: YamlNode): string | undefined {
  return textField(step, 'output')?.replace(/^\$\{?(\w+)\}?$/, '$1') || undefined;
}

/** Output -> the name of its step. */
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

/** Reports steps that read the output of a step for which they do not wait: they would read nothing. */
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

/** The texts of a step, without the script of a tool that it holds, which reads its own arguments. */
function textsGiven(value: YamlNode): string[] {
  if (value.kind !== 'map') return allTexts(value);
  return mapEntries(value).flatMap(([key, { value: inner }]) => (key === 'tool_def' ? [] : textsGiven(inner)));
}

function reads(texts: string, name: string): boolean {
  const word = literally(name);
  const isSet = new RegExp(`\\b${word}\\+?=|\\b(?:for|read)\\b[^\\n;]*\\b${word}\\b`).test(texts);
  return !isSet && new RegExp(`\\$(?:${word}\\b|\\{${word}\\W)`).test(texts);
}
