import { SCOPES } from '../../../project/serving/tokens.ts';
import { EXIT } from '../../exit-code.ts';
import { openTokens } from '../../open.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, choices, texts, wholeNumber } from '../../syntax/flags.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export default class TokenMake extends BaseCommand {
  static override summary = 'Make an access token for the servers of this repository, and print it once';
  static override description =
    'Lockstep keeps only a hash of it. Every scope includes `read`. With --tool or --group, the token is for these alone.';
  static override examples = [
    { command: 'lockstep token make dashboard', description: 'may only read' },
    { command: 'lockstep token make ci --scope run --tool deploy --days 30', description: 'may start one tool' },
  ];
  static override writes = true;
  static override args = { name: argument('a name for the token') };
  static override flags = {
    scope: choices(SCOPES, 'what the token may do (default: read)'),
    tool: texts('TOOL', 'only this tool'),
    group: texts('GROUP', 'only secrets of this group'),
    days: wholeNumber({ helpValue: 'N', default: 0, description: 'how many days it is valid; 0: until it is revoked' }),
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(TokenMake);
    const project = await this.project(flags);
    const tokens = await openTokens(this.context, project);
    const expires = new Date(project.now().getTime() + flags.days * DAY_MS).toISOString();
    const rights = {
      name: args.name,
      scopes: flags.scope.length === 0 ? (['read'] as const) : flags.scope,
      ...(flags.tool.length > 0 && { tools: flags.tool }),
      ...(flags.group.length > 0 && { groups: flags.group }),
      ...(flags.days > 0 && { expires }),
    };
    const token = await tokens.make(rights);
    await this.print(flags, { ...rights, token }, `${token}\n`);
    return EXIT.ok;
  }
}
