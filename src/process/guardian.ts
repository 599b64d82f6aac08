import { observeGroups } from './group.ts';
import { startProcess } from './start.ts';

/**
 * Reads `+ GROUP` and `- GROUP`, a line each. When its input ends, the process that wrote it has ended: it kills the groups that are left.
 */
const SCRIPT = `
groups=
while read -r sign group <&3; do
  rest=
  for one in $groups; do [ "$one" = "$group" ] || rest="$rest $one"; done
  groups=$rest
  [ "$sign" = + ] && groups="$groups $group"
done
for one in $groups; do kill -s KILL -- "-$one"; done
`;

/**
 * From here on, a process beside this one kills all process groups of ours when this process is killed: steps must not work
 * on while another worker does them again. Resolves with what ends it, or with null where there is no shell.
 */
export async function startGuardian(): Promise<(() => void) | null> {
  const shell = await startProcess(
    { file: '/bin/sh', args: ['-c', SCRIPT], cwd: '/', env: {} },
    { stdin: 'ignore', output: 'ignore', ownGroup: true, gate: true },
  );
  if (typeof shell === 'string' || shell.gate === null) return null;
  const { gate } = shell;
  gate.on('error', () => undefined);
  const forget = observeGroups({
    began: (group) => void gate.write(`+ ${group}\n`),
    ended: (group) => void gate.write(`- ${group}\n`),
  });
  return () => {
    forget();
    gate.end();
  };
}
