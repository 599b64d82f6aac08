import type { TokenReport } from '../../project/serving/tokens.ts';
import { columns } from './table.ts';

export function tokenListText(tokens: readonly TokenReport[]): string {
  if (tokens.length === 0) return 'no tokens\n';
  const rows = tokens.map(({ name, scopes, created, expires, tools, groups }) => [
    name,
    scopes.join(' '),
    created.slice(0, 10),
    expires?.slice(0, 10) ?? '-',
    [...(tools ?? []), ...(groups ?? []).map((group) => `group:${group}`)].join(' ') || 'everything',
  ]);
  return `${columns([['NAME', 'SCOPES', 'MADE', 'EXPIRES', 'FOR'], ...rows])}\n`;
}
