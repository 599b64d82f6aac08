import { jsonLiteralOf, literalOf } from '../languages/literal-value.ts';
import { CHOOSES_COMMAND, LAST_WORD } from '../places/argument-place.ts';
import type { Edit, Place } from '../places/place.ts';
import type { ShellKind } from '../places/shell-analysis.ts';
import { ELEMENT, ITEM_OF_FOR, type ShellPlaces, shellPlaces } from '../places/shell-places.ts';
import { ShellTree } from '../syntax/shell-tree.ts';
import { brokenLimit, jsonText, type Limited } from '../template/limits.ts';
import type { Hole, ResolvedScript } from '../template/resolve-template.ts';
import { splitWords } from '../template/split-words.ts';
import type { Words } from '../template/template.ts';
import type { FilledScript, Filling } from './filling.ts';

/** Puts references into a shell script: no value is ever part of what a shell parses. */
export function fillShell({ text, holes, marker }: ResolvedScript, kind: ShellKind, filling: Filling): FilledScript {
  const filler = new ShellFiller(holes, filling);
  const first = shellPlaces(text, marker, kind);
  const own = filler.ownTexts(first);
  // Texts of the definition that no reference can stand for are put in before the script is read as it runs.
  const script = marker.replaceAll(text, (hole) => own.get(hole) ?? marker.of(hole));
  const { places, edits, fault } = own.size === 0 ? first : shellPlaces(script, marker, kind);
  if (fault !== undefined) {
    for (const hole of holes.slice(0, 1))
      filling.refuse(
        hole,
        `cannot be filled in, because the script cannot be read: ${fault}`,
        'correct the script (bash -n shows the fault)',
      );
    return filling.result(script);
  }
  const written = places.flatMap((place) => filler.edit(place));
  const filled = applied(script, [...edits, ...written]);
  if (filling.faults.length === 0 && !holdsReferences(filled, filling))
    for (const hole of holes.slice(0, 1))
      filling.refuse(
        hole,
        'cannot be filled in, because the filled script would have another meaning',
        'use the variable instead',
      );
  return filling.result(filled);
}

class ShellFiller {
  readonly #holes: readonly Hole[];
  readonly #filling: Filling;

  constructor(holes: readonly Hole[], filling: Filling) {
    this.#holes = holes;
    this.#filling = filling;
  }

  ownTexts({ places }: ShellPlaces): ReadonlyMap<number, string> {
    const texts = new Map<number, string>();
    for (const place of places) {
      const hole = this.#holes[place.hole];
      if (hole === undefined || place.how === 'comment' || place.how === 'literal') continue;
      const text = this.#filling.text(hole);
      const isFlag = place.how === 'boolean' && /^(?:true|false)$/.test(text);
      if (isFlag || (this.#filling.isOwn(hole) && !this.#takes(place, hole, text))) texts.set(place.hole, text);
    }
    return texts;
  }

  /** Nothing where the value was refused. */
  edit(place: Place): Edit[] {
    const hole = this.#holes[place.hole];
    if (hole === undefined) return [];
    const text = this.#textAt(place, hole);
    return text === null ? [] : [{ start: place.start, end: place.end, text }];
  }

  #takes(place: Place, hole: Hole, text: string): boolean {
    return place.how === 'reference' && this.#broken(place, hole, text) === undefined;
  }

  #broken(place: Place, hole: Hole, value: string) {
    return brokenLimit(
      place.limits,
      place.form === 'json' ? jsonText(value) : value,
      this.#filling.declared(hole)?.schema.type,
    );
  }

