import { LockstepError } from '../../errors.ts';
import { parseDocuments } from '../../text/document.ts';
import { field, mapEntries, textField } from '../../text/node.ts';
import { SourceFile } from '../../text/source.ts';
import { CONFIG_FILE } from '../repository/config.ts';
import { readSource } from '../repository/read-source.ts';
import { replaceText } from '../repository/write-text.ts';

/** Words that YAML does not read as text. */
const NO_TEXT = /^(?:true|false|null)$/;

/**
 * Sets `group: NAME` in lockstep.yaml; all other bytes of the file stay.
 * @throws LockstepError `project/config-invalid` where the file cannot be changed in this way, `file/unwritable`
 */
export async function writeGroupSetting(root: string, name: string): Promise<void> {
  const source = readSource(root, CONFIG_FILE) ?? new SourceFile(CONFIG_FILE, '');
  if (!(source instanceof SourceFile)) throw unchangeable(source.message, name);
  const text = withGroup(source, NO_TEXT.test(name) ? `"${name}"` : name);
  if (!saysSo(source, text, name)) throw unchangeable('a new line does not fit its form', name);
  await replaceText(root, CONFIG_FILE, text);
}

/** Adds it at the end, where it separates no comment from the key that the comment describes. */
function withGroup(source: SourceFile, name: string): string {
  const { text } = source;
  const written = field(parseDocuments(source).documents[0]?.root, 'group');
  if (written !== undefined) return text.slice(0, written.range.start) + name + text.slice(written.range.end);
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const unended = text !== '' && !text.endsWith('\n');
  return `${text}${unended ? end : ''}group: ${name}${end}`;
}

function saysSo(before: SourceFile, text: string, name: string): boolean {
  const { documents, problems } = parseDocuments(new SourceFile(before.path, text));
  const [document, ...others] = documents;
  if (problems.length > 0 || others.length > 0 || textField(document?.root, 'group') !== name) return false;
  const kept = mapEntries(parseDocuments(before).documents[0]?.root).filter(([key]) => key !== 'group');
  return mapEntries(document?.root).length === kept.length + 1;
}

function unchangeable(why: string, name: string): LockstepError {
  return new LockstepError('project/config-invalid', `${CONFIG_FILE} cannot be changed: ${why}`, [
    `write \`group: ${name}\` into it, then repeat the command`,
  ]);
}
