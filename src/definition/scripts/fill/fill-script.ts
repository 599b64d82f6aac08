import { scriptSpots } from '../languages/javascript.ts';
import { jsonLiteralOf, literalOf } from '../languages/literal-value.ts';
import { type LanguageSpot, pythonSpots } from '../languages/python.ts';
import { limitsIn } from '../languages/runs-texts.ts';
import { brokenLimit, isInteger } from '../template/limits.ts';
import { MOST_HOLES } from '../template/marker.ts';
import { type Hole, type ResolvedScript, resolveTemplate, textOf, type Values } from '../template/resolve-template.ts';
import type { ScriptLanguage } from '../template/script-language.ts';
import type { ScriptTemplate } from '../template/template.ts';
import { fillShell, TEXT_OUTSIDE_QUOTES } from './fill-shell.ts';
import { type FilledArgument, type FilledScript, Filling } from './filling.ts';

/** What fills a script. */
export interface ScriptCall {
  readonly template: ScriptTemplate;
  readonly language: ScriptLanguage;
  readonly values: Values;
  /** The arguments of the tool, by name. */
  readonly args: ReadonlyMap<string, FilledArgument>;
}

/** Fills references, not text: what a value holds is never parsed by what runs the script (docs/templates.md). */
export function fillScript({ template, language, values, args }: ScriptCall): FilledScript {
  const resolved = resolveTemplate(template.parts, values);
  const { text, holes, marker } = resolved;
  const filling = new Filling(values, args);
  if (template.raw) return filling.result(marker.replaceAll(text, (hole) => textOfHole(holes[hole], filling)));
  const [first] = holes;
  if (first !== undefined && resolved.hasTooMany)
    filling.refuse(
      first,
      `cannot be filled in, because the script has more than ${MOST_HOLES} {{ }} or 4 MiB`,
      'make several steps of it',
    );
  filling.refuseNul(holes);
  if (first === undefined || filling.faults.length > 0) return filling.result(text);
  switch (language) {
    case 'bash':
    case 'sh':
      return fillShell(resolved, language, filling);
    case 'python':
    case 'node':
      return fillLanguage(resolved, language, filling);
    case 'other':
      return fillOther(resolved, filling);
    default:
      return language satisfies never;
  }
}

function textOfHole(hole: Hole | undefined, filling: Filling): string {
  return hole === undefined ? '' : filling.text(hole);
}

function fillLanguage(
  { text, holes, marker }: ResolvedScript,
  language: 'python' | 'node',
  filling: Filling,
): FilledScript {
  const spots = language === 'python' ? pythonSpots(text, marker) : scriptSpots(text, marker);
  const places = new Map(spots?.map((spot) => [spot.hole, spot]));
  const limitsAt = limitsIn(text, language, marker);
  const script = marker.replaceAll(text, (index) => {
    const hole = holes[index];
    const spot = places.get(index);
    if (hole === undefined) return '';
    if (spot !== undefined && breaksLimit(spot, hole)) return '';
    const written = spot && writtenAt(spot, hole, language, filling);
    if (written !== undefined) return written;
    if (filling.isOwn(hole)) return filling.text(hole);
    refuseSpot(spot, hole, language, filling);
    return '';
  });
  return filling.result(script);

  function breaksLimit(spot: LanguageSpot, hole: Hole): boolean {
    if (spot.how === 'comment' || filling.isOwn(hole)) return false;
    const value = textOf(filling.value(hole));
    const broken = brokenLimit(limitsAt(spot.start), value, filling.declared(hole)?.schema.type);
    if (broken !== undefined) filling.refuseLimit(hole, broken);
    return broken !== undefined;
  }
}

/** Undefined where the value cannot stand there. */
function writtenAt(spot: LanguageSpot, hole: Hole, language: 'python' | 'node', filling: Filling): string | undefined {
  switch (spot.how) {
    case 'comment':
      return hole.action;
    case 'text':
      return spot.write(filling.text(hole));
    case 'code': {
      const value = filling.value(hole);
      if (hole.via === 'json') return jsonLiteralOf(value, language) ?? undefined;
      const isText = filling.isOwn(hole) && typeof value === 'string';
      return value === undefined || isText ? undefined : (literalOf(value, language) ?? undefined);
    }
    case 'refuse':
      return undefined;
    default:
      return spot satisfies never;
  }
}

function refuseSpot(spot: LanguageSpot | undefined, hole: Hole, language: string, filling: Filling): void {
  if (spot === undefined)
    filling.refuse(hole, `cannot be filled in, because the script cannot be read as ${language}`, 'correct the script');
  else if (spot.how === 'refuse')
    filling.refuse(
      hole,
      `may only be a value that the definition itself lists, because ${spot.because}`,
      'list its values under `enum:`',
    );
  else filling.refuse(hole, TEXT_OUTSIDE_QUOTES, 'put quotes around the {{ }}');
}

/** Of other languages nothing is known. */
function fillOther({ text, holes, marker }: ResolvedScript, filling: Filling): FilledScript {
  const script = marker.replaceAll(text, (index) => {
    const hole = holes[index];
    if (hole === undefined) return '';
    const value = filling.text(hole);
    if (!isInteger(value) && !filling.isOwn(hole))
      filling.refuse(
        hole,
        'has to be a whole number, because only scripts for bash, sh, Python and Node are read',
        USE_VARIABLE,
      );
    return value;
  });
  return filling.result(script);
}

const USE_VARIABLE = 'read the variable $INPUT_NAME in the script instead';
