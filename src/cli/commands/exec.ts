import { LockstepError } from '../../errors.ts';
import { type ChildEnd, requireStarted } from '../../process/child.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { cutAtDashes } from '../syntax/command-words.ts';
import { requiredTexts, texts } from '../syntax/flags.ts';
import { groupFlag, identityFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

export default class Exec extends BaseCommand {
  static override summary = 'Run a command that has no definition, with secrets that are granted to `exec`';
  static override description =
    'The command gets PATH, HOME, LANG, TZ, TMPDIR, the variables that --env names, and the secrets as variables. Its output is masked, its standard input is yours, and signals are passed on to it. Exits with the exit code of the command; with 128 and the number of the signal that ended it; with 127 when it is not found, with 126 when it cannot be started.';
  static override usage = 'exec [FLAGS] -- COMMAND';
  static override examples = [
    {
      command: "lockstep exec --secret PGPASSWORD -- psql -c 'select 1'",
      description: 'as the variable of the same name',
    },
    {
      command: 'lockstep exec --secret GITHUB_PAT=GH_TOKEN --env TERM -- gh pr list',
      description: 'under another name, with one variable of yours',
    },
  ];
  static override flags = {
    secret: requiredTexts('SECRET[=VARIABLE]', 'a secret that is granted to exec'),
    env: texts('VARIABLE', 'a variable of yours to pass on'),
    group: groupFlag,
    identity: identityFlag,
  };

  async run(): Promise<number> {
    // Cut before oclif parses: oclif reorders the words after `--`, and moves words that occur twice.
    const { own, others } = cutAtDashes(this.argv);
    const { flags } = await this.parse(Exec, own);
    const [file, ...args] = others;
    if (file === undefined)
      throw new LockstepError('usage/invalid', 'COMMAND is missing after --', ['lockstep exec --help']);
    const secrets = secretsByVariable(flags.secret);
    const project = await this.project(flags);
    const { executeCommand } = await import('../../project/secrets/exec.ts');
    const { cwd, env, signal, urgent } = this.context;
    let release = () => {};
    const end = await executeCommand(project, env, {
      ...{ file, args, cwd, secrets, env: flags.env, signal, kill: urgent },
      ...(flags.group !== undefined && { group: flags.group }),
      onStart: (send) => (release = this.context.relaySignals(send)),
      onOutput: (stream, bytes) => written(this.context[stream], bytes),
    }).finally(() => release());
    return exitCodeOfChild(end, file, this.context);
  }
}

/** @throws LockstepError `usage/invalid` when two secrets have the same variable */
function secretsByVariable(written: readonly string[]): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const text of written) {
    const [, name, variable = name] = /^([A-Za-z]\w*)(?:=([A-Za-z_]\w*))?$/.exec(text) ?? [];
    if (name === undefined || variable === undefined)
      throw new LockstepError('usage/invalid', '--secret takes the name of a secret, or NAME=VARIABLE', [
        '--secret GITHUB_PAT=GH_TOKEN',
      ]);
    if (secrets.has(variable))
      throw new LockstepError('usage/invalid', `two secrets have the variable $${variable}`, [
        `--secret ${name}=OTHER_VARIABLE`,
      ]);
    secrets.set(variable, name);
  }
  return secrets;
}

function written(stream: NodeJS.WritableStream, bytes: Uint8Array): void | Promise<void> {
  if (stream.write(bytes)) return;
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });
}

async function exitCodeOfChild(end: ChildEnd, file: string, context: Context): Promise<number> {
  switch (end.kind) {
    case 'exit':
      return end.code;
    case 'signal': {
      const { constants } = await import('node:os');
      return 128 + (Object.entries(constants.signals).find(([name]) => name === end.signal)?.[1] ?? 0);
    }
    case 'not-started': {
      requireStarted(end, file);
      const why = end.failure === 'not-found' ? 'was not found' : 'could not be started';
      say(context.stderr, `error: ${file} ${why}\n`);
      return end.failure === 'not-found' ? 127 : 126;
    }
    default:
      return EXIT.cancelled;
  }
}
