import { describe, expect, test } from 'vitest';
import { ERAS, McpProgram, textOf } from '../rig/mcp-client.ts';
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
      /^greet succeeded \(run \S+\)\.\nThe tool wrote.*\n<output-(\w+)>\n.*\nhello ada\n<\/output-\1>$/s,
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

describe.each(ERAS)('what %s offers beside calls', (era) => {
  test('a save is in force with the next call, and the client hears of it', async () => {
    using repository = new Repository({ 'tools/greet.yaml': GREET });
    await using program = await McpProgram.start(repository, { era });
    const { client } = program;
    const changed = Promise.withResolvers<void>();
    client.setNotificationHandler('notifications/tools/list_changed', () => changed.resolve());
    if (era === '2026-07-28') await client.listen({ toolsListChanged: true });
    const before = (await client.listTools({}, { cacheMode: 'refresh' })).tools[0]?._meta;
    repository.write(
      'tools/greet.yaml',
      GREET.replace('echo "hello', 'echo "good day,').replace('Greet somebody', 'Salute'),
    );
    await expect
      .poll(async () => textOf(await client.callTool({ name: 'greet', arguments: { name: 'ada' } })))
      .toContain('good day, ada');
    await changed.promise;
    const [after] = (await client.listTools({}, { cacheMode: 'refresh' })).tools;
    expect(after?.description).toBe('Salute.');
    // A host sees that it approved another tool.
    expect(after?._meta).not.toEqual(before);
  });

  test('an agent shows its tools alone, and its instructions as a prompt', async () => {
    using repository = new Repository({
      'tools/greet.yaml': GREET,
      'tools/other.yaml': "kind: tool\nname: other\nsteps: [{id: a, run: 'true'}]\n",
      'agents/host.yaml':
        'kind: agent\nname: host\ndescription: Welcomes people.\ninstructions: Greet everybody.\ntools: [greet]\n',
    });
    await using all = await McpProgram.start(repository, { era });
    expect((await all.client.listTools()).tools.map(({ name }) => name)).toEqual(['greet', 'other']);
    await using program = await McpProgram.start(repository, { era, args: ['--agent', 'host'] });
    const { client } = program;
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['greet']);
    await expect(client.callTool({ name: 'other' })).rejects.toMatchObject({ code: -32602 });
    expect((await client.listPrompts()).prompts).toEqual([{ name: 'host', description: 'Welcomes people.' }]);
    const { messages } = await client.getPrompt({ name: 'host' });
    expect(messages).toEqual([{ role: 'user', content: { type: 'text', text: 'Greet everybody.' } }]);
    expect(client.getInstructions()).toBe('Greet everybody.');
    await expect(client.getPrompt({ name: 'nobody' })).rejects.toMatchObject({ code: -32602 });
  });

  test('problems, plans and runs are resources, and names and values are completed', async () => {
    using repository = new Repository({
      'tools/deploy.yaml':
        "kind: tool\nname: deploy\nargs: {to: {enum: [dev, prod]}, fast: {type: boolean, default: false}}\nsteps: [{id: a, run: 'echo done'}]\n",
    });
    await using program = await McpProgram.start(repository, { era });
    const { client } = program;
    const read = async (uri: string) => {
      const [content] = (await client.readResource({ uri })).contents;
      return content !== undefined && 'text' in content ? content.text : '';
    };
    const called = await client.callTool({ name: 'deploy', arguments: { to: 'dev' } });
    const run = String(called._meta?.['lockstep/run']);
    expect(JSON.parse(await read('lockstep://problems'))).toMatchObject({ current: true, ok: true });
    expect(JSON.parse(await read('lockstep://runs')).runs).toMatchObject([{ run, status: 'succeeded' }]);
    expect(JSON.parse(await read(`lockstep://runs/${run}`))).toMatchObject({ tool: 'deploy', args: { to: 'dev' } });
    expect(await read(`lockstep://runs/${run}/log`)).toBe('== a ==\ndone\n');
    expect(JSON.parse(await read('lockstep://plans/deploy?to=prod'))).toMatchObject({ tool: 'deploy', ready: true });
    const wrong = JSON.parse(await read('lockstep://plans/deploy?to=moon'));
    expect(wrong.problems).toMatchObject([{ code: 'args/invalid' }]);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toContain(`lockstep://runs/${run}`);
    for (const uri of ['lockstep://runs/none', 'lockstep://plans/none', 'lockstep://x', 'file:///etc/passwd', ''])
      await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32602 });
    const { resourceTemplates } = await client.listResourceTemplates();
    const uri = resourceTemplates.find(({ name }) => name === 'plan of deploy')?.uriTemplate ?? '';
    expect(uri).toBe('lockstep://plans/deploy{?to,fast}');
    const complete = async (template: string, name: string, value: string) =>
      (await client.complete({ ref: { type: 'ref/resource', uri: template }, argument: { name, value } })).completion
        .values;
    expect(await complete(uri, 'to', 'p')).toEqual(['prod']);
    expect(await complete(uri, 'fast', '')).toEqual(['false', 'true']);
    expect(await complete('lockstep://plans/{tool}', 'tool', 'd')).toEqual(['deploy']);
    expect(await complete('lockstep://runs/{run}', 'run', '')).toEqual([run]);
  });

  test('a client that asks for it hears of progress, and of each line', async () => {
    using repository = new Repository({
      'tools/two.yaml':
        "kind: tool\nname: two\nsteps: [{id: a, run: 'echo one'}, {id: b, run: 'until [ -e gate ]; do sleep 0.02; done'}]\n",
    });
    await using program = await McpProgram.start(repository, { era });
    const { client } = program;
    const logged: unknown[] = [];
    client.setNotificationHandler('notifications/message', ({ params }) => void logged.push(params));
    const progress: {
      readonly progress: number;
      readonly total?: number | undefined;
      readonly message?: string | undefined;
    }[] = [];
    if (era === '2025-11-25') await client.setLoggingLevel('info');
    const _meta = era === '2026-07-28' ? { _meta: { 'io.modelcontextprotocol/logLevel': 'info' } } : {};
    const onprogress = (one: (typeof progress)[number]) => {
      progress.push(one);
      if (one.message === 'step b started') repository.write('gate', '');
    };
    await client.callTool({ name: 'two', ..._meta }, { onprogress });
    const values = progress.map((one) => one.progress);
    expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
    // The client drops what arrives together with the result.
    expect(progress).toContainEqual({ progress: 1.5, total: 2, message: 'step b started' });
    expect(logged).toContainEqual({
      level: 'info',
      logger: 'two',
      data: expect.objectContaining({ step: 'a', text: 'one\n' }),
    });
  });

  test('more than a thousand tools come in pages', async () => {
    const tool = (at: number) =>
      `kind: tool\nname: tool-${String(at).padStart(4, '0')}\nsteps: [{id: a, run: 'true'}]\n`;
    const text = Array.from({ length: 1100 }, (_, at) => tool(at)).join('---\n');
    using repository = new Repository({ 'tools/many.yaml': text });
    await using program = await McpProgram.start(repository, { era });
    const { client } = program;
    const names: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages += 1) {
      const page = await client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } });
      names.push(...page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(pages).toBe(2);
    expect(names).toHaveLength(1100);
    expect(new Set(names).size).toBe(1100);
    await expect(client.request({ method: 'tools/list', params: { cursor: 'zzz' } })).rejects.toMatchObject({
      code: -32602,
    });
  });
});
