import { LockstepError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretReveal = defineCommand({
  name: 'secret reveal',
  summary: 'Show the value of a secret, on a terminal',
  description: 'Into a pipe or a file only when --stdout says so; then the bytes come exactly as they were stored.',
  examples: [
    { command: 'lockstep secret reveal GITHUB_PAT', does: 'on the terminal' },
    { command: 'lockstep secret reveal TLS_CERT --stdout > cert.pem', does: 'byte for byte' },
  ],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: {
    stdout: { type: 'boolean', description: 'also where standard output is no terminal' },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
  },
  async run(context, { args, flags }) {
    if (!flags.stdout && !context.terminal.stdout) {
      throw new LockstepError(
        'terminal/needed',
        'standard output is no terminal, and a value is not put anywhere else unasked',
        [`lockstep secret reveal ${args.name} --stdout`],
      );
    }
    const project = await openProject(context, flags);
    const { Secrets } = await import('../../project/secrets.ts');
    const value = await new Secrets(project).reveal(args.name, flags.group);
    context.stdout.write(value.reveal());
    if (context.terminal.stdout && !flags.stdout) context.stdout.write('\n');
    return EXIT.ok;
  },
});
