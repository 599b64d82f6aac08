import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class VaultVerify extends BaseCommand {
  static override summary = 'Verify every signature of the vault, and that nothing is older than this machine has seen';
  static override description = 'Needs no key, so CI can run it. Exits with 3 when something cannot be trusted.';
  static override examples = [
    { command: 'lockstep vault verify', description: 'the whole vault' },
    { command: 'LOCKSTEP_TRUST=... lockstep vault verify', description: 'in CI, against a root that you know' },
  ];
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(VaultVerify);
    const project = await this.project(flags);
    const vault = await project.vault.require();
    vault.requireNamedRoot();
    const { findings, groups } = await vault.survey();
    const ok = findings.length === 0;
    const report = { ok, vault: vault.id, root: vault.rootHash, trusted: vault.trusted, groups, findings };
    await this.print(flags, report, async () => {
      const { findingText } = await import('../../render/secrets.ts');
      const { count } = await import('../../render/problems.ts');
      const lines = findings.map((finding) => findingText(finding, this.context.color.stdout));
      const total = groups.reduce((sum, one) => sum + one.secrets, 0);
      const verdict = ok
        ? `sound: ${count(total, 'secret')} in ${count(groups.length, 'group')}`
        : count(findings.length, 'finding');
      const distrust = vault.trusted ? '' : '; this machine does not trust it yet (lockstep trust)';
      return `${[...lines, `${verdict}${distrust}`].join('\n')}\n`;
    });
    return ok ? EXIT.ok : EXIT.world;
  }
}
