import { translateKubiya } from '../../kubiya/translate.ts';
import { type Document, parseDocuments } from '../../text/document.ts';
import { field, textField, type YamlNode } from '../../text/node.ts';
import { type Problem, placeKey, problem } from '../../text/problem.ts';
import { schemaProblems } from '../../text/schema.ts';
import type { SourceFile } from '../../text/source.ts';
import { didYouMean, nearest } from '../../text/suggestion.ts';
import { misplacedExpressions } from '../expressions/expression-places.ts';
import type { Catalog } from '../model/catalog.ts';
import { buildCatalog, type ParsedDocument, type ParsedFile } from './build-catalog.ts';

/** Reads one definition file against the schemas. Loads the YAML and schema libraries; runs of known files avoid it. */
export function parseFile(source: SourceFile): ParsedFile {
  const { documents, problems } = parseDocuments(source);
  const parsed = documents.map(parseDocument);
  const definitions = parsed.flatMap((one) => one.documents);
  const found = [...problems, ...parsed.flatMap((one) => one.problems)];
  return {
    source,
    documents: definitions,
    problems: definitions.length + found.length === 0 ? [emptyFile(source)] : found,
  };
}

/** Reads a whole set of files at once, without a cache. */
export function readDefinitions(sources: readonly SourceFile[]): Catalog {
  return buildCatalog(sources.map(parseFile));
}

interface Parsed {
  readonly documents: readonly ParsedDocument[];
  readonly problems: readonly Problem[];
}

/** A native document is one definition; one of Kubiya's may be several, or none. */
function parseDocument(document: Document): Parsed {
  const translation = translateKubiya(document);
  if (translation === null) return { documents: [parseNative(document)], problems: [] };
  const { roots, problems } = translation;
  const said = new Set(problems.filter(({ severity }) => severity === 'error').map(placeKey));
  const parsed = roots.map((root) => parseNative({ source: document.source, root }));
  // The native schema would only repeat what the translation has refused.
  const documents = parsed.map((one) => ({ ...one, faults: one.faults.filter((fault) => !said.has(placeKey(fault))) }));
  return { documents, problems };
}

function parseNative(document: Document): ParsedDocument {
  const kind = kindOf(document);
  if (typeof kind !== 'string') return { document, faults: [kind] };
  const misplaced = misplacedExpressions(kind, document);
  const places = new Set(misplaced.map(placeKey));
  const refused = schemaProblems(kind, document).filter((one) => !places.has(placeKey(one)));
  return { document, kind, faults: [...misplaced, ...refused] };
}

const EXAMPLE = '`lockstep new tool NAME` makes a file to start from';

/** A warning, because a file may have lost its contents; not an error, because a user may have commented a file out. */
function emptyFile(source: SourceFile): Problem {
  return problem('schema/kind', 'the file holds no definition', {
    at: { source, range: { start: 0, end: 0 } },
    severity: 'warning',
    hint: `remove the file, or write a definition; ${EXAMPLE}`,
  });
}

function kindOf({ root, source }: Document): NonNullable<ParsedDocument['kind']> | Problem {
  const kind = textField(root, 'kind');
  if (kind === 'tool' || kind === 'agent') return kind;
  const say = (node: YamlNode, message: string, hint = 'begin it with `kind: tool` or `kind: agent`') =>
    problem('schema/kind', message, { at: { source, range: node.range }, hint });
  if (root.kind !== 'map')
    return say(
      root,
      `a definition is a mapping, and this is ${root.kind === 'list' ? 'a list' : 'text'}`,
      `remove it, or write a definition instead; ${EXAMPLE}`,
    );
  const node = field(root, 'kind');
  if (node === undefined) {
    const near = nearest('kind', root.entries.keys());
    const key = near === undefined ? undefined : root.entries.get(near)?.key;
    return key === undefined
      ? say(root, 'the document has no `kind:`')
      : say(key, 'the document has no `kind:`', `write "kind" for "${near}"`);
  }
  const hint = didYouMean(kind ?? '', ['tool', 'agent']) ?? 'it is one of: tool, agent';
  return say(node, kind === undefined ? '"kind" has to be the word tool or agent' : `there is no kind "${kind}"`, hint);
}
