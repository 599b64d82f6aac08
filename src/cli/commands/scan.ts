import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { remainingArguments, toggle } from '../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../syntax/shared-flags.ts';

export default class Scan extends BaseCommand {
  static override summary = 'Look for values of the vault and for credentials in the files of the repository';
  static override description =
    'Finds the values that your identity can open, plain or encoded, and text in the form of a well-known credential; without an identity, only the latter. Shows no value. Reads the files that Git tracks or could add. A comment `lockstep: not-a-secret` on the line allows it. So does lockstep.yaml, in any file: `scan: {ignore: [{secret: DEPLOY_ENV}]}` for a value that is an ordinary word, `{path: "docs/**"}` for files, or both for that value in those files; how much is passed over is always shown. Exits with 1 when there is a finding.';
  static override examples = [
    { command: 'lockstep scan', description: 'the whole work tree' },
    {
      command: 'lockstep scan --staged',
      description: 'the content of the next commit, as the pre-commit hook does',
    },
    { command: 'lockstep scan docs build.log', description: 'a folder and a file' },
  ];
  static override args = { path: remainingArguments('files or folders; default: everything') };
  static override flags = {
    staged: toggle('scan what is staged instead of the work tree'),
    identity: identityFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Scan);
    const project = await this.project(flags);
    const { scan } = await import('../../project/scanning/scan.ts');
    const options = { paths: args.path, cwd: this.context.cwd, staged: flags.staged };
    const report = await scan(project, this.context.env, options);
    await this.print(flags, report, async () =>
      (await import('../render/scan.ts')).scanText(report, this.context.color.stdout),
    );
    return report.ok ? EXIT.ok : EXIT.failed;
  }
}
