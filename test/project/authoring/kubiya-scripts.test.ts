import { afterEach, describe, expect, test } from 'vitest';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

/** What the program says on a script that fails. */
async function said(content: string, type = 'bash'): Promise<string> {
  const tool = { name: 't', description: 'd', image: 'alpine:3', type, content };
  workshop = new Workshop({ 'tools/k.json': JSON.stringify({ tools: [tool] }) });
  return (await workshop.run('t', { on: 'host' })).output('main');
}

describe('an error names the line of the script as its author wrote it', () => {
  test.each([
    ['of a script that calls python', '#!/bin/bash\npython -c ""\nno-such-program\n', 3],
    ['of one without a first line that chooses', 'python -c ""\nno-such-program\n', 2],
    ['behind a comment', '# says\npython -c ""\nno-such-program\n', 3],
    ['behind empty lines', '\n\n#!/bin/bash\n\npython -c ""\nno-such-program\n', 6],
    ['behind empty lines, in a margin', '\n    python -c ""\n    no-such-program\n    ', 3],
  ])('%s', async (_, content, line) => {
    expect(await said(content)).toContain(`line ${line}: no-such-program`);
  });

  test('of Python', async () => {
    expect(await said('\n\n    import sys\n    raise SystemExit(undefined)\n', 'python')).toContain(
      'line 4, in <module>',
    );
  });

  test('of Node, where only the first line may choose a program', async () => {
    expect(await said('\n#!/usr/bin/env node\nfunction f() {\n  throw new Error("x")\n}\nf()\n')).toMatch(
      /(?:stdin\]|script\.js):4/,
    );
  });
});
