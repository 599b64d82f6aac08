import { VERSION } from '../../util/version.ts';
import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { jsonFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

export default class Version extends BaseCommand {
  static override summary = 'Print the version';
  static override examples = [
    { command: 'lockstep --version', description: 'the same, as a flag' },
    { command: 'lockstep version --json', description: 'with the Node and the platform it runs on' },
  ];
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(Version);
    const about = { version: VERSION, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
    say(this.context.stdout, flags.json ? `${JSON.stringify(about)}\n` : `lockstep ${VERSION}\n`);
    return EXIT.ok;
  }
}
