import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const vaultVerify = defineCommand({
  name: 'vault verify',
  summary: 'Verify every signature of the vault, and that nothing is older than this machine has seen',
  description: 'Needs no key, so CI can do it. Exits with 3 when something cannot be believed.',
  examples: [
    { command: 'lockstep vault verify', does: 'the whole vault' },
    { command: 'LOCKSTEP_TRUST=... lockstep vault verify', does: 'in CI, held to a root that you know' },
  ],
  flags: { json: JSON_FLAG },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const vault = await project.vault.require();
    const { findings, groups } = await vault.survey();
    const ok = findings.length === 0;
    if (flags.json)
      (await import('../render/json.ts')).printJson(context, {
        ok,
        vault: vault.id,
        root: vault.rootHash,
        trusted: vault.trusted,
        groups,
        findings,
      });
    else {
      const { findingText } = await import('../render/secrets.ts');
      const { count } = await import('../render/problems.ts');
      for (const finding of findings) context.stdout.write(`${findingText(finding, context.color.stdout)}\n`);
      const total = groups.reduce((sum, one) => sum + one.secrets, 0);
      const verdict = ok
        ? `sound: ${count(total, 'secret')} in ${count(groups.length, 'group')}`
        : count(findings.length, 'finding');
      context.stdout.write(
        `${verdict}${vault.trusted ? '' : '; this machine has not been told to trust it (lockstep trust)'}\n`,
      );
    }
    return ok ? EXIT.ok : EXIT.world;
  },
});
