import { LockstepError } from '../../errors.ts';
import type { ChildEnd } from '../../process/child.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const exec = defineCommand({
  name: 'exec',
  summary: 'Run a command that has no definition, with secrets that are granted to `exec`',
  description:
    'The command gets PATH, HOME, LANG, TZ, TMPDIR, what --env names, and the secrets as variables. Its output is masked, its standard input is yours, and signals are passed on to it. Ends with its exit code; 128 and the number of the signal that ended it; 127 when it is not there, 126 when it cannot be started.',
  examples: [
    { command: "lockstep exec --secret PGPASSWORD -- psql -c 'select 1'", does: 'as the variable of the same name' },
    {
      command: 'lockstep exec --secret GITHUB_PAT=GH_TOKEN --env TERM -- gh pr list',
      does: 'under another name, with one variable of yours',
    },
  ],
  flags: {
    secret: {
      type: 'string',
      multiple: true,
      required: true,
      value: 'NAME[=VARIABLE]',
      description: 'a secret that is granted to exec',
    },
    env: { type: 'string', multiple: true, value: 'NAME', description: 'a variable of yours that is passed on' },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
  },
  rest: { name: 'command', required: true, description: 'the command and its arguments' },
  async run(context, { flags, rest }) {
    const [file = '', ...args] = rest;
    const secrets = secretsByVariable(flags.secret);
    const project = await openProject(context, flags);
    const { executeCommand } = await import('../../project/exec.ts');
    let release = () => {};
    const end = await executeCommand(project, context.env, {
      ...{ file, args, cwd: context.cwd, secrets, env: flags.env, signal: context.signal, kill: context.urgent },
      ...(flags.group !== undefined && { group: flags.group }),
      onStart: (send) => (release = context.relaySignals(send)),
      onOutput: (stream, bytes) => written(context[stream], bytes),
    }).finally(() => release());
    return exitCodeOfChild(end, file, context);
  },
});

/** @throws LockstepError `usage/invalid` when two secrets want one variable */
function secretsByVariable(written: readonly string[]): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const text of written) {
    const [, name, variable = name] = /^([A-Za-z]\w*)(?:=([A-Za-z_]\w*))?$/.exec(text) ?? [];
    if (name === undefined || variable === undefined)
      throw new LockstepError('usage/invalid', '--secret takes the name of a secret, or NAME=VARIABLE', [
        '--secret GITHUB_PAT=GH_TOKEN',
      ]);
    if (secrets.has(variable))
      throw new LockstepError('usage/invalid', `two secrets want the variable $${variable}`, [
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
  switch (end.how) {
    case 'exit':
      return end.code;
    case 'signal': {
      const { constants } = await import('node:os');
      return 128 + (Object.entries(constants.signals).find(([name]) => name === end.signal)?.[1] ?? 0);
    }
    case 'not-started': {
      const why = end.why === 'not-found' ? 'was not found' : 'could not be started';
      context.stderr.write(`error: ${file} ${why}\n`);
      return end.why === 'not-found' ? 127 : 126;
    }
    default:
      return EXIT.cancelled;
  }
}
