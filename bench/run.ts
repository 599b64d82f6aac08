/** `npm run bench [-- NAME ...] [--rounds N] [--json]`: prints one table a measurement; without names, all of them. */
import { parseArgs } from 'node:util';
import { render, type Table } from './side-by-side.ts';

const MEASUREMENTS: Readonly<Record<string, () => Promise<(rounds: number) => Table | Promise<Table>>>> = {
  bombs: async () => (await import('./bombs.ts')).measureBombs,
  check: async () => (await import('./check.ts')).measureCheck,
  'check-peers': async () => (await import('./check.ts')).measureCheckPeers,
  masking: async () => (await import('./masking.ts')).measureMasking,
  start: async () => (await import('./start.ts')).measureStart,
  vault: async () => (await import('./vault.ts')).measureVault,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '25' }, json: { type: 'boolean', default: false } },
});

const tables: Table[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(MEASUREMENTS)) {
  const load = MEASUREMENTS[name];
  if (load === undefined)
    throw new Error(`no measurement "${name}"; there are: ${Object.keys(MEASUREMENTS).join(', ')}`);
  tables.push(await (await load())(Number(values.rounds)));
}
console.log(values.json ? JSON.stringify(tables, undefined, 2) : tables.map(render).join('\n\n'));
