import { liveGroups } from './group.ts';
import { liveMarks } from './marked.ts';
import { startProcess } from './start.ts';

/**
 * Reads `+ NAME` and `- NAME`, a line each; a name is a group or a mark. When its input ends, the process that wrote it has
 * ended: it kills the groups that are left, and what has left them with a mark.
 */
const SCRIPT = `
names=
while read -r sign name <&3; do
  rest=
  for one in $names; do [ "$one" = "$name" ] || rest="$rest $one"; done
  names=$rest
  [ "$sign" = + ] && names="$names $name"
done
marks=
for one in $names; do
  case $one in *=*) marks="$marks -e $one";; *) kill -s KILL -- "-$one";; esac
done
[ -z "$marks" ] && exit
clean=0
for look in 1 2 3 4 5 6 7 8 9; do
  found=
  for file in /proc/[0-9]*/environ; do
    grep -qaF $marks "$file" || continue
    found=yes
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/environ}"
  done
  [ -z "$found" ] && clean=$((clean + 1))
  [ "$clean" = 2 ] && exit
done 2>/dev/null
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
  const write = {
    began: (name: number | string) => void gate.write(`+ ${name}\n`),
    ended: (name: number | string) => void gate.write(`- ${name}\n`),
  };
  const forget = [liveGroups.observe(write), liveMarks.observe(write)];
  return () => {
    for (const one of forget) one();
    gate.end();
  };
}
