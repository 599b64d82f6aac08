import { confirm } from '../../agrees.ts';
import { BaseCommand } from '../../base-command.ts';
import { EXIT } from '../../exit-code.ts';
import { argument, toggle } from '../../flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../../shared-flags.ts';

export default class SecretRepin extends BaseCommand {
  static override summary =
    'Show how a tool has changed since its pinned grants, and pin them to the tool as it is now';
  static override description =
    'A pinned grant no longer counts when the definition changes, or a file that it lists, or a tool that it calls. Git shows what the tool was when the grant was made.';
  static override examples = [
    { command: 'lockstep secret repin release-notes --group prod', description: 'show the difference, and ask' },
    {
      command: 'lockstep secret repin release-notes --group prod --yes',
      description: 'where somebody has reviewed the change',
    },
  ];
  static override args = { tool: argument('the tool that changed') };
  static override flags = {
    yes: toggle('grant without asking'),
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretRepin);
    const { env, stdout, stderr } = this.context;
    const project = await this.project(flags);
    const { Repin } = await import('../../../project/repin.ts');
    const { repinText } = await import('../../render/repin.ts');
    const repin = new Repin(project, env);
    const preview = await repin.preview(args.tool, flags.group);
    const { secrets, group, tool } = preview;
    if (!flags.json || !flags.yes) (flags.json ? stderr : stdout).write(repinText(preview));
    if (secrets.length > 0 && !flags.yes)
      await confirm(this.context, `Grant ${secrets.join(', ')} to ${tool} as it is now?`, {
        code: 'secret/refused',
        message: 'nothing was granted',
        otherwise: `lockstep secret repin ${tool} --group ${group} --yes`,
      });
    await repin.apply(preview);
    const done = secrets.length === 0 ? '' : `granted ${secrets.join(', ')} in ${group} to ${tool} as it is now\n`;
    await this.print(flags, preview, done);
    return EXIT.ok;
  }
}
