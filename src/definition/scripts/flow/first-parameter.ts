import { mayVanish } from '../programs/wrappers.ts';
import type { Command, CommandArgument, SyntaxNode } from '../syntax/shell-tree.ts';
import type { FlowReader } from './shell-flow.ts';

/** How often the functions of a script shift their parameters at most, by the cells of these. */
const SHIFTS = new WeakMap<FlowReader, ReadonlyMap<string, number>>();

/** The words of a call that may be the first parameter when the function runs `"$@"`. */
export function firstWords(name: string, command: Command, reader: FlowReader): readonly CommandArgument[] {
  const shifts = SHIFTS.get(reader) ?? shiftsIn(reader);
  SHIFTS.set(reader, shifts);
  let left = shifts.get(`@${name}`) ?? 0;
  const { marker } = reader.tree;
  const end = command.args.findIndex(({ text }) => !mayVanish(text) && !text.startsWith(marker.prefix) && left-- <= 0);
  return end === -1 ? command.args : command.args.slice(0, end + 1);
}

function shiftsIn(reader: FlowReader): ReadonlyMap<string, number> {
  const shifts = new Map<string, number>();
  for (const command of reader.calls.get('shift') ?? []) {
    const cell = reader.parameters(command);
    shifts.set(cell, (shifts.get(cell) ?? 0) + shifted(command, reader));
  }
  return shifts;
}

function shifted(command: Command, { tree }: FlowReader): number {
  for (const node of tree.upward(command)) {
    if (node.type === 'Function') break;
    if (isLoop(node)) return Number.POSITIVE_INFINITY;
  }
  const [count] = command.args;
  const literal = count === undefined ? '1' : count.type === 'Word' ? tree.literal(count) : undefined;
  return /^\d{1,3}$/.test(literal ?? '') ? Number(literal) : Number.POSITIVE_INFINITY;
}

function isLoop({ type }: SyntaxNode): boolean {
  return /^(?:For|ArithmeticFor|Select|While)$/.test(type);
}
