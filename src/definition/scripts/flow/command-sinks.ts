import { isTrustedVariable } from '../../../names.ts';
import { isAllParameters } from '../programs/command-names.ts';
import type { Role } from '../programs/command-words.ts';
import { COMMAND_CLIENT, runsItsValue, runsNextWord, SQL } from '../programs/programs.ts';
import { inputLanguage } from '../programs/reads-code.ts';
import { cookedText } from '../syntax/cooked-text.ts';
import { isWithinQuotes } from '../syntax/inner-quotes.ts';
import type { Command, CommandArgument, Word } from '../syntax/shell-tree.ts';
import type { Limit } from '../template/limits.ts';
import { workedOutIndex, workedOutValue } from './arithmetic.ts';
import { ANY_FILE } from './cells.ts';
import { limitClient } from './client-limits.ts';
import { documentsOf, enterCode } from './entered-code.ts';
import { isOpenFile } from './files.ts';
import { cellsOf, Flow } from './flow.ts';
import { wayOf } from './flow-limits.ts';
import { ARITHMETIC, type FollowedScript, INDEX, NAMES_VARIABLE } from './followed-script.ts';
import { runOf } from './loose-texts.ts';
import { limitOption } from './option-limits.ts';
import { unquotedChanges, unquotedIn } from './starts.ts';

const CHOOSES_PROGRAM = 'it would choose the program that is run';

/** What a value has to be because a command gets it: as its name, on standard input, as one of its words. */
export function limitCommand(command: Command, script: FollowedScript): void {
  limitName(command, script);
  limitOwnFiles(command, script);
  const { reader, limits } = script;
  const language = inputLanguage(command, reader.tree, reader.names.nameOf(command));
  if (language !== undefined)
    limits.limit(
      reader.input(command),
      inputLimit(language),
      `${language} reads it as ${language === 'xargs' ? 'words' : 'a program'}`,
    );
  // The names of files may come that way.
  if (language === 'shell' && reader.names.programOf(command) === 'xargs')
    limits.limit(cellsOf(ANY_FILE), 'integer', PART_OF_PROGRAM);
  if (language === 'xargs')
    limits.limitStart({ whole: new Flow(), part: reader.input(command) }, 'a program may take it for an option');
  // A hole there has its limit already.
  if (language === 'shell')
    for (const text of documentsOf(command))
      script.enter(
        reader.tree.marker.replaceAll(text, () => '1'),
        [runOf(command)],
        'hidden',
      );
  if (reader.names.programOf(command) === 'xargs') limitListed(command, language ?? 'xargs', script);
  for (const [arg, role] of script.roles(command)) limitWord(arg, role, command, script);
}

/** `xargs -a file` */
function limitListed(command: Command, language: string, { reader, limits }: FollowedScript): void {
  for (const [at, arg] of command.args.entries()) {
    if (arg.type !== 'Word' || !/^(?:-a|--arg-file)$/.test(command.args[at - 1]?.text ?? '')) continue;
    const flow = new Flow();
    for (const cell of reader.filesRead(arg)) flow.cells.add(cell);
    limits.limit(flow, inputLimit(language), 'xargs reads it as words');
    limits.limitStart({ whole: new Flow(), part: flow }, 'a program may take it for an option');
  }
}

function inputLimit(language: string): Limit {
  if (language === 'xargs') return 'one-word';
  if (language === 'the program' || COMMAND_CLIENT.test(language)) return 'run-text';
  return SQL.test(language) ? 'plain' : 'integer';
}

function limitName(command: Command, script: FollowedScript): void {
  const { name } = command;
  if (name === undefined) return;
  const { reader, limits } = script;
  if (isFile(name.text)) limitFile(name, script);
  if (reader.tree.literal(name) !== undefined) return;
  if (reader.assignments.commandsOf(name) !== undefined) {
    const program = reader.names.nameOf(command);
    if (program === undefined) limits.limit(reader.of(name), 'run-text', 'the program may run it');
    else limits.limitStart(reader.first(name), `${program} would take it for an option`);
  } else limitProgram(name, script);
}

