import type { Command, CommandArgument, ShellTree } from '../syntax/shell-tree.ts';

/** What a word of a command is to the program that gets it. */
export type Role =
  /** `operand`: a "-" in front does no harm; `free`: neither does anything else. */
  | { readonly is: 'data' | 'operand' | 'free' | 'program' | 'name' | 'integer' | 'format' }
  /** `local`: run here, with our variables. */
  | { readonly is: 'code'; readonly language: string; readonly local: boolean };

/** The words of a command behind its name, with their constant texts. */
export class CommandWords {
  readonly roles = new Map<CommandArgument, Role>();
  readonly args: readonly CommandArgument[];
  /** Undefined where an expansion or a hole changes it. */
  readonly texts: readonly (string | undefined)[];

  constructor(command: Command, tree: ShellTree) {
    this.args = command.args;
    this.texts = this.args.map((arg) => tree.literal(arg));
    this.set(0, { is: 'data' });
  }

  set(from: number, role: Role, to = this.args.length): void {
    for (const arg of this.args.slice(from, to)) this.roles.set(arg, role);
  }

  setOne(at: number, role: Role): void {
    this.set(at, role, at + 1);
  }

  isOption(at: number): boolean {
    const text = this.texts[at];
    return text !== undefined && /^[-+]./.test(text);
  }
}
