import { baseName } from '../../../util/paths.ts';
import type { ShellCommand, ShellWord } from './shell-pipeline.ts';

/** What a command starts, and the words that it gives to it. */
export interface Program {
  /** Without its folder. */
  readonly name: string;
  readonly word: ShellWord;
  readonly args: readonly ShellWord[];
  /** Every word that some process gets to see as an argument: those of `sudo` and the like too. Empty for a builtin. */
  readonly seen: readonly ShellWord[];
}

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/** Programs, and two builtins, that start another one. */
const STARTERS = new Set(['sudo', 'doas', 'env', 'nohup', 'nice', 'timeout', 'time', 'stdbuf', 'exec', 'command']);
const OWN_VALUES = /^-(?:u|g|U|C|n|s|k|S|-user|-group|-signal|-chdir)$/;

/** What the shell does by itself: no process begins, and nobody sees the words. */
const BUILTINS = new Set(
  `. : [ [[ alias bg break builtin case cd continue declare echo esac eval exit export false fg for function getopts hash in
   jobs let local mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source test times trap
   true type typeset ulimit umask unalias unset wait`.split(/\s+/),
);

/** Undefined where only variables are set. */
export function programOf(command: ShellCommand): Program | undefined {
  const words = command.slice(command.findIndex(({ text }) => !ASSIGNMENT.test(text)));
  let at = 0;
  while (STARTERS.has(baseName(words[at]?.text ?? ''))) {
    const starter = baseName(words[at++]?.text ?? '');
    for (let text = words[at]?.text; text !== undefined && isOfStarter(text, starter); text = words[at]?.text)
      at += OWN_VALUES.test(text) ? 2 : 1;
  }
  const word = words[at];
  if (word === undefined || ASSIGNMENT.test(word.text)) return undefined;
  const name = baseName(word.text);
  const args = words.slice(at + 1);
  return { name, word, args, seen: BUILTINS.has(name) ? [] : words.slice(1) };
}

function isOfStarter(text: string, starter: string): boolean {
  if (text.startsWith('-')) return true;
  if (starter === 'timeout') return /^[\d.]+[smhd]?$/.test(text);
  return (starter === 'env' || starter === 'sudo') && ASSIGNMENT.test(text);
}

/** Functions that the script itself declares are called without a process. */
export function declaredFunctions(script: string): ReadonlySet<string> {
  const found = script.matchAll(/(?:^|[\s;])(?:function\s+([\w-]+)|([\w-]+)[ \t]*\([ \t]*\))/g);
  return new Set([...found].map(([, keyword, plain]) => keyword ?? plain ?? ''));
}

/** Whether `shell:` names one whose scripts shell-script.ts reads, as does what is started where there is none. */
export function isPosixShell(shell = 'sh'): boolean {
  return /^(?:\S*\/)?(?:ba|da|z|k)?sh(?:\s|$)/.test(shell);
}