/** A computed word that names the program. */
function limitProgram(name: Word, script: FollowedScript): void {
  const { reader, limits, graph } = script;
  const [only, ...others] = name.parts ?? [];
  if (isAllParameters(name.text)) {
    limits.limit(cellsOf(`${reader.parameters(name)}!`), 'never', CHOOSES_PROGRAM, { direct: false });
    limitParameters(name, script);
  } else if (others.length > 0 || only?.type === 'DoubleQuoted') {
    limits.limit(reader.of(name), 'never', CHOOSES_PROGRAM, { direct: false });
  } else {
    // Split into words by the shell: the first is the command.
    for (const cell of reader.of(name).cells)
      for (const hole of graph.values.of(cell)) {
        const limit = limits.isArgumentIn(cell, hole) ? 'one-word' : 'never';
        const because = limit === 'never' ? CHOOSES_PROGRAM : 'it is not quoted there';
        limits.give(hole, { limit, because: `${because}${wayOf(cell)}`, by: cell });
      }
  }
}

/** What a function runs by `"$@"` takes its words for options, and may read them as code. */
function limitParameters(name: Word, { reader, limits }: FollowedScript): void {
  const cell = reader.parameters(name);
  const all = cellsOf(cell);
  limits.limitStart(reader.first(name), 'the program that the function runs would take it for an option');
  if (!name.text.startsWith('"')) limits.limit(all, 'one-word', 'it is not quoted there', { direct: false });
  if (!reader.names.mayTakeCode(cell)) return;
  limits.limit(all, 'run-text', 'a function runs its parameters as a command', { direct: false });
}

/** Other names are looked up in the folders of programs, and those of the system are not written here. */
function isFile(name: string): boolean {
  return /[/$*~]/.test(name) && !/^\/(?:usr\/)?s?bin\//.test(name);
}

/** A program that the script itself has written. */
export function limitFile(word: Word, { reader, limits }: FollowedScript): void {
  const flow = new Flow();
  for (const cell of reader.filesRead(word)) flow.cells.add(cell);
  const command = reader.tree.parent(word);
  if (command !== undefined && isOpenFile(word.text)) reader.input(command, flow);
  limits.limit(flow, 'integer', PART_OF_PROGRAM);
}

const PART_OF_PROGRAM = 'it becomes part of a program that is run';

/** A file of the script that a name without a folder may be, and files that it makes programs of. */
function limitOwnFiles({ name, args }: Command, script: FollowedScript): void {
  const { tree } = script.reader;
  const program = tree.literal(name);
  if (program === undefined) return;
  if (!program.includes('/')) script.limits.limit(cellsOf(`/${program}`), 'integer', PART_OF_PROGRAM);
  const [mode, ...files] = program === 'chmod' ? args.filter(({ text }) => !/^-[A-Z]/.test(text)) : [];
  if (/^[ugoa]*\+\w*x|^[0-7]*[1357][0-7]*$/.test(tree.literal(mode) ?? ''))
    for (const file of files) if (file.type === 'Word') limitFile(file, script);
}

function limitWord(arg: CommandArgument, role: Role, command: Command, script: FollowedScript): void {
  const { reader, limits } = script;
  if (role.is === 'program' && arg.type === 'Word') limitFile(arg, script);
  if (role.is === 'code' && /^(?:shell|eval|trap)$/.test(role.language) && arg.type === 'Word') {
    enterCode(arg, role.language, command, script);
  }
  const value = arg.type === 'Word' ? arg : arg.value;
  if (role.is === 'integer') limits.limit(workedOutValue(value, script), 'integer', ARITHMETIC);
  if (role.is === 'name') limits.limit(workedOutIndex(arg.text, script), 'integer', INDEX);
  const flow = reader.of(value);
  if (flow.isEmpty || role.is === 'integer') return;
  switch (role.is) {
    case 'code':
      limitCode(arg, role.language, flow, command, script);
      break;
    case 'program':
      limitRun(arg, flow, script);
      break;
    case 'name':
      limits.limit(flow, 'never', NAMES_VARIABLE);
      break;
    case 'format':
      limits.limit(flow, 'no-format', 'printf reads it as a format');
      if (arg.type === 'Word') limitOption(arg, command, script);
      break;
    default:
      if (arg.type === 'Word') limitData(arg, role.is, flow, command, script);
  }
}

