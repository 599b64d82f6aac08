import type { Command, SyntaxNode } from '../syntax/shell-tree.ts';
import { Flow } from './flow.ts';
import type { FollowedScript } from './followed-script.ts';
import type { FlowReader } from './shell-flow.ts';

const RUN_BY_OTHERS = 'other shells than bash run what stands behind && and || of [[ ]]: use [ ], or say `shell: bash`';
const READ_BY_OTHERS = 'other shells than bash read it as a command or a file: say `shell: bash`';

type TestBinary = Extract<SyntaxNode, { type: 'TestBinary' }>;

/** Under `sh`: what dash and busybox read as something else than bash does. */
export function limitOtherShells(node: SyntaxNode, { reader, limits }: FollowedScript): void {
  if (node.type === 'TestLogical')
    for (const operand of node.operands.slice(1))
      limits.limit(firstOfTest(operand, reader), 'never', RUN_BY_OTHERS, { direct: false });
  else if (node.type === 'TestBinary' && isReadByOthers(node))
    limits.limit(reader.of(node.right), 'never', READ_BY_OTHERS, { direct: false });
  else if (node.type === 'Command')
    for (const word of behindBoth(node)) limits.limit(reader.of(word), 'never', READ_BY_OTHERS, { direct: false });
}

/** `[[ a < b ]]` and `[[ a =~ b|c ]]`: a redirection, and a pipe. */
export function isReadByOthers({ operator, right }: TestBinary): boolean {
  return /^[<>]$/.test(operator) || (operator === '=~' && /[|&;<>()]/.test(right.text));
}

/** The words behind `&> file`: dash takes them for a command of their own. */
function behindBoth({ args, redirects }: Command): Command['args'] {
  const both = redirects.find((one) => one.type === 'Redirect' && one.operator.startsWith('&>'));
  return both === undefined ? [] : args.filter(({ pos }) => pos > both.pos);
}

/** What other shells than bash take for a command in a test. */
function firstOfTest(node: SyntaxNode, reader: FlowReader): Flow {
  if (node.type === 'TestBinary') return reader.of(node.left);
  const [first] = node.type === 'TestLogical' ? node.operands : [];
  return first === undefined ? new Flow() : firstOfTest(first, reader);
}
