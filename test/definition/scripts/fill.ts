import { fillScript } from '../../../src/definition/scripts/fill/fill-script.ts';
import type { FilledArgument, FilledScript } from '../../../src/definition/scripts/fill/filling.ts';
import type { ScriptLanguage } from '../../../src/definition/scripts/template/script-language.ts';
import { parseScriptTemplate, type ScriptTemplate } from '../../../src/definition/scripts/template/template.ts';
import type { JsonValue } from '../../../src/text/node.ts';
import type { Problem } from '../../../src/text/problem.ts';
import { SourceFile } from '../../../src/text/source.ts';

export function templateOf(script: string, problems: Problem[] = []): ScriptTemplate {
  const node = { kind: 'scalar', value: script, text: script, range: { start: 0, end: script.length } } as const;
  return parseScriptTemplate(node, new SourceFile('tools/a.yaml', script), problems);
}

export function fill(
  script: string,
  values: Readonly<Record<string, JsonValue>>,
  language: ScriptLanguage = 'bash',
  args: Readonly<Record<string, FilledArgument>> = {},
): FilledScript {
  const problems: Problem[] = [];
  const template = templateOf(script, problems);
  const [first] = problems;
  if (first !== undefined) throw new Error(first.message);
  return fillScript({ template, language, values, args: new Map(Object.entries(args)) });
}

/** The script as it runs, or why it does not. */
export function filledText(...call: Parameters<typeof fill>): string {
  const filled = fill(...call);
  return 'script' in filled ? filled.script : filled.faults.map(({ fault }) => `refused: ${fault}`).join('; ');
}
