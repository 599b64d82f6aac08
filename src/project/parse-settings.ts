import { ONLY_ADVICE } from '../definition/rule-settings.ts';
import { type Document, parseDocuments } from '../text/document.ts';
import { field, mapEntries } from '../text/node.ts';
import { isAdvice, type Location, PROBLEM_CODES, type Problem, placeKey, problem } from '../text/problem.ts';
import { schemaProblems } from '../text/schema.ts';
import type { SourceFile } from '../text/source.ts';

/** Reads lockstep.yaml against its schema. Loads the YAML and schema libraries. */
export function parseSettings(source: SourceFile): { document?: Document; problems: readonly Problem[] } {
  const { documents, problems } = parseDocuments(source);
  const [document] = documents;
  return document === undefined ? { problems } : { document, problems: [...problems, ...settingProblems(document)] };
}

/** Of a code that exists and is none to be set there is more to say than that the schema does not have it. */
function settingProblems(document: Document): Problem[] {
  const fixed = mapEntries(field(document.root, 'rules')).flatMap(([code, { key }]) =>
    Object.hasOwn(PROBLEM_CODES, code) && !isAdvice(code)
      ? [cannotBeSet(code, { source: document.source, range: key.range })]
      : [],
  );
  const places = new Set(fixed.map(placeKey));
  return [...schemaProblems('lockstep', document).filter((one) => !places.has(placeKey(one))), ...fixed];
}

function cannotBeSet(code: string, at: Location): Problem {
  return problem('schema/value', `${code} cannot be set: nothing sound could run with it`, { at, hint: ONLY_ADVICE });
}
