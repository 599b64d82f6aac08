import { LockstepError } from '../../errors.ts';
import type { CheckResult } from '../../project/checking/check.ts';
import type { GroupChoice } from '../../project/checking/group-problems.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { choice, remainingArguments, text, toggle } from '../syntax/flags.ts';
import { groupFlag } from '../syntax/shared-flags.ts';
import { say, sayCommands } from '../terminal/say.ts';

const FORMATS = ['text', 'json', 'sarif', 'github'] as const;

export default class Check extends BaseCommand {
  static override summary = 'Report every problem of the definitions and the vault';
  static override description =
    'Needs no key. Exit codes: 0 no errors, 1 errors. Looks up secrets in the group that `run` would use. When the vault has several groups and you name none, a secret may be in any of them.';
  static override examples = [
    { command: 'lockstep check', description: 'the whole repository' },
    {
      command: 'lockstep check tools/release-notes.yaml',
      description: 'one file, with the rest of the repository in mind',
    },
    {
      command: 'lockstep check --strict',
      description: 'also fail on warnings, such as a secret that has to be rotated',
    },
    { command: 'lockstep check --all-groups', description: 'every group has to hold what the tools ask for' },
    { command: 'lockstep check --json', description: 'for scripts' },
    { command: 'lockstep check --explain schema/type', description: 'what a code means, and how to fix it' },
    { command: 'lockstep check --format github', description: 'annotations, in a GitHub Actions workflow' },
  ];
  static override args = { path: remainingArguments('files or folders; default: everything') };
  static override flags = {
    group: groupFlag,
    'all-groups': toggle('look for the secrets of tools in every group'),
    staged: toggle('leave out the warnings of files that are not staged in Git, as the pre-commit hook does'),
    strict: toggle('also exit with 1 when there is a warning'),
    format: choice(FORMATS, 'text; json; sarif for code scanning; github for annotations in a workflow; default: text'),
    json: toggle('same as --format json'),
    explain: text('CODE', 'check nothing; print what a code means, with examples'),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Check);
    const format = formatOf(flags);
    if (flags.explain !== undefined) return explain(this.context, flags.explain, format === 'json');
    const project = await this.project(flags);
    // A vault that cannot be opened is among the problems.
    const vault = await project.vault.open().catch(() => null);
    vault?.requireNamedRoot();
    if (flags.staged && args.path.length > 0)
      throw new LockstepError('usage/invalid', 'give --staged or paths', ['lockstep check --staged']);
    const choice = { ...groupChoice(flags), staged: flags.staged };
    const result = await project.check(args.path, this.context.cwd, choice);
    await show(this.context, format, result, project.root);
    const { noteDistrust } = await import('../trust-note.ts');
    await noteDistrust(this.context, project);
    const { ok, counts } = result.report;
    return ok && !(flags.strict && counts.warnings > 0) ? EXIT.ok : EXIT.failed;
  }
}

async function explain(context: Context, code: string, json: boolean): Promise<number> {
  const { problemPages } = await import('../problem-pages.ts');
  const pages = problemPages();
  const text = pages.get(code);
  if (text === undefined) {
    const { didYouMean } = await import('../../text/suggestion.ts');
    const hint = didYouMean(code, pages.keys()) ?? 'codes are in brackets after each message of `lockstep check`';
    throw new LockstepError('usage/invalid', `${code} is not a problem code`, [hint]);
  }
  if (json) (await import('../render/json.ts')).printJson(context, { code, text });
  else say(context.stdout, `${code}\n\n${text}\n`);
  return EXIT.ok;
}

function groupChoice(flags: { readonly group: string | undefined; readonly 'all-groups': boolean }): GroupChoice {
  const { group, 'all-groups': allGroups } = flags;
  if (group === undefined) return { allGroups };
  if (!allGroups) return { group };
  throw new LockstepError('usage/invalid', 'give one of --group and --all-groups', ['lockstep check --all-groups']);
}

type Format = (typeof FORMATS)[number];

function formatOf({ format, json }: { readonly format: Format | undefined; readonly json: boolean }): Format {
  if (!json) return format ?? 'text';
  if (format === undefined || format === 'json') return 'json';
  throw new LockstepError('usage/invalid', `--json and --format ${format} are two formats`, ['give only one of them']);
}

async function show(context: Context, format: Format, { problems, report }: CheckResult, root: string): Promise<void> {
  const { countsText, problemsText } = await import('../render/problems.ts');
  switch (format) {
    case 'text': {
      const text = problemsText(problems, context.color.stdout);
      say(context.stdout, `${text}${text === '' ? '' : '\n'}${countsText(report.counts)}\n`);
      const [first] = problems;
      if (first !== undefined && context.terminal.stdout)
        say(context.stdout, `what a code means: lockstep check --explain ${first.code}\n`);
      return;
    }
    case 'json':
      (await import('../render/json.ts')).printJson(context, report);
      return;
    case 'github': {
      const { githubText } = await import('../render/github.ts');
      sayCommands(context.stdout, `${githubText(problems, await prefixOf(root))}${countsText(report.counts)}\n`);
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

/** The path from the top of the work tree to the root: paths in these formats begin at the top. */
async function prefixOf(root: string): Promise<string> {
  const { pathInWorkTree } = await import('../../project/repository/git-dir.ts');
  return pathInWorkTree(root);
}
