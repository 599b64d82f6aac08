import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const fmt = defineCommand({
  name: 'fmt',
  summary: 'Lay out the definitions; comments and the order of keys stay',
  description:
    'Two spaces a level, lists below their key, one blank line at most; quotes stay as they are. A file that is not sound, or would say something else, is left alone. Exits with 1 when a file was left alone, or, with --check, when one would change.',
  examples: [
    { command: 'lockstep fmt', does: 'every YAML definition, and lockstep.yaml' },
    { command: 'lockstep fmt tools/release-notes.yaml', does: 'one file' },
    { command: 'lockstep fmt --check', does: 'in CI: only tell' },
  ],
  args: [{ name: 'path', multiple: true, description: 'files or folders; default: everything' }],
  flags: {
    check: { type: 'boolean', description: 'write nothing; exit with 1 when a file would change' },
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { formatDefinitions } = await import('../../project/format-definitions.ts');
    const { files, changed, problems } = await formatDefinitions(project, args.path, context.cwd, !flags.check);
    const ok = problems.length === 0 && !(flags.check && changed.length > 0);
    if (flags.json) {
      const { problemReport } = await import('../../text/problem-report.ts');
      const { printJson } = await import('../render/json.ts');
      printJson(context, { ok, files, changed, problems: problems.map(problemReport) });
    } else {
      const { problemsText } = await import('../render/problems.ts');
      const verb = flags.check ? 'would be laid out' : 'laid out';
      context.stdout.write(problemsText(problems, context.color.stdout));
      for (const path of changed) context.stdout.write(`${verb}: ${path}\n`);
      context.stdout.write(`${changed.length} of ${files} file${files === 1 ? '' : 's'} ${verb}\n`);
    }
    return ok ? EXIT.ok : EXIT.failed;
  },
});
