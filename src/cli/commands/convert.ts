import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const convert = defineCommand({
  name: 'convert',
  summary: "Write Kubiya's files in the native form",
  description:
    "Kubiya's files work as they are; this is for those who leave it. Each definition has the plan that it had. Nothing is overwritten, and where a file has an error nothing is written.",
  examples: [
    { command: 'lockstep convert tools/kubiya.yaml', does: 'prints the definitions' },
    { command: 'lockstep convert tools/kubiya.yaml --out native', does: 'a file for each of them' },
  ],
  args: [{ name: 'file', required: true, multiple: true, description: "Kubiya's tools, workflows or agents" }],
  flags: {
    out: { type: 'string', value: 'FOLDER', description: 'a folder of the repository; default: print them' },
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { convertFiles } = await import('../../project/convert.ts');
    const { hasErrors } = await import('../../text/problem.ts');
    const { definitions, problems } = await convertFiles(project.root, args.file, context.cwd, flags.out);
    const ok = !hasErrors(problems);
    if (flags.json) {
      const { problemReport } = await import('../../text/problem-report.ts');
      const { printJson } = await import('../render/json.ts');
      printJson(context, { ok, definitions, problems: problems.map(problemReport) });
    } else {
      const { problemsText } = await import('../render/problems.ts');
      context.stderr.write(problemsText(problems, context.color.stderr));
      if (ok && flags.out === undefined) context.stdout.write(definitions.map(({ text }) => text).join('---\n'));
      else if (ok) for (const { file } of definitions) context.stdout.write(`made ${file}\n`);
    }
    return ok ? EXIT.ok : EXIT.failed;
  },
});
