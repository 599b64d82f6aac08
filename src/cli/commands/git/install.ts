import type { HookReport } from '../../../project/git/git-hook.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { toggle } from '../../syntax/flags.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';
import { say } from '../../terminal/say.ts';

export default class GitInstall extends BaseCommand {
  static override summary = 'Let Git call Lockstep to merge vault files, in this clone';
  static override description =
    'Changes of different secrets merge without help. Where two branches changed the same signed file, Git would mix their lines; the merge driver names both sides instead and keeps yours whole.';
  static override examples = [
    { command: 'lockstep git install', description: 'once in each clone' },
    { command: 'lockstep git install --hooks', description: 'and check and scan before each commit' },
  ];
  static override flags = {
    hooks: toggle('also install a pre-commit hook that runs check and scan'),
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { flags } = await this.parse(GitInstall);
    const project = await this.project(flags);
    const { installInGit } = await import('../../../project/git/git-install.ts');
    const { gitCall } = await import('../../../project/git/git-call.ts');
    const { env, program } = this.context;
    const call = await gitCall(project.root, env, program);
    const report = await installInGit(project.root, env, call);
    const { installHook } = await import('../../../project/git/git-hook.ts');
    const hook = flags.hooks ? await installHook(project.root, env, call) : undefined;
    const lines = [
      ...report.attributes.map((line) => `vault/.gitattributes: added ${line}\n`),
      `Git now merges vault files by: ${report.driver}\n`,
    ];
    if (hook !== undefined && hook.state !== 'foreign')
      lines.push(`before each commit: ${hook.line} (${hook.path}, ${hook.state})\n`);
    await this.print(flags, { ...report, ...(hook && { hook }) }, lines.join(''));
    const trouble = hook && troubleText(hook);
    if (trouble === undefined) return EXIT.ok;
    say(this.context.stderr, trouble);
    return EXIT.failed;
  }
}

function troubleText({ path, state, line, works }: HookReport): string | undefined {
  if (state === 'foreign') return `${path} is a hook of your own and was not changed\n  next: add the line: ${line}\n`;
  if (works) return undefined;
  return `the hook cannot start Lockstep, so commits fail: ${line}\n  next: put \`lockstep\` on PATH, then: lockstep git install --hooks\n`;
}
