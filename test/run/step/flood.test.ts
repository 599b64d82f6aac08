import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCKSTEP, Repository } from '../../rig/repository.ts';

/** Bytes that the step writes. */
const FLOOD = process.env.LONG ? 2_000_000_000 : 200_000_000;
/** Of one stream that are shown: src/run/step/output-reader.ts. */
const SHOWN = 64 * 1024 * 1024;
const LINE = 'a line of a log that never ends, with a canary-secret in it\n';
const PREFIX = 'a | ';

/** What the system tells the parent counts pages from before the program was another: it is to tell by itself. */
const TELLS_PEAK = `const { readFileSync, writeFileSync } = require('node:fs');
process.on('exit', () => writeFileSync(process.env.PEAK_FILE, readFileSync('/proc/self/status')));
`;

test(`${FLOOD / 1e6} MB of output: the cap is exact, all output is masked, and memory stays below 200 MB`, {
  timeout: 300_000,
}, async () => {
  using repository = new Repository({
    'tools/flood.yaml': `kind: tool
name: flood
description: Writes without end.
args: {secret: {type: string, sensitive: true}}
steps:
  - {id: a, shell: sh, run: "yes '${LINE.trimEnd()}' | head -c ${FLOOD}"}
`,
  });
  const peak = join(repository.place, 'peak');
  writeFileSync(join(repository.place, 'tells-peak.cjs'), TELLS_PEAK);
  const args = ['--require', join(repository.place, 'tells-peak.cjs'), LOCKSTEP, 'run', 'flood', '--args-file', '-'];
  const child = spawn(process.execPath, args, { cwd: repository.root, env: { ...repository.env, PEAK_FILE: peak } });
  child.stdin.end('{"secret": "canary-secret"}');
  let [bytes, tail, leaks] = [0, '', 0];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    const text = tail + chunk.toString('latin1');
    leaks += text.split('canary').length - 1;
    tail = text.slice(-200).replaceAll('canary', '');
  }
  expect(leaks).toBe(0);
  const lines = Math.floor(SHOWN / LINE.length);
  const masked = (text: string) => text.replace('canary-secret', '***');
  const cut = LINE.slice(0, SHOWN - lines * LINE.length);
  expect(tail).toContain('stdout is larger than 67108864 bytes; the rest is not shown');
  // The line that the cap cuts has no end, and so comes last.
  const [said = ''] = /a \| stdout is larger[\s\S]*$/.exec(tail) ?? [];
  expect(bytes - said.length).toBe(lines * (PREFIX.length + masked(LINE).length));
  expect(said).toContain(`\n${PREFIX}${cut}\n`);
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(peak, 'utf8')) ?? [];
  expect(Number(kibibytes) / 1024).toBeLessThan(200);
});
