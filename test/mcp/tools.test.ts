import { describe, expect, test } from 'vitest';
import { ERAS, McpProgram } from '../rig/mcp-client.ts';
import { Repository } from '../rig/repository.ts';

const GREET = `kind: tool
name: greet
description: Greet somebody.
args:
  name: {type: string, description: Whom}
  loud: {type: boolean, default: false}
annotations: {readOnly: true}
outputs: {greeting: '\${{ steps.say.outputs.greeting }}'}
steps:
  - id: say
    run: |
      echo "hello $INPUT_NAME"
      echo "greeting=hello $INPUT_NAME" >> "$LOCKSTEP_OUTPUT"
`;

/** The text of a result. */
function textOf(result: { readonly content?: unknown }): string {
  const [first] = result.content as readonly { readonly text: string }[];
  return first?.text ?? '';
}

describe.each(ERAS)('a client of %s', (era) => {
  test('lists the tools with their schemas, and calls them', async () => {
    using repository = new Repository({ 'tools/greet.yaml': GREET });
    await using program = await McpProgram.start(repository, { era });
    const { tools } = await program.client.listTools();
    expect(tools).toEqual([
      {
        name: 'greet',
        description: 'Greet somebody.',
        inputSchema: {
          type: 'object',
          properties: { name: { type: 'string', description: 'Whom' }, loud: { type: 'boolean', default: false } },
          required: ['name'],
          additionalProperties: false,
        },
        outputSchema: {
          type: 'object',
          properties: { greeting: { type: 'string' } },
          required: ['greeting'],
          additionalProperties: false,
        },
        annotations: { readOnlyHint: true },
        _meta: { 'lockstep/digest': expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
      },
    ]);
    const result = await program.client.callTool({ name: 'greet', arguments: { name: 'ada' } });
    expect(result.structuredContent).toEqual({ greeting: 'hello ada' });
    expect(result.isError).toBe(false);
    expect(textOf(result)).toMatch(
      /^greet succeeded \(run \S+\)\.\nWhat stands.*\n<output-(\w+)>\n.*\nhello ada\n<\/output-\1>$/s,
    );
  });

  test('gets the problems of a call as a result, and unknown tools as an error', async () => {
    using repository = new Repository({ 'tools/greet.yaml': GREET });
    await using program = await McpProgram.start(repository, { era });
    const result = await program.client.callTool({ name: 'greet', arguments: { nmae: 'ada' } });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain('greet has no argument "nmae"');
    await expect(program.client.callTool({ name: 'nothing' })).rejects.toMatchObject({ code: -32602 });
  });
});
