import { option } from '@oclif/core/args';
import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { SCRIPTS, SHELLS } from '../syntax/completion/scripts.ts';

export default class Completion extends BaseCommand {
  static override summary = 'Print a script that completes commands, flags and names in your shell';
  static override description =
    'Completes the names of tools, agents, secrets, groups, members and runs of the repository, without a key.';
  static override examples = [
    { command: 'eval "$(lockstep completion bash)"', description: 'in ~/.bashrc, for bash 4 or newer' },
    { command: 'eval "$(lockstep completion zsh)"', description: 'in ~/.zshrc, after compinit' },
    { command: 'lockstep completion fish | source', description: 'in ~/.config/fish/config.fish' },
  ];
  static override args = {
    shell: option({ options: SHELLS })({ required: true, ignoreStdin: true, description: 'your shell' }),
  };

  async run(): Promise<number> {
    const { args } = await this.parse(Completion);
    this.context.stdout.write(SCRIPTS[args.shell]);
    return EXIT.ok;
  }
}
