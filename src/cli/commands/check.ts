import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const check = defineCommand({
  name: 'check',
  summary: 'Report every problem of the definitions and the vault',
  description: 'Needs no key. Exits with 0 when there is no error, with 1 when there is one.',
  examples: [
    { command: 'lockstep check', does: 'the whole repository' },
    { command: 'lockstep check tools/release-notes.yaml', does: 'one file, against the rest of the repository' },
    { command: 'lockstep check --strict', does: 'also fail on warnings, such as a secret that is to be rotated' },
    { command: 'lockstep check --json', does: 'for scripts and CI' },
  ],
  args: [{ name: 'path', multiple: true, description: 'files or folders; default: everything' }],
  flags: {
    strict: { type: 'boolean', description: 'exit with 1 when there is a warning, too' },
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { problems, report } = await project.check(args.path, context.cwd);
    if (flags.json) {
      const { printJson } = await import('../render/json.ts');
      printJson(context, report);
    } else {
      const { countsText, problemsText } = await import('../render/problems.ts');
      const text = problemsText(problems, context.color.stdout);
      context.stdout.write(`${text}${text === '' ? '' : '\n'}${countsText(report.counts)}\n`);
    }
    const { noteDistrust } = await import('../trust-note.ts');
    await noteDistrust(context, project);
    return report.ok && !(flags.strict && report.counts.warnings > 0) ? EXIT.ok : EXIT.failed;
  },
});
