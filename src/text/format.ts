import {
  Document,
  isCollection,
  isScalar,
  parseAllDocuments,
  type Tags,
  visit,
  type YAMLMap,
  type YAMLSeq,
  type Document as YamlDocument,
} from 'yaml';
import { parseDocuments } from './document.ts';
import { toJson, type YamlNode } from './node.ts';
import { type Problem, problem } from './problem.ts';
import { SourceFile } from './source.ts';

const LAYOUT = { indent: 2, indentSeq: true, lineWidth: 0, flowCollectionPadding: false } as const;

/**
 * The text in the standard layout: two spaces a level, one blank line at most; quotes, comments and the order of keys
 * do not change. Returns problems if the text is not valid, or if the layout would change its meaning.
 */
export function formatYaml(source: SourceFile): string | readonly Problem[] {
  const before = parseDocuments(source);
  if (before.problems.length > 0) return before.problems;
  const text = layOut(source.text);
  const after = parseDocuments(new SourceFile(source.path, text));
  const meaning = ({ documents }: typeof before) => JSON.stringify(documents.map(({ root }) => saidBy(root)));
  const isFaithful = after.problems.length === 0 && meaning(after) === meaning(before);
  if (isFaithful && commentsOf(text) === commentsOf(source.text) && layOut(text) === text) return text;
  return [
    problem('yaml/layout', 'the file cannot be formatted without changing its meaning', {
      at: { source, range: { start: 0, end: 0 } },
      severity: 'warning',
      hint: 'format it by hand; usually a comment is where it cannot be kept',
    }),
  ];
}

function layOut(text: string): string {
  const documents = parseAllDocuments(text, { uniqueKeys: false, merge: false, version: '1.2', customTags: asWritten });
  return (documents as YamlDocument.Parsed[])
    .map((document, at) => {
      const [start, end] = document.range;
      const written = text.slice(start, end).replace(/^---/, '').trim();
      if (isEmpty(document)) return written === '' ? '' : `---\n${written}\n`;
      // JSON remains JSON.
      if (isCollection(document.contents) && document.contents.flow) return `${at > 0 ? '---\n' : ''}${written}\n`;
      document.directives.docStart = at > 0 || document.directives.docStart;
      visit(document, { Collection: (_, node) => unfold(node, text) });
      return `${document.toString(LAYOUT).trimEnd()}\n`;
    })
    .join('');
}

function isEmpty({ contents }: YamlDocument): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

/** A bracketed collection over several lines reads better without brackets. */
function unfold(node: YAMLMap | YAMLSeq, text: string): void {
  const [start, end] = node.range ?? [0, 0];
  if (node.flow && node.items.length > 0 && text.slice(start, end).includes('\n')) node.flow = false;
}

/** Keeps `0x1F` and `1e3`: as texts of variables they differ from `31` and `1000`. */
function asWritten(tags: Tags): Tags {
  return tags.map((tag) => {
    if (typeof tag !== 'object' || !['int', 'float', 'bool', 'null'].some((kind) => tag.tag.endsWith(`:${kind}`)))
      return tag;
    return { ...tag, stringify: (item: { source?: string }) => item.source ?? '' } as typeof tag;
  });
}

function saidBy(node: YamlNode): unknown {
  if (node.kind === 'scalar') return [node.value, node.text];
  if (node.kind === 'list') return node.items.map(saidBy);
  return { entries: [...node.entries].map(([key, { value }]) => [key, saidBy(value)]) };
}

/** The comments in order, without their margins. A `#` inside a scalar only has to exist in both texts. */
function commentsOf(text: string): string {
  return (text.match(/(?<=^|\s)#.*/gm) ?? []).map((one) => one.trimEnd()).join('\n');
}

/** A value as YAML text that reads back as the same value: scripts in block form, one key a line. */
export function printYaml(root: YamlNode): string {
  const document = new Document(toJson(root), { version: '1.2', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && node.value.includes('\n')) node.type = 'BLOCK_LITERAL';
    },
  });
  return document.toString({ indent: 2, indentSeq: true, lineWidth: 0, flowCollectionPadding: false });
}
