import { InternalError } from '../../errors.ts';
import { imageOf, isRun, type RunStep, type Tool } from '../model/tool.ts';
import type { ScriptCall } from './fill/fill-script.ts';
import type { FilledScript } from './fill/filling.ts';
import type { UnfillableHole } from './fill/survey-script.ts';
import { type ScriptLanguage, scriptLanguage } from './template/script-language.ts';

type Filler = Pick<typeof import('./fill/fill-script.ts'), 'fillScript'> &
  Pick<typeof import('./fill/survey-script.ts'), 'surveyScript'>;
let filler: Filler | undefined;

/** The parsers are loaded where a script of these tools has `{{ }}`. Has to have ended before any of them is filled. */
export async function loadScriptFiller(tools: Iterable<Tool>): Promise<void> {
  const steps = [...tools].flatMap((tool) => tool.steps.filter(isRun).map((step) => ({ tool, step })));
  const filled = steps.filter(({ step }) => step.template !== undefined);
  if (filled.length === 0) return;
  filler ??= { ...(await import('./fill/fill-script.ts')), ...(await import('./fill/survey-script.ts')) };
  if (!filled.some(({ tool, step }) => languageOfStep(tool, step) === 'node')) return;
  const { loadJavaScriptParser } = await import('./languages/javascript.ts');
  await loadJavaScriptParser();
}

export function fillScript(call: ScriptCall): FilledScript {
  return loaded().fillScript(call);
}

export function surveyStep(tool: Tool, step: RunStep): readonly UnfillableHole[] {
  return step.template === undefined ? [] : loaded().surveyScript(step.template, languageOfStep(tool, step), tool.args);
}

function languageOfStep(tool: Tool, step: RunStep): ScriptLanguage {
  return scriptLanguage(step.shell ?? (imageOf(tool, step) === undefined ? 'bash' : 'sh'));
}

function loaded(): Filler {
  if (filler === undefined) throw new InternalError('a script was to be filled before its parser was loaded');
  return filler;
}
