import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { accessOptions } from '../open.ts';
import { IDENTITY_FLAG } from '../shared-flags.ts';

export const init = defineCommand({
  name: 'init',
  summary: 'Make the vault of a repository, and an identity where you have none',
  description:
    'You become its first member and may do everything. An existing age identity is used as it is and never changed.',
  examples: [
    { command: 'lockstep init', does: 'in the repository around the current folder' },
    { command: 'lockstep init --identity ~/keys/work.txt', does: 'with an age identity that you have' },
  ],
  flags: {
    identity: IDENTITY_FLAG,
    group: { type: 'string', value: 'GROUP', description: 'the name of the first group of secrets; default: default' },
    member: { type: 'string', value: 'NAME', description: "your name in the vault; default: the account's" },
    json: JSON_FLAG,
  },
  async run(context, { flags }) {
    const { findRootToBe } = await import('../../project/find-root.ts');
    const { initProject } = await import('../../project/init-project.ts');
    const { group, member } = flags;
    const report = await initProject({
      ...accessOptions(context, flags),
      root: findRootToBe(context.cwd, flags.directory),
      ...(group !== undefined && { group }),
      ...(member !== undefined && { member }),
    });
    if (flags.json) (await import('../render/json.ts')).printJson(context, report);
    else {
      const lines = [
        `made a vault in ${report.root}/vault`,
        report.identityCreated
          ? `made your identity: ${report.identityFile} (keep a copy where it is safe: without it the values are lost)`
          : `your identity: ${report.identityFile}`,
        'next: lockstep secret set NAME, then commit vault/',
      ];
      context.stdout.write(`${lines.join('\n')}\n`);
    }
    return EXIT.ok;
  },
});