  #textAt(place: Place, hole: Hole): string | null {
    switch (place.how) {
      case 'comment':
        return hole.action;
      case 'refuse':
      case 'boolean': {
        const chosen: Limited = { limit: 'never', because: CHOOSES_COMMAND };
        const limited = place.limits.findLast(({ limit }) => limit === 'never') ?? chosen;
        this.#filling.refuseLimit(hole, limited);
        return null;
      }
      case 'literal':
        return this.#literal(place, hole);
      case 'words':
        return this.#words(place, hole);
      case 'reference':
        return this.#reference(place, hole);
      default:
        return place.how satisfies never;
    }
  }

  #reference(place: Place, hole: Hole): string | null {
    const value = this.#filling.text(hole);
    const broken = this.#broken(place, hole, value);
    if (broken !== undefined) {
      this.#filling.refuseLimit(hole, broken);
      return null;
    }
    return place.write(
      place.form === 'json'
        ? this.#filling.variable(hole, jsonText(value), '_IN_JSON')
        : this.#filling.variable(hole, value),
    );
  }

  #literal(place: Place, hole: Hole): string | null {
    const { literal } = place;
    const broken = this.#filling.isOwn(hole) ? undefined : this.#broken(place, hole, this.#filling.text(hole));
    if (broken !== undefined) this.#filling.refuseLimit(hole, broken);
    if (broken !== undefined || literal === undefined) return null;
    if (literal.how === 'text') return literal.write(this.#filling.text(hole));
    const value = this.#filling.value(hole);
    const code = hole.via === 'json' ? jsonLiteralOf(value, 'python') : literalOf(value, 'python');
    if (code === null) this.#filling.refuse(hole, TEXT_OUTSIDE_QUOTES, 'put quotes around the {{ }}');
    return code === null ? null : literal.write(code);
  }

  #words(place: Place, hole: Hole): string | null {
    const value = this.#filling.text(hole);
    const mode = this.#modeOf(place, hole);
    const words = mode === 'one' ? [value] : splitWords(value);
    if ('fault' in words) {
      this.#filling.refuse(hole, words.fault, 'put quotes around the {{ }}, and the value is one word');
      return null;
    }
    if (mode === 'one' && hole.via !== 'word') {
      if (value === '') return '';
      if (/\s/.test(value)) {
        this.#filling.refuse(hole, 'has a space and is not quoted there', SPACES);
        return null;
      }
    }
    const limits = place.limits.filter(({ limit }) => mode !== 'options' || limit !== 'no-option');
    const broken = words.map((word) => this.#broken({ ...place, limits }, hole, word)).find((one) => one !== undefined);
    if (broken !== undefined) {
      this.#filling.refuseLimit(hole, broken);
      return null;
    }
    const names = words.map((word, at) => this.#filling.variable(hole, word, mode === 'one' ? '' : `_WORD_${at + 1}`));
    return names.map(place.write).join(' ');
  }

  /** `curl -o f {{ .url }}` takes one word: with two it would fetch both. */
  #modeOf({ where }: Place, hole: Hole): Words {
    if (hole.via === 'word') return 'one';
    const isList = where === LAST_WORD || where === ITEM_OF_FOR || where === ELEMENT;
    return this.#filling.declared(hole)?.words ?? (isList ? 'many' : 'one');
  }
}

export const TEXT_OUTSIDE_QUOTES = 'is a text, and outside quotes only a number, true or false, or a list can stand';
const SPACES =
  'put quotes around the {{ }}, or set `words: many` for the argument, or under `templateWords:` of lockstep.yaml';

function applied(script: string, edits: readonly Edit[]): string {
  let out = '';
  let position = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start)) {
    out += script.slice(position, start) + text;
    position = end;
  }
  return out + script.slice(position);
}

/** A net under the writer: the script is read once more, and has to hold each reference. */
function holdsReferences(script: string, { uses }: Filling): boolean {
  const found = new Map<string, number>();
  for (const [, name = ''] of script.matchAll(/\$\{(\w+)\}/g)) found.set(name, (found.get(name) ?? 0) + 1);
  return [...uses].every(([name, count]) => (found.get(name) ?? 0) >= count) && ShellTree.reads(script);
}
