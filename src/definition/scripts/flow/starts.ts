import type { Command, HereDocBody, SyntaxNode, Word } from '../syntax/shell-tree.ts';
import { Flow, type Start } from './flow.ts';
import type { FlowReader } from './shell-flow.ts';

/**
 * What words begin with.
 * @param isList each of several words, so that what the shell splits becomes words of its own
 */
export function startOf(words: readonly Word[], reader: FlowReader, isList: boolean): Start {
  const start: Start = { whole: new Flow(), part: new Flow() };
  for (const word of words) {
    reader.first(word, start);
    if (isList) {
      const { holes, cells } = unquotedIn(word, reader);
      for (const hole of holes) start.part.holes.add(hole);
      for (const cell of cells) start.part.cells.add(cell);
    }
  }
  return start;
}

/** What a `$( )` begins with, where one `cat` prints a document; undefined where nothing is known. */
export function startOfOutput(script: SyntaxNode, reader: FlowReader): Start | undefined {
  const commands = reader.tree.within(script).filter(({ type }) => type === 'Command');
  const [command] = commands;
  if (commands.length !== 1 || command?.type !== 'Command') return undefined;
  if (printsJson(command, reader)) return { whole: new Flow(), part: new Flow() };
  if (command.args.length > 0) return undefined;
  const [document, ...others] = command.redirects;
  if (
    reader.tree.literal(command.name) !== 'cat' ||
    reader.functions.has('cat') ||
    document?.type !== 'HereDoc' ||
    others.length > 0
  )
    return undefined;
  const start: Start = { whole: new Flow(), part: new Flow() };
  const first = firstOf(document.body);
  if (first === undefined) return start;
  reader.of(first, start.whole);
  if (first !== document.body && reader.changes(first)) reader.of(first, start.part);
  return start;

  function firstOf(body: HereDocBody): SyntaxNode | undefined {
    const [part] = body.parts ?? [];
    const text = part === undefined ? body.text : part.type === 'Literal' ? part.text : undefined;
    // Tabs of `<<-` and continued lines are taken away.
    const isFirst = text?.replace(/^(?:\t|\\\n)+/, '').startsWith(reader.tree.marker.prefix);
    return isFirst === false ? undefined : (part ?? body);
  }
}

/** `jq -n --arg a "$a" '{a: $a}'`: a text begins with a quote there. */
function printsJson({ name, args }: Command, { tree, functions }: FlowReader): boolean {
  if (tree.literal(name) !== 'jq' || functions.has('jq')) return false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    const text = arg?.type === 'Word' ? tree.literal(arg) : undefined;
    if (text === undefined) return false;
    if (/^--arg(?:json)?$/.test(text)) at += 2;
    else if (text.startsWith('-') && !/^-[ncS]+$|^--(?:null-input|compact-output)$/.test(text)) return false;
  }
  return true;
}

const UNQUOTED = /^(?:SimpleExpansion|ParameterExpansion|CommandExpansion|BraceExpansion|ExtendedGlob|Glob)$/;

/**
 * Expansions of a word that stand outside quotes, and so are split by the shell.
 * @param isWanted only these
 */
export function unquotedIn(word: Word, reader: FlowReader, isWanted = (_part: SyntaxNode) => true): Flow {
  const flow = new Flow();
  for (const part of word.parts ?? []) if (UNQUOTED.test(part.type) && isWanted(part)) reader.of(part, flow);
  return flow;
}

/** The expansions where the shell splits something else than the value. */
export function unquotedChanges(word: Word, reader: FlowReader): Flow {
  return unquotedIn(word, reader, (part) => part.type === 'CommandExpansion' || reader.changes(part));
}
