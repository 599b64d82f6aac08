import { LockstepError } from '../../errors.ts';
import type { CheckResult } from '../../project/check.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

const FORMATS = ['text', 'json', 'sarif', 'github'] as const;

export const check = defineCommand({
  name: 'check',
  summary: 'Report every problem of the definitions and the vault',
  description: 'Needs no key. Exits with 0 when there is no error, with 1 when there is one.',
  examples: [
    { command: 'lockstep check', does: 'the whole repository' },
    { command: 'lockstep check tools/release-notes.yaml', does: 'one file, against the rest of the repository' },
    { command: 'lockstep check --strict', does: 'also fail on warnings, such as a secret that is to be rotated' },
    { command: 'lockstep check --json', does: 'for scripts' },
    { command: 'lockstep check --explain schema/type', does: 'what a code means, and how it is mended' },
    { command: 'lockstep check --format github', does: 'as annotations, in a workflow of GitHub Actions' },
  ],
  args: [{ name: 'path', multiple: true, description: 'files or folders; default: everything' }],
  flags: {
    strict: { type: 'boolean', description: 'exit with 1 when there is a warning, too' },
    format: {
      type: 'string',
      options: FORMATS,
      description: 'text; json; sarif for code scanning; github for annotations in a workflow; default: text',
    },
    json: { type: 'boolean', description: 'the same as --format json' },
    explain: {
      type: 'string',
      value: 'CODE',
      description: 'instead of checking, print what a code means, with examples',
    },
  },
  async run(context, { args, flags }) {
    const format = formatOf(flags);
    if (flags.explain !== undefined) return explain(context, flags.explain, format === 'json');
    const project = await openProject(context, flags);
    const result = await project.check(args.path, context.cwd);
    await show(context, format, result, project.root);
    const { noteDistrust } = await import('../trust-note.ts');
    await noteDistrust(context, project);
    const { ok, counts } = result.report;
    return ok && !(flags.strict && counts.warnings > 0) ? EXIT.ok : EXIT.failed;
  },
});

async function explain(context: Context, code: string, json: boolean): Promise<number> {
  const { problemPages } = await import('../problem-pages.ts');
  const pages = problemPages();
  const text = pages.get(code);
  if (text === undefined) {
    const { didYouMean } = await import('../../text/suggestion.ts');
    const hint = didYouMean(code, pages.keys()) ?? 'a code stands in brackets behind each message';
    throw new LockstepError('usage/invalid', `there is no problem ${code}`, [hint]);
  }
  if (json) (await import('../render/json.ts')).printJson(context, { code, text });
  else context.stdout.write(`${code}\n\n${text}\n`);
  return EXIT.ok;
}

type Format = (typeof FORMATS)[number];

function formatOf({ format, json }: { readonly format: Format | undefined; readonly json: boolean }): Format {
  if (!json) return format ?? 'text';
  if (format === undefined || format === 'json') return 'json';
  throw new LockstepError('usage/invalid', `--json and --format ${format} are two formats`, ['give one of the two']);
}

async function show(context: Context, format: Format, { problems, report }: CheckResult, root: string): Promise<void> {
  const { countsText, problemsText } = await import('../render/problems.ts');
  switch (format) {
    case 'text': {
      const text = problemsText(problems, context.color.stdout);
      context.stdout.write(`${text}${text === '' ? '' : '\n'}${countsText(report.counts)}\n`);
      const [first] = problems;
      if (first !== undefined && context.terminal.stdout)
        context.stdout.write(`what a code means: lockstep check --explain ${first.code}\n`);
      return;
    }
    case 'json':
      (await import('../render/json.ts')).printJson(context, report);
      return;
    case 'github': {
      const { githubText } = await import('../render/github.ts');
      context.stdout.write(`${githubText(problems, await prefixOf(root))}${countsText(report.counts)}\n`);
      return;
    }
    case 'sarif': {
      const { sarifLog } = await import('../render/sarif.ts');
      const { problemPages } = await import('../problem-pages.ts');
      const log = sarifLog(problems, await prefixOf(root), problemPages());
      (await import('../render/json.ts')).printJson(context, log);
    }
  }
}

/** Whoever reads these formats counts paths from the top of the work tree. */
async function prefixOf(root: string): Promise<string> {
  const { pathInWorkTree } = await import('../../project/git.ts');
  return pathInWorkTree(root);
}
