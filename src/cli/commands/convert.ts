import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { requiredArguments, text } from '../syntax/flags.ts';
import { jsonFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

export default class Convert extends BaseCommand {
  static override summary = "Write Kubiya's files in the native form";
  static override description =
    "Kubiya's files work without this; it is for people who leave Kubiya. Each definition keeps its plan. No file is overwritten, and nothing is written where a file has an error.";
  static override examples = [
    { command: 'lockstep convert tools/kubiya.yaml', description: 'print the definitions' },
    { command: 'lockstep convert tools/kubiya.yaml --out native', description: 'write a file for each of them' },
  ];
  static override args = { file: requiredArguments('files with tools, workflows or agents of Kubiya') };
  static override flags = {
    out: text('DIR', 'a folder of the repository; default: print the definitions'),
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Convert);
    const { cwd, color, stdout, stderr } = this.context;
    const project = await this.project(flags);
    const { convertFiles } = await import('../../project/authoring/convert.ts');
    const { hasErrors } = await import('../../text/problem.ts');
    const { definitions, problems } = await convertFiles(project.root, args.file, cwd, flags.out);
    const ok = !hasErrors(problems);
    if (flags.json) {
      const { problemReport } = await import('../../text/problem-report.ts');
      const { printJson } = await import('../render/json.ts');
      printJson(this.context, { ok, definitions, problems: problems.map(problemReport) });
    } else {
      const { problemsText } = await import('../render/problems.ts');
      say(stderr, problemsText(problems, color.stderr));
      if (ok && flags.out === undefined) say(stdout, definitions.map((one) => one.text).join('---\n'));
      else if (ok) for (const { file } of definitions) say(stdout, `made ${file}\n`);
    }
    return ok ? EXIT.ok : EXIT.failed;
  }
}