/** The program that a wrapper runs. */
function limitRun(arg: CommandArgument, flow: Flow, script: FollowedScript): void {
  const { reader, limits } = script;
  if (arg.type !== 'Word' || flow.holes.size > 0) limits.limit(flow, 'never', CHOOSES_PROGRAM);
  else if (reader.assignments.commandsOf(arg) === undefined) limitProgram(arg, script);
  else limits.limit(flow, 'run-text', 'the program may run it');
}

function limitCode(arg: CommandArgument, language: string, flow: Flow, command: Command, script: FollowedScript): void {
  const { limits, graph } = script;
  const because = `${language} reads it as a program`;
  const limit = limitIn(language);
  // For a hole in the word itself, its place decides.
  for (const hole of [...flow.holes]) if (wordOf(hole, script) === arg) flow.holes.delete(hole);
  if (limit !== 'plain') limits.limit(flow, limit, because);
  else {
    for (const hole of flow.holes) limits.give(hole, { limit: 'integer', because });
    for (const cell of flow.cells)
      for (const hole of graph.values.of(cell)) {
        const isQuoted = arg.type === 'Word' && isQuotedIn(arg, hole, script);
        limits.give(hole, {
          limit: isQuoted ? 'plain' : 'integer',
          because: `${because}, by ${cell.slice(1)}`,
          by: cell,
        });
      }
  }
  if (arg.type === 'Word') limitOption(arg, command, script);
}

function isQuotedIn(word: Word, hole: number, { reader, graph }: FollowedScript): boolean {
  const mark = reader.tree.marker.of(hole);
  const text = cookedText(word, (part) => (graph.values.ofFlow(reader.of(part)).has(hole) ? mark : '1'));
  return text !== undefined && isWithinQuotes(text, mark);
}

function wordOf(hole: number, { reader }: FollowedScript): Word | undefined {
  for (const node of reader.tree.upward(reader.tree.leafOf(hole))) {
    if (node.type === 'Word') return node;
    if (node.type === 'HereDocBody') return undefined;
  }
  return undefined;
}

function limitData(word: Word, is: Role['is'], flow: Flow, command: Command, script: FollowedScript): void {
  const { reader, limits } = script;
  const program = reader.names.programOf(command) ?? '';
  const before = command.args[command.args.indexOf(word) - 1];
  if (is === 'data') limitOption(word, command, script);
  if (is !== 'free') limits.limit(unquotedIn(word, reader), 'one-word', 'it is not quoted there', { direct: false });
  if (is === 'data')
    limits.limit(unquotedChanges(word, reader), 'no-inner-option', 'the shell splits it into words', { direct: false });
  // With an IFS of its own, a script splits at other signs than blanks.
  if (is === 'data' && reader.assignments.wordsOf('IFS').length > 0)
    limits.limit(unquotedIn(word, reader), 'no-inner-option', 'IFS splits it into words', { direct: false });
  const variable = /^["']?(\w+)=/.exec(word.text)?.[1];
  if (variable !== undefined && isTrustedVariable(variable) && is !== 'free')
    limits.limit(flow, 'never', `${variable} decides what other programs run`);
  limitClient(word, before?.text ?? '', program, flow, script);
  if (runsItsValue(program, word.text) || (before?.type === 'Word' && runsNextWord(program, before.text)))
    limits.limit(flow, 'integer', 'that option runs what it gets');
}

/** What a language takes where nothing more is known of the place. */
export function limitIn(language: string): Limit {
  if (language === 'the program') return 'run-text';
  if (/^(?:sed|make|that option)$/.test(language)) return 'integer';
  return /^(?:shell|eval|trap|alias|ssh|pdsh|watch|parallel|su|runuser|script|screen|tmux|flock|at|batch|crontab|xargs)$/.test(
    language,
  )
    ? 'shell-word'
    : 'plain';
}
