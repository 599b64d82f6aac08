import type { Location } from '../../../text/problem.ts';
import { scriptSpots } from '../languages/javascript.ts';
import { pythonSpots } from '../languages/python.ts';
import { CHOOSES_COMMAND } from '../places/argument-place.ts';
import { shellPlaces } from '../places/shell-places.ts';
import { type ResolvedScript, resolveTemplate } from '../template/resolve-template.ts';
import type { ScriptLanguage } from '../template/script-language.ts';
import type { ScriptTemplate } from '../template/template.ts';
import type { FilledArgument } from './filling.ts';

/** A `{{ }}` that no value of a caller can fill. */
export interface UnfillableHole {
  readonly argument: string;
  readonly line: number;
  /** Completes "because ...". */
  readonly because: string;
  readonly at: () => Location;
}

/** The findings that need no values: for the script with every `if` true, and with every `if` false. */
export function surveyScript(
  template: ScriptTemplate,
  language: ScriptLanguage,
  args: ReadonlyMap<string, FilledArgument>,
): readonly UnfillableHole[] {
  if (template.raw) return [];
  const found = new Map<string, UnfillableHole>();
  const hasSides = template.parts.some((part) => typeof part !== 'string' && !('argument' in part));
  for (const sides of hasSides ? (['true', 'false'] as const) : (['true'] as const))
    for (const one of unfillable(resolveTemplate(template.parts, sides), language)) {
      const { schema, default: fallback } = args.get(one.argument) ?? { schema: {} };
      if (one.isFlag === true && schema.type === 'boolean') continue;
      const hasOwnTexts = fallback !== undefined || schema.enum !== undefined || schema.const !== undefined;
      if (!hasOwnTexts || one.isWhole) found.set(`${one.argument} ${one.line} ${one.because}`, one);
    }
  return [...found.values()];
}

interface Found extends UnfillableHole {
  /** The whole script cannot be read. */
  readonly isWhole?: boolean;
  /** `true` and `false` can. */
  readonly isFlag?: boolean;
}

function unfillable({ text, holes, marker, hasTooMany }: ResolvedScript, language: ScriptLanguage): Found[] {
  const [first] = holes;
  if (first === undefined) return [];
  if (hasTooMany) return [{ ...first, because: 'the script has too many of them', isWhole: true }];
  const found = (hole: number, because: string): Found[] => {
    const one = holes[hole];
    return one === undefined ? [] : [{ ...one, because }];
  };
  if (language === 'bash' || language === 'sh') {
    const { places, fault } = shellPlaces(text, marker, language);
    if (fault !== undefined) return [{ ...first, because: `the script cannot be read: ${fault}`, isWhole: true }];
    return places.flatMap(({ hole, how, limits }) => {
      if (how === 'boolean') return found(hole, CHOOSES_COMMAND).map((one) => ({ ...one, isFlag: true }));
      const never = limits.findLast(({ limit }) => limit === 'never');
      return never === undefined ? [] : found(hole, never.because);
    });
  }
  if (language === 'other') return [];
  const spots = language === 'python' ? pythonSpots(text, marker) : scriptSpots(text, marker);
  if (spots === null) return [{ ...first, because: `the script cannot be read as ${language}`, isWhole: true }];
  return spots.flatMap((spot) => (spot.how === 'refuse' ? found(spot.hole, spot.because) : []));
}
