/**
 * `npm run bench [-- NAME ...] [--rounds N] [--json | --markdown]`: prints one table a measurement; without names, all of
 * them. `steps` and the `-peers` take minutes.
 */
import { parseArgs } from 'node:util';
import { type Grid, renderMarkdown, renderText } from './grid.ts';
import { gridOf, type Table } from './side-by-side.ts';

/** Times side by side, or what is not told by a time. */
type Result = Table | Grid;

const MEASUREMENTS: Readonly<Record<string, () => Promise<(rounds: number) => Result | Promise<Result>>>> = {
  bombs: async () => (await import('./bombs.ts')).measureBombs,
  check: async () => (await import('./check.ts')).measureCheck,
  'check-peers': async () => (await import('./check.ts')).measureCheckPeers,
  console: async () => (await import('./console.ts')).measureConsole,
  engine: async () => (await import('./engine.ts')).measureEngine,
  masking: async () => (await import('./masking.ts')).measureMasking,
  'masking-peers': async () => (await import('./masking-peers.ts')).measureMaskingPeers,
  'mcp-peers': async () => (await import('./mcp-peers.ts')).measureMcpPeers,
  memory: async () => (await import('./memory.ts')).measureMemory,
  serve: async () => (await import('./serve.ts')).measureServe,
  start: async () => (await import('./start.ts')).measureStart,
  'start-peers': async () => (await import('./start-peers.ts')).measureStartPeers,
  steps: async () => (await import('./steps.ts')).measureSteps,
  'steps-peers': async () => (await import('./steps-peers.ts')).measureStepsPeers,
  vault: async () => (await import('./vault.ts')).measureVault,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '25' },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
  },
});

const results: Result[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(MEASUREMENTS)) {
  const load = MEASUREMENTS[name];
  if (load === undefined)
    throw new Error(`no measurement "${name}"; there are: ${Object.keys(MEASUREMENTS).join(', ')}`);
  results.push(await (await load())(Number(values.rounds)));
}
const render = values.markdown ? renderMarkdown : renderText;
const grids = results.map((result) => ('timings' in result ? gridOf(result) : result));
console.log(values.json ? JSON.stringify(results, undefined, 2) : grids.map(render).join('\n\n'));
