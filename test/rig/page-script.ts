/**
 * A page of the documentation as a script (script-text.ts). Its blocks run from top to bottom in one repository:
 *
 *   yaml     with `# PATH` as its first line: a file that is written; what a workflow runs of Lockstep runs then
 *   console  commands after `$ `, and what they print: `...` alone on a line is any lines, elsewhere any text
 *   sh       commands, one on a line
 *
 * A command succeeds, unless `# exits with N` ends its line. One that reads standard input gets PROMPTED there. A block
 * below `<!-- not run: REASON -->` does not run.
 */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Why it does not run here. */
  readonly notRun?: string;
}

/** What a person would type at a prompt. */
export const PROMPTED = 'typed-at-the-prompt-1';

/** What differs from run to run in what is printed: times, days, runs, keys. */
const VARIES: readonly (readonly [RegExp, string])[] = [
  [/\b\d+(?:\.\d+)? s(?=\)|$)/g, '<re:[\\d.]+> s'],
  [/\b\d{4}-\d\d-\d\d\b/g, '<re:\\d{4}-\\d\\d-\\d\\d>'],
  [/\b\d{8}t\d{6}-\w+/g, '<re:\\d{8}t\\d{6}-\\w+>'],
  [/\.\.\./g, '<re:.*>'],
];
const FENCED = /(?:^<!-- not run: (.*) -->\n)?^```(\w*).*\n((?:.*\n)*?)^```$/gm;

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(FENCED)].map(([, notRun, language = '', text = '']) => ({
    language,
    text,
    ...(notRun !== undefined && { notRun }),
  }));
}

/** Whether it has commands. */
export function isRunnable({ language }: Block): boolean {
  return language === 'console' || language === 'sh';
}

/**
 * @param setup commands of bash that run first; after a line `## before: WORDS` those that run before the first command of the page
 *   that begins with WORDS
 * @throws Error where no command of the page begins with WORDS
 */
export function pageAsScript(page: string, setup: string): string {
  const [first = '', ...others] = setup.split(/^## before: /m);
  const before = new Map(others.map((part) => [part.split('\n')[0] ?? '', part.replace(/.*\n/, '')]));
  const blocks = blocksOf(page).filter(({ notRun }) => notRun === undefined);
  const lines = [...callLines(first)];
  for (const call of blocks.flatMap(callsOf)) {
    const words = [...before.keys()].find((one) => call.startsWith(`$ ${one}`));
    if (words !== undefined) lines.push(...callLines(before.get(words) ?? ''));
    if (words !== undefined) before.delete(words);
    lines.push(call);
  }
  if (before.size > 0) throw new Error(`no command begins with ${[...before.keys()].join(', ')}`);
  return lines.join('\n');
}

function pathOf({ language, text }: Block): string | undefined {
  return language === 'yaml' ? /^# (\S+\.ya?ml)\n/.exec(text)?.[1] : undefined;
}

/** Commands of the setup as one call that may print anything. */
function callLines(commands: string): string[] {
  return commands.trim() === '' ? [] : [`$ set -e; . <(${printing(commands)})`, '...', ''];
}

/** Prints a text of several lines; base64 keeps the command on one. */
function printing(text: string): string {
  return `echo ${Buffer.from(text).toString('base64')} | base64 -d`;
}

/** Each command with what it prints, as a script has it. */
function callsOf(block: Block): string[] {
  if (block.language === 'console') return block.text.split(/^(?=\$ )/m).map(callOf);
  if (block.language === 'sh')
    return block.text
      .split(/(?<!\\)\n/)
      .filter(isCommand)
      .map((line) => callOf(`$ ${line}\n`));
  const path = pathOf(block);
  if (path === undefined) return [];
  const write = `$ mkdir -p "$(dirname ${path})"; ${printing(block.text)} > ${path}\n`;
  const steps = [...block.text.matchAll(/^ *- (?:run: )?(lockstep .*)$/gm)].map(([, line]) => callOf(`$ ${line}\n`));
  return [write, ...steps];
}

function isCommand(line: string): boolean {
  return /^\s*[^#\s]/.test(line);
}

function callOf(written: string): string {
  const [, command = '', printed = ''] = /^((?:.*\\\n)*.*)\n([\s\S]*)$/.exec(written) ?? [];
  const exit = /# exits with (\d+)$/.exec(command)?.[1];
  const expected = printed.trim() === '' ? '...\n' : printed.replace(/^.*$/gm, varied);
  return `${command}\n> ${PROMPTED}\n${expected}${exit === undefined ? '' : `[exit ${exit}]\n`}`;
}

function varied(line: string): string {
  if (line === '...') return line;
  return VARIES.reduce((text, [pattern, by]) => text.replace(pattern, by), line);
}
