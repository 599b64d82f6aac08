import { EXIT } from '../exit-code.ts';
import { accessOptions } from '../open.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { text } from '../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../syntax/shared-flags.ts';

export default class Init extends BaseCommand {
  static override summary = 'Make the vault of a repository, and an identity if you have none';
  static override description =
    'You become its first member, with every right. An existing age identity is used as it is and never changed. Where there is a vault, only your identity is made.';
  static override examples = [
    { command: 'lockstep init', description: 'in the repository around the current folder' },
    { command: 'lockstep init --identity ~/keys/work.txt', description: 'with an age identity that you have' },
  ];
  static override flags = {
    identity: identityFlag,
    group: text('NAME', 'name of the first secret group (default: "default")'),
    member: text('NAME', 'your name in the vault (default: the name of your account)'),
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { flags } = await this.parse(Init);
    const { findRootToBe } = await import('../../project/repository/find-root.ts');
    const { initProject } = await import('../../project/vault/init-project.ts');
    const { group, member } = flags;
    const report = await initProject({
      ...accessOptions(this.context, flags),
      root: findRootToBe(this.rootSearch(flags)),
      ...(group !== undefined && { group }),
      ...(member !== undefined && { member }),
    });
    if ('card' in report) {
      await this.print(flags, report, async () => (await import('../render/members.ts')).newIdentityText(report));
      return EXIT.ok;
    }
    const lines = [
      `made a vault in ${report.root}/vault`,
      report.identityCreated
        ? `made your identity: ${report.identityFile} (keep a safe copy: without it the values are lost)`
        : `your identity: ${report.identityFile}`,
      'next: lockstep secret set NAME, then commit vault/',
    ];
    await this.print(flags, report, `${lines.join('\n')}\n`);
    return EXIT.ok;
  }
}
