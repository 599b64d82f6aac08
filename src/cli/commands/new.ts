import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const newCommand = defineCommand({
  name: 'new',
  summary: 'Write a commented tool or agent to begin from',
  examples: [
    { command: 'lockstep new tool release-notes', does: 'makes tools/release-notes.yaml' },
    { command: 'lockstep new agent releaser', does: 'makes agents/releaser.yaml' },
  ],
  args: [
    { name: 'kind', required: true, options: ['tool', 'agent'], description: 'what to write' },
    { name: 'name', required: true, description: 'its name' },
  ],
  flags: { json: JSON_FLAG },
  async run(context, { args: { kind, name }, flags }) {
    const { findRootToBe } = await import('../../project/find-root.ts');
    const project = await openProject(context, { directory: findRootToBe(context.cwd, flags.directory) });
    const { newDefinition } = await import('../../project/new-definition.ts');
    const made = await newDefinition(project, kind, name);
    if (flags.json) (await import('../render/json.ts')).printJson(context, made);
    else {
      const files = [`made ${made.file}`, ...(made.schema ? [`made ${made.schema}, for editors`] : [])];
      const next = kind === 'tool' ? `lockstep run ${name}` : `lockstep agent show ${name}`;
      context.stdout.write(`${[...files, `next: ${next}`].join('\n')}\n`);
    }
    return EXIT.ok;
  },
});
