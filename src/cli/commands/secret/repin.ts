import { LockstepError } from '../../../errors.ts';
import type { Repin, RepinPreview } from '../../../project/secrets/repin.ts';
import { confirm } from '../../confirm.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { optionalArgument, toggle } from '../../syntax/flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';
import { say } from '../../terminal/say.ts';

export default class SecretRepin extends BaseCommand {
  static override summary =
    'Show how a tool or an agent has changed since its pinned grants, and pin them to what it is now';
  static override description =
    'A pinned grant no longer counts when anything changes that its digest covers: the definition, a file that it lists, a tool that it calls. Git shows what it was when the grant was made.';
  static override examples = [
    { command: 'lockstep secret repin release-notes --group prod', description: 'show the difference, and ask' },
    {
      command: 'lockstep secret repin release-notes --group prod --yes',
      description: 'after the change was reviewed',
    },
    { command: 'lockstep secret repin agent:operator', description: 'an agent, and the tools that it lists' },
    {
      command: 'lockstep secret repin --all',
      description: 'every pinned grant that no longer counts, one after the other',
    },
  ];
  static override args = { tool: optionalArgument('the tool that changed, or agent:NAME') };
  static override flags = {
    all: toggle('every tool and agent that has changed, in every group or that of --group'),
    yes: toggle('grant without asking'),
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretRepin);
    if (flags.all !== (args.tool === undefined))
      throw new LockstepError('usage/invalid', 'name a tool, or use --all', [
        'lockstep secret repin TOOL',
        'lockstep secret repin --all',
      ]);
    const project = await this.project(flags);
    const { Repin } = await import('../../../project/secrets/repin.ts');
    const repin = new Repin(project, this.context.env);
    if (args.tool !== undefined) {
      const preview = await repin.preview(args.tool, flags.group);
      await this.print(flags, preview, await this.#renew(repin, preview, flags));
      return EXIT.ok;
    }
    const renewed = await repin.previewAll(flags.group);
    for (const preview of renewed) {
      const done = await this.#renew(repin, preview, flags);
      if (!flags.json) say(this.context.stdout, done);
    }
    await this.print(flags, { renewed }, renewed.length === 0 ? 'every pinned grant is for what is there now\n' : '');
    return EXIT.ok;
  }

  /** Shows what changed, asks, and signs. Returns the text to print. */
  async #renew(
    repin: Repin,
    preview: RepinPreview,
    flags: { readonly json: boolean | undefined; readonly yes: boolean },
  ): Promise<string> {
    const { stdout, stderr } = this.context;
    const { secrets, group, tool } = preview;
    const { repinText } = await import('../../render/repin.ts');
    if (!flags.json || !flags.yes) say(flags.json ? stderr : stdout, repinText(preview));
    if (secrets.length > 0 && !flags.yes)
      await confirm(this.context, `Grant ${secrets.join(', ')} to ${tool} as it is now?`, {
        message: 'nothing was granted',
        otherwise: `lockstep secret repin ${tool} --group ${group} --yes`,
      });
    await repin.apply(preview);
    return secrets.length === 0 ? '' : `granted ${secrets.join(', ')} in ${group} to ${tool} as it is now\n`;
  }
}
