import { VERSION } from '../../util/version.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const version = defineCommand({
  name: 'version',
  summary: 'Print the version',
  examples: [
    { command: 'lockstep --version', does: 'the same, as a flag' },
    { command: 'lockstep version --json', does: 'with what it runs on' },
  ],
  flags: { json: JSON_FLAG },
  async run(context, input) {
    const about = { version: VERSION, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
    context.stdout.write(input.flags.json ? `${JSON.stringify(about)}\n` : `lockstep ${VERSION}\n`);
    return EXIT.ok;
  },
});
