import { isOutput } from '../flow/redirections.ts';
import { inputLanguage } from '../programs/reads-code.ts';
import type { Structured } from '../syntax/json-place.ts';
import type { HereDoc, SyntaxNode } from '../syntax/shell-tree.ts';
import { literalAt } from './argument-place.ts';
import { type Edit, type HoleContext, type Place, placeAt, refusedAt } from './place.ts';

/** A hole in the body of a here-document. */
export function documentPlace(on: HoleContext): Place {
  const doc = on.path[on.holderAt + 1];
  if (doc?.type !== 'HereDoc' || doc.delimiter === undefined)
    return refusedAt(on, 'uncertain', 'its place is not certain');
  const above = on.path.slice(on.holderAt + 2);
  const { quoted, value } = doc.delimiter;
  if (quoted && readsPython(above, on)) {
    const literal = on.texts.python(doc).get(on.hole);
    if (literal !== undefined) return literalAt(on, literal);
  }
  const structure = documentStructure(on, doc, above);
  const name = structure.form === 'json' ? 'JSON in a here-document' : 'here-document';
  if (!quoted) return placeAt(on, name, 'reference', structure);
  if (!/^[A-Za-z_]\w*$/.test(value))
    return refusedAt(on, 'here-document', 'its delimiter cannot be written without quotes');
  if (above.some((node) => node.type === 'CommandExpansion' && on.analysis.tree.text[node.pos] === '`'))
    return refusedAt(on, 'here-document', 'it is between backticks: write $( ) instead');
  return placeAt(on, `${name} with a quoted delimiter`, 'reference', structure);
}

/** Takes the quotes off a delimiter, and escapes in the body what they protected. */
export function unquotedDocument(doc: HereDoc, on: HoleContext): Edit[] {
  const { delimiter, body } = doc;
  if (delimiter?.quoted !== true) return [];
  const { tree } = on.analysis;
  const edits: Edit[] = [{ start: delimiter.pos, end: delimiter.end, text: delimiter.value }];
  for (const { index } of body.text.matchAll(/[\\$`]/g)) {
    const at = body.pos + index;
    edits.push({ start: at, end: at + 1, text: `\\${tree.text[at]}` });
  }
  return edits;
}

function documentStructure(on: HoleContext, doc: HereDoc, above: readonly SyntaxNode[]): Structured {
  const structure = on.texts.structure(doc)(on.hole);
  const isAlone = doc.body.text.trim() === on.analysis.tree.marker.of(on.hole);
  if (structure.form === 'json' || structure.limits.length > 0 || isAlone || isOnlyShown(above, on)) return structure;
  return {
    limits: [{ limit: 'one-line', because: 'it is in a document whose lines have a meaning' }],
    form: 'raw',
  };
}

/** `cat <<EOF` to the output of the script. */
function isOnlyShown(above: readonly SyntaxNode[], { analysis }: HoleContext): boolean {
  const command = above[0];
  if (command?.type !== 'Command' || analysis.tree.literal(command.name) !== 'cat') return false;
  return (
    command.redirects.length === 1 &&
    !above.some(({ type }) => /^(?:Pipeline|CommandExpansion|Redirected|Function)$/.test(type))
  );
}

/** By the program that reads it, or by the file that it becomes. */
function readsPython(above: readonly SyntaxNode[], { analysis }: HoleContext): boolean {
  const command = above[0];
  if (command?.type !== 'Command') return false;
  const files = command.redirects.filter(isOutput);
  const [file] = files;
  if (file === undefined)
    return (
      !above.some(({ type }) => type === 'Pipeline') &&
      inputLanguage(command, analysis.tree, analysis.tree.literal(command.name)) === 'python'
    );
  const isPython = file.type === 'Redirect' && /\.py["']?$/.test(file.target?.text ?? '');
  return files.length === 1 && isPython && analysis.tree.literal(command.name) === 'cat';
}
