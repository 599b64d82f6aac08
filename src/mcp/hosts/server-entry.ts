import type { View } from '../access.ts';

/** How a host starts `lockstep mcp`. It holds no value: the server opens what it needs with the user's identity. */
export interface ServerEntry {
  readonly command: string;
  readonly args: readonly string[];
}

/** The name of the entry: a host puts it before the names of the tools. */
export function entryName({ agent }: View): string {
  return agent === undefined ? 'lockstep' : `lockstep-${agent}`;
}

/** @param program what starts Lockstep: Node and the script */
export function serverEntry(program: readonly string[], root: string, { agent, group }: View): ServerEntry {
  const [command = 'lockstep', ...before] = program;
  const flags = [
    ...(agent === undefined ? [] : ['--agent', agent]),
    ...(group === undefined ? [] : ['--group', group]),
  ];
  return { command, args: [...before, '-C', root, 'mcp', ...flags] };
}
