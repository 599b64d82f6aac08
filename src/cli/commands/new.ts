import { option as requiredChoice } from '@oclif/core/args';
import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { argument } from '../syntax/flags.ts';
import { jsonFlag } from '../syntax/shared-flags.ts';

export default class New extends BaseCommand {
  static override summary = 'Write a commented tool or agent to start from';
  static override examples = [
    { command: 'lockstep new tool release-notes', description: 'make tools/release-notes.yaml' },
    { command: 'lockstep new agent releaser', description: 'make agents/releaser.yaml' },
  ];
  static override args = {
    kind: requiredChoice({ options: ['tool', 'agent'] as const })({
      required: true,
      ignoreStdin: true,
      description: 'what to write',
    }),
    name: argument('its name'),
  };
  static override flags = { json: jsonFlag };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(New);
    const { kind, name } = args;
    const { findRootToBe } = await import('../../project/repository/find-root.ts');
    const project = await this.project({ directory: findRootToBe(this.rootSearch(flags)) });
    const { newDefinition } = await import('../../project/authoring/new-definition.ts');
    const made = await newDefinition(project, kind, name);
    const files = [`made ${made.file}`, ...(made.schema ? [`made ${made.schema}, for editors`] : [])];
    const next = kind === 'tool' ? `lockstep run ${name}` : `lockstep agent show ${name}`;
    await this.print(flags, made, `${[...files, `next: ${next}`].join('\n')}\n`);
    return EXIT.ok;
  }
}
