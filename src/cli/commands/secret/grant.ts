import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { grantsFlag, grantsText } from '../../secrets/grants.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, text, toggle } from '../../syntax/flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretGrant extends BaseCommand {
  static override summary = 'Let a tool, an agent or `exec` use a secret';
  static override description = 'A definition only requests a secret; this signed grant allows it.';
  static override examples = [
    {
      command: 'lockstep secret grant GITHUB_PAT --to tool:release-notes',
      description: 'however the tool is started',
    },
    {
      command: 'lockstep secret grant GITHUB_PAT --to tool:release-notes --pin',
      description: 'to the tool as it is now: a change loses the secret',
    },
    {
      command: 'lockstep secret grant PROXY --to tool:fetch --as HTTPS_PROXY',
      description: 'as a variable that can redirect code',
    },
  ];
  static override args = { secret: argument('the name of the secret') };
  static override flags = {
    to: grantsFlag,
    pin: toggle('only for the tool or agent as it is now, by its digest'),
    as: text('VARIABLE', 'allow this variable name, although it runs or redirects code'),
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretGrant);
    const project = await this.project(flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const { pinnedGrants } = await import('../../../project/secrets/pinned-grants.ts');
    const secrets = new Secrets(project);
    const named = flags.pin ? pinnedGrants(project, args.secret, flags.to.map(requirePinnable)) : flags.to;
    const grants = named.map((to) => to + (flags.as === undefined ? '' : ` as:${flags.as}`));
    const secret = await secrets.grant(args.secret, grants, flags.group);
    for (const warning of secrets.grantWarnings(grants)) this.warn(warning);
    await this.print(flags, secret, grantsText(secret));
    return EXIT.ok;
  }
}

function requirePinnable(grant: string): string {
  if (/^(tool|agent|trigger):/.test(grant)) return grant;
  throw new LockstepError('usage/invalid', '--pin goes with tool:NAME, agent:NAME and trigger:NAME', [
    '--to tool:NAME --pin',
  ]);
}
