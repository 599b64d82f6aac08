import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { IDENTITY_FLAG } from '../shared-flags.ts';

export const whoami = defineCommand({
  name: 'whoami',
  summary: 'Show your member card: what others need to add you to a vault',
  description: 'The card holds public keys only.',
  examples: [
    { command: 'lockstep whoami', does: 'your card, and who you are in this vault' },
    { command: 'lockstep whoami --json', does: 'for scripts' },
  ],
  flags: { identity: IDENTITY_FLAG, json: JSON_FLAG },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const { identity, source } = await project.vault.identity();
    const vault = await project.vault.open();
    const card = {
      recipient: identity.recipient,
      signing: identity.signingKey,
      source,
      member: vault?.memberOf(identity) ?? null,
    };
    if (flags.json) (await import('../render/json.ts')).printJson(context, card);
    else {
      const { columns } = await import('../render/table.ts');
      const rows = [
        ['card', `${card.recipient}:${card.signing}`],
        ['identity', source],
        ['in this vault', vault === null ? 'there is no vault here' : (card.member ?? 'not a member')],
      ];
      context.stdout.write(`${columns(rows)}\n`);
    }
    return EXIT.ok;
  },
});
