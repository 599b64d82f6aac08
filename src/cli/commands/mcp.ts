import type { Readable, Writable } from 'node:stream';
import { EXIT } from '../exit-code.ts';
import { beginLive } from '../open.ts';
import { reportError } from '../report-error.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { text } from '../syntax/flags.ts';
import { groupFlag, identityFlag } from '../syntax/shared-flags.ts';

export default class Mcp extends BaseCommand {
  static override summary = 'Serve the tools to the host of an AI agent, over standard input and output';
  static override description =
    'Speaks the Model Context Protocol, in its versions 2025-11-25 and 2026-07-28. The host starts it: `lockstep mcp install` writes the entry. A save takes effect with the next call.';
  static override examples = [
    { command: 'lockstep mcp', description: 'all tools' },
    { command: 'lockstep mcp --agent release --group prod', description: "an agent's tools, under its ceiling" },
  ];
  static override flags = {
    agent: text('AGENT', "offer this agent's tools alone, under its ceiling of secrets"),
    group: groupFlag,
    identity: identityFlag,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Mcp);
    const { context } = this;
    const { agent, group } = flags;
    const closing = new AbortController();
    try {
      const opening = beginLive(context, flags, closing.signal);
      // The library of the protocol is loaded while the system answers.
      const [live, { serveMcpStdio }] = await Promise.all([opening, import('../../mcp/stdio.ts')]);
      const { project } = live;
      if (agent !== undefined) project.agent(agent);
      if (group !== undefined) (await project.vault.require()).requireGroup(group);
      await serveMcpStdio({
        live,
        view: { ...(agent !== undefined && { agent }), ...(group !== undefined && { group }) },
        // Both are streams of the process.
        input: context.stdin as Readable,
        output: context.stdout as Writable,
        signal: AbortSignal.any([context.signal, live.blind]),
        urgent: context.urgent,
        failed: (error) => void reportError(error, context, false),
      });
      live.blind.throwIfAborted();
    } finally {
      closing.abort();
    }
    return EXIT.ok;
  }
}
