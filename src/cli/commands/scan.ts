import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { IDENTITY_FLAG } from '../shared-flags.ts';

export const scan = defineCommand({
  name: 'scan',
  summary: 'Look for values of the vault and for credentials in the files of the repository',
  description:
    'Finds the values that your identity can open, plain or encoded, and what has the shape of a well-known credential; without an identity only the latter. Shows no value. Looks into what Git tracks or would take up. A comment `lockstep: not-a-secret` on the line allows it. Exits with 1 when there is a finding.',
  examples: [
    { command: 'lockstep scan', does: 'the whole work tree' },
    { command: 'lockstep scan --staged', does: 'what the next commit would bring in, as the pre-commit hook does' },
    { command: 'lockstep scan docs build.log', does: 'a folder and a file' },
  ],
  args: [{ name: 'path', multiple: true, description: 'files or folders; default: everything' }],
  flags: {
    staged: { type: 'boolean', description: 'look into what is staged, not into the work tree' },
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { scan: scanProject } = await import('../../project/scan.ts');
    const options = { paths: args.path, cwd: context.cwd, staged: flags.staged };
    const report = await scanProject(project, context.env, options);
    if (flags.json) (await import('../render/json.ts')).printJson(context, report);
    else {
      const { scanText } = await import('../render/scan.ts');
      context.stdout.write(scanText(report, context.color.stdout));
    }
    return report.ok ? EXIT.ok : EXIT.failed;
  },
});
