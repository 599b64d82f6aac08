import { findExecutable } from '../../process/find-executable.ts';

/** How a `run:` script is started. */
export interface ShellCommand {
  /** The extension of the script file: some interpreters depend on it. */
  readonly fileName: string;
  /** Command lines to choose from, better ones first; `{0}` stands for the script's path. */
  readonly candidates: readonly (readonly string[])[];
  /** Arguments for reading the script from standard input instead of a file, where that is the better way. */
  readonly stdinArgs?: readonly string[];
}

/** A shell that this machine has. */
export interface ResolvedShell {
  /** Absolute path of the interpreter. */
  readonly file: string;
  args(scriptPath: string): string[];
  /**
   * When present, a script on the host is better given on standard input, with these arguments. Node looks for packages in
   * every folder above a script: above a scratch folder anybody may plant them, and a project's own would not be found.
   */
  readonly stdinArgs?: readonly string[];
}

const SCRIPT = '{0}';

const KNOWN: ReadonlyMap<string, ShellCommand> = new Map([
  ['bash', { fileName: 'script.sh', candidates: [['bash', '--noprofile', '--norc', '-eo', 'pipefail', SCRIPT]] }],
  ['sh', { fileName: 'script.sh', candidates: [['sh', '-e', SCRIPT]] }],
  [
    'python',
    {
      fileName: 'script.py',
      candidates: [
        ['python3', SCRIPT],
        ['python', SCRIPT],
      ],
    },
  ],
  // Without a package.json beside it Node tells ES modules and CommonJS apart by what they say.
  ['node', { fileName: 'script.js', candidates: [['node', SCRIPT]], stdinArgs: ['-'] }],
  [
    'pwsh',
    { fileName: 'script.ps1', candidates: [['pwsh', '-NoLogo', '-NoProfile', '-NonInteractive', '-File', SCRIPT]] },
  ],
]);

/** A name of the list above, or a command line of one's own such as `ruby -w {0}`, split at white space. */
export function shellCommand(shell: string): ShellCommand {
  const known = KNOWN.get(shell.trim());
  if (known !== undefined) return known;
  const words = shell.trim().split(/\s+/);
  const command = words.some((word) => word.includes(SCRIPT)) ? words : [...words, SCRIPT];
  return { fileName: 'script', candidates: [command] };
}

export function scriptFileName(shell: string): string {
  return shellCommand(shell).fileName;
}

/** The first candidate that is installed, or the names of all that were looked for. */
export function resolveShell(
  shell: string,
  pathVariable: string,
  cwd: string,
): ResolvedShell | { readonly missing: readonly string[] } {
  const { candidates, stdinArgs } = shellCommand(shell);
  for (const [name = '', ...rest] of candidates) {
    const file = findExecutable(name, pathVariable, cwd);
    if (file === null) continue;
    const args = (scriptPath: string) => rest.map((word) => word.replaceAll(SCRIPT, () => scriptPath));
    return { file, args, ...(stdinArgs !== undefined && { stdinArgs }) };
  }
  return { missing: candidates.map(([name = '']) => name) };
}
