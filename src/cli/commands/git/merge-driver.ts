import { resolve } from 'node:path';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { say } from '../../terminal/say.ts';

export default class GitMergeDriver extends BaseCommand {
  static override summary = 'Merge a vault file that both sides changed; Git calls this';
  static override description =
    'Set up by `lockstep git install`. Needs no key. Exits with 1 where a person has to choose.';
  static override examples = [
    { command: 'lockstep git merge-driver %O %A %B %P', description: 'the way Git calls it' },
  ];
  static override args = {
    base: argument('the common ancestor'),
    ours: argument('our side; the result is written here'),
    theirs: argument('their side'),
    path: argument('the path of the file in the repository'),
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args } = await this.parse(GitMergeDriver);
    const { mergeInPlace } = await import('../../../project/git/git-install.ts');
    const at = (path: string) => resolve(this.context.cwd, path);
    const conflict = mergeInPlace({
      base: at(args.base),
      ours: at(args.ours),
      theirs: at(args.theirs),
      path: args.path,
    });
    if (conflict === null) return EXIT.ok;
    say(
      this.context.stderr,
      `${args.path}: ${conflict}\n  the file holds your side; to take theirs: git checkout --theirs -- '${args.path}'\n  then: git add '${args.path}', and make the change of the other side again\n`,
    );
    return EXIT.failed;
  }
}
