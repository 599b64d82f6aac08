import { option } from '@oclif/core/args';
import { visibleLine } from '../../text/visible.ts';
import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { cutAtDashes } from '../syntax/command-words.ts';
import { complete } from '../syntax/completion/complete.ts';
import { SHELLS } from '../syntax/completion/scripts.ts';
import { asLockstepConfig } from '../syntax/lockstep-config.ts';

export default class Complete extends BaseCommand {
  static override summary = 'What a completion script asks; one candidate a line, with a tab before its description';
  static override hidden = true;
  static override usage = 'complete SHELL -- WORDS';
  static override args = {
    shell: option({ options: SHELLS })({ required: true, ignoreStdin: true, description: 'the shell that asks' }),
  };

  async run(): Promise<number> {
    const { own, others } = cutAtDashes(this.argv);
    const { args } = await this.parse(Complete, own);
    const words = args.shell === 'bash' ? rejoined(others) : others;
    const completion = await complete(words, asLockstepConfig(this.config));
    if (completion === 'files') this.context.stdout.write(':files\n');
    else {
      const skipped = args.shell === 'bash' ? (/^.*[:=]/s.exec(words.at(-1) ?? '')?.[0].length ?? 0) : 0;
      for (const { word, description = '' } of completion)
        this.context.stdout.write(`${word.slice(skipped)}\t${visibleLine(description)}\n`);
    }
    return EXIT.ok;
  }
}

/** bash passes `--group=prod` and `tool:hello` as three words, and wants only the last of them back. */
function rejoined(words: readonly string[]): string[] {
  const joined: string[] = [];
  let glue = false;
  for (const word of words) {
    const isBreak = word === ':' || word === '=';
    if ((isBreak || glue) && joined.length > 0) joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
    glue = isBreak;
  }
  return joined;
}
