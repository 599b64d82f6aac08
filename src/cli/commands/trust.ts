import { LockstepError } from '../../errors.ts';
import { agrees } from '../agrees.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const trust = defineCommand({
  name: 'trust',
  summary: "Show a vault's fingerprint, and accept it on this machine",
  description:
    'As ssh does for hosts: compare the fingerprint with one that a member tells you by another way, then accept it. CI sets LOCKSTEP_TRUST instead.',
  examples: [
    { command: 'lockstep trust', does: 'show the fingerprint and ask' },
    { command: 'lockstep trust --yes', does: 'accept without asking, for set-up scripts' },
    { command: 'lockstep trust --branch', does: 'accept the older or other vault of the branch that is checked out' },
  ],
  flags: {
    yes: { type: 'boolean', description: 'accept without asking' },
    branch: { type: 'boolean', description: 'accept what stands on this branch, though this machine has seen newer' },
    json: JSON_FLAG,
  },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const vault = await project.vault.require();
    const show = flags.json ? context.stderr : context.stdout;
    show.write(`vault ${vault.id}\nfingerprint ${vault.fingerprint}\nLOCKSTEP_TRUST=${vault.rootHash}\n`);
    if (!flags.branch && vault.trusted) show.write('this machine trusts it\n');
    else {
      const question = flags.branch
        ? 'Accept what stands on this branch?'
        : 'Is this the fingerprint that a member told you? Accept it?';
      const unasked = `lockstep trust ${flags.branch ? '--branch ' : ''}--yes`;
      const agreed = flags.yes || (await agrees(context, question, unasked));
      if (!agreed) throw new LockstepError('vault/untrusted', 'not accepted', ['lockstep trust']);
      await (flags.branch ? vault.acceptBranch() : vault.acceptTrust());
      show.write('accepted\n');
    }
    if (flags.json)
      (await import('../render/json.ts')).printJson(context, {
        vault: vault.id,
        fingerprint: vault.fingerprint,
        root: vault.rootHash,
        trusted: true,
      });
    return EXIT.ok;
  },
});
