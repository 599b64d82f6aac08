import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { remainingArguments, toggle } from '../syntax/flags.ts';
import { jsonFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

export default class Fmt extends BaseCommand {
  static override summary = 'Format the definitions; comments and the order of keys stay';
  static override description =
    'Two spaces a level, lists below their key, one blank line at most; quotes stay as they are. A file with errors, or one whose meaning would change, is not touched. Exits with 1 when a file could not be formatted, or, with --check, when one would change.';
  static override examples = [
    { command: 'lockstep fmt', description: 'every YAML definition, and lockstep.yaml' },
    { command: 'lockstep fmt tools/release-notes.yaml', description: 'one file' },
    { command: 'lockstep fmt --check', description: 'only report, in CI' },
  ];
  static override args = { path: remainingArguments('files or folders; default: everything') };
  static override flags = {
    check: toggle('write nothing; exit with 1 when a file would change'),
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Fmt);
    const project = await this.project(flags);
    const { formatDefinitions } = await import('../../project/authoring/format-definitions.ts');
    const { files, changed, problems } = await formatDefinitions(project, args.path, this.context.cwd, !flags.check);
    const ok = problems.length === 0 && !(flags.check && changed.length > 0);
    if (flags.json) {
      const { problemReport } = await import('../../text/problem-report.ts');
      const { printJson } = await import('../render/json.ts');
      printJson(this.context, { ok, files, changed, problems: problems.map(problemReport) });
    } else {
      const { problemsText } = await import('../render/problems.ts');
      const verb = flags.check ? 'would be formatted' : 'formatted';
      const { stdout, color } = this.context;
      say(stdout, problemsText(problems, color.stdout));
      for (const path of changed) say(stdout, `${verb}: ${path}\n`);
      say(stdout, `${changed.length} of ${files} file${files === 1 ? '' : 's'} ${verb}\n`);
    }
    return ok ? EXIT.ok : EXIT.failed;
  }
}
