import { ONLY_ADVICE } from '../../definition/reading/rule-settings.ts';
import { type Document, parseDocuments } from '../../text/document.ts';
import { field, mapEntries } from '../../text/node.ts';
import { isAdvice, type Location, PROBLEM_CODES, type Problem, placeKey, problem } from '../../text/problem.ts';
import { schemaProblems } from '../../text/schema.ts';
import type { SourceFile } from '../../text/source.ts';

/** Parses lockstep.yaml and validates it with its schema. Loads the YAML and schema libraries. */
export function parseSettings(source: SourceFile): { document?: Document; problems: readonly Problem[] } {
  const { documents, problems } = parseDocuments(source);
  const [document] = documents;
  return document === undefined ? { problems } : { document, problems: [...problems, ...settingProblems(document)] };
}

/** A code that exists but cannot be set gets a better message than the schema's. */
function settingProblems(document: Document): Problem[] {
  const fixed = mapEntries(field(document.root, 'rules')).flatMap(([code, { key }]) =>
    Object.hasOwn(PROBLEM_CODES, code) && !isAdvice(code)
      ? [cannotBeSet(code, { source: document.source, range: key.range })]
      : [],
  );
  const places = new Set(fixed.map(placeKey));
  const refused = schemaProblems('lockstep', document).filter((one) => !places.has(placeKey(one)));
  return [...refused, ...fixed, ...machineFileShapes(document)];
}

/** An entry has either `secret:`, or `file:` and the tools that get the file. */
function machineFileShapes({ root, source }: Document): Problem[] {
  return mapEntries(field(root, 'machineFiles')).flatMap(([path, { key, value }]) => {
    const has = (name: string) => field(value, name) !== undefined;
    const say = (code: 'schema/missing-key' | 'schema/value', message: string, hint: string) => [
      problem(code, message, { at: { source, range: key.range }, hint }),
    ];
    if (value.kind !== 'map') return [];
    if (has('file') && has('secret'))
      return say('schema/value', `"${path}" stands for a secret and for a file`, 'remove one of the two');
    if (!has('file') && !has('secret'))
      return say('schema/missing-key', `"${path}" has no "secret"`, 'add `secret:`, or `file:` and `tools:`');
    if (has('file') && !has('tools'))
      return say(
        'schema/missing-key',
        `"${path}" has no "tools"`,
        'add `tools:` — names of the tools that get the file',
      );
    return has('secret') && has('tools')
      ? say('schema/value', `the vault says which tools get the secret of "${path}"`, 'remove `tools:`')
      : [];
  });
}

function cannotBeSet(code: string, at: Location): Problem {
  return problem('schema/value', `${code} cannot be set: nothing can run safely with it`, { at, hint: ONLY_ADVICE });
}
