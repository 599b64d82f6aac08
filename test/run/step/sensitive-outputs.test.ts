import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OutputSeal } from '../../../src/run/step/output-seal.ts';
import { Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';
import { Workshop } from '../../rig/workshop.ts';

const MINT = `steps:
  - id: mint
    outputs: [{name: token, sensitive: true}, user]
    run: |
      echo "token=canary-$RANDOM-minted" >> "$LOCKSTEP_OUTPUT"
      sed -n 's/token=/user=bearer of /p' "$LOCKSTEP_OUTPUT" >> "$LOCKSTEP_OUTPUT.more"; cat "$LOCKSTEP_OUTPUT.more" >> "$LOCKSTEP_OUTPUT"
  - {id: use, env: {T: '\${{ steps.mint.outputs.token }}', U: '\${{ steps.mint.outputs.user }}'}, run: 'echo "$T"; printf %s "$T" | base64; echo "$U"; printf %s "$T" > got'}
`;
const got = (root: string) => readFileSync(join(root, 'got'), 'utf8');

describe('an output that is declared sensitive', () => {
  test('is passed on unchanged, and masked everywhere else, in any form', async () => {
    using workshop = new Workshop({ 'tools/main.yaml': MINT });
    const { outcome, events, output } = await workshop.run('main');
    expect([outcome.status, got(workshop.root)]).toEqual(['succeeded', expect.stringMatching(/^canary-\d+-minted$/)]);
    expect(output('use')).toBe('***\n***\nbearer of ***\n');
    expect(JSON.stringify([outcome, events])).not.toMatch(/canary-\d/);
    const [journal = ''] = readdirSync(join(workshop.place, 'state/runs'));
    expect(readFileSync(join(workshop.place, 'state/runs', journal), 'utf8')).not.toMatch(/canary-\d/);
  });

  test('passes through called tools, whose arguments and outputs carry it, to the caller alone', async () => {
    using workshop = new Workshop({
      'tools/main.yaml': `steps:
  - {id: login, uses: mint}
  - {id: use, uses: use, with: {token: '\${{ steps.login.outputs.token }}'}}
  - {id: open, env: {T: '\${{ steps.login.outputs.token }} \${{ steps.login.outputs.plain }}'}, run: 'echo "$T"'}
outputs: {all: '\${{ steps.login.outputs.token }}', token: {value: '\${{ steps.login.outputs.token }}', sensitive: true}}
`,
      'tools/mint.yaml': `steps:
  - {id: make, output: json, outputs: [{name: token, sensitive: true}], run: 'echo "{\\"token\\": \\"canary-12-minted\\", \\"n\\": 1}"'}
outputs:
  token: {value: '\${{ steps.make.outputs.token }}', sensitive: true}
  plain: 'not \${{ steps.make.outputs.token }}'
`,
      'tools/use.yaml': `args: {token: {type: string}}
steps: [{id: it, run: 'printf %s "$INPUT_TOKEN" > got; cat $LOCKSTEP_INPUT'}]
`,
    });
    const { outcome, events, output } = await workshop.run('main');
    expect([outcome.status, got(workshop.root)]).toEqual(['succeeded', 'canary-12-minted']);
    expect([output('login/make'), output('use/it'), output('open')]).toEqual([
      '{"token": "***", "n": 1}\n',
      '{"token":"***"}',
      '*** not ***\n',
    ]);
    expect(outcome.outputs).toEqual({ all: '***', token: '***' });
    expect(JSON.stringify([outcome, events])).not.toContain('canary-12');
  });

  test('is sensitive in every item of a forEach', async () => {
    using workshop = new Workshop({
      'tools/main.yaml': `steps:
  - {id: each, forEach: '\${{ fromJSON(''["a","b"]'') }}', outputs: [{name: token, sensitive: true}], run: 'echo "token=canary-$ITEM-minted" >> $LOCKSTEP_OUTPUT'}
  - {id: use, env: {ALL: '\${{ steps.each.outputs.token }}'}, run: 'printf %s "$ALL" > got; echo "$ALL"'}
`,
    });
    const { output, events } = await workshop.run('main');
    expect([output('use'), got(workshop.root)]).toEqual(['["***","***"]\n', '["canary-a-minted","canary-b-minted"]']);
    expect(JSON.stringify(events)).not.toContain('canary-a');
  });

  test('is masked in steps that already run', async () => {
    using workshop = new Workshop();
    const gate = workshop.gate();
    workshop.write(
      'tools/main.yaml',
      `steps:
  - {id: late, run: 'echo ready canary-9; read x < ${gate.path}; echo "-minted; now canary-9-minted"'}
  - {id: mint, needs: [], outputs: [{name: token, sensitive: true}], run: 'echo "token=canary-9-minted" >> $LOCKSTEP_OUTPUT'}
  - {id: open, needs: [mint], run: 'echo go > ${gate.path}'}
`,
    );
    expect((await workshop.run('main')).output('late')).toBe('ready canary-9\n-minted; now ***\n');
  });

  test('holds back the standard output of its step until it is known, and for good where the step fails', async () => {
    const step = (end: string) =>
      `steps: [{id: a, output: text, outputs: [{name: text, sensitive: true}], run: 'echo canary-7-minted; exit ${end}'}]`;
    using workshop = new Workshop({ 'tools/good.yaml': step('0'), 'tools/bad.yaml': step('3') });
    expect((await workshop.run('good')).output('a')).toBe('***\n');
    const { events, output } = await workshop.run('bad');
    expect([output('a'), JSON.stringify(events)]).toEqual(['', expect.stringContaining('is not shown')]);
    expect(JSON.stringify(events)).not.toContain('canary-7');
  });

  test('does not carry a secret of the vault to a tool without the grant, and is reported when it is too short', async () => {
    using workshop = await Workshop.open(
      {
        'tools/main.yaml': `steps:
  - {id: steal, secrets: [TOKEN], outputs: [{name: t, sensitive: true}, {name: pin, sensitive: true}], run: 'echo "t=x$TOKEN" >> $LOCKSTEP_OUTPUT; echo "pin=1234" >> $LOCKSTEP_OUTPUT'}
  - {id: use, env: {T: '\${{ steps.steal.outputs.t }}'}, run: 'printf %s "$T" > got'}
`,
      },
      { TOKEN: 'canary-of-the-vault' },
    );
    const { events } = await workshop.run('main');
    expect(got(workshop.root)).toBe('x***');
    expect(JSON.stringify(events)).toContain('the output \\"pin\\" is shorter than 6 bytes');
  });
});

describe('an output that is written twice, or is made from another', () => {
  test('is passed on each time, also at another attempt of a call', async () => {
    using workshop = new Workshop({
      'tools/main.yaml': `steps:
  - {id: a, uses: mint, retry: {limit: 1, delay: 1ms}}
  - {id: b, env: {T: '\${{ steps.a.outputs.token }}'}, outputs: [{name: url, sensitive: true}], run: 'echo "url=https://x:$T@host" >> $LOCKSTEP_OUTPUT'}
  - {id: use, env: {U: '\${{ steps.b.outputs.url }}'}, run: 'printf %s "$U" > got; echo "$U"'}
`,
      'tools/mint.yaml': `steps:
  - {id: make, outputs: [{name: token, sensitive: true}], run: 'echo "token=same-canary-1" >> $LOCKSTEP_OUTPUT'}
  - {id: once, run: 'if ! [ -e been ]; then touch been; exit 1; fi'}
outputs: {token: {value: '\${{ steps.make.outputs.token }}', sensitive: true}}
`,
    });
    const { output, events } = await workshop.run('main');
    expect([got(workshop.root), output('use')]).toEqual(['https://x:same-canary-1@host', '***\n']);
    expect(JSON.stringify(events)).not.toMatch(/same-canary|shorter than/);
  });

  test('numbers in a JSON output are masked, too', async () => {
    using workshop = new Workshop({
      'tools/main.yaml': `steps:
  - {id: a, output: json, outputs: [{name: creds, sensitive: true}], run: 'echo "{\\"creds\\": {\\"the-key\\": 123456789012}}"'}
  - {id: b, env: {C: '\${{ steps.a.outputs.creds }}'}, run: 'echo "$C 123456789012"'}
`,
    });
    const { output } = await workshop.run('main');
    expect([output('a'), output('b')]).toEqual(['{"creds": {"the-key": ***}}\n', '*** ***\n']);
  });
});

const HELD = `kind: tool
name: held
description: Makes a token and waits.
secrets: [TOKEN]
steps:
  - id: mint
    output: json
    outputs: [{name: token, sensitive: true}]
    run: 'echo mint >> marks; echo "{\\"token\\": {\\"t\\": \\"canary-$RANDOM-minted\\"}}"'
  - {id: use, env: {T: '\${{ fromJSON(steps.mint.outputs.token).t }}'}, run: 'echo waiting; while [ -e tools ] && ! [ -e go ]; do sleep 0.02; done; printf %s "$T" > got; echo "$T"'}
`;

describe('in the journal', () => {
  async function killed(secret: boolean) {
    const repository = new Repository({ 'tools/held.yaml': secret ? HELD : HELD.replace('secrets: [TOKEN]\n', '') });
    await repository.must(['init']);
    if (secret) await repository.must(['secret', 'set', 'TOKEN'], 'canary-of-the-vault');
    await using running = new RunningProgram(repository, ['run', 'held']);
    await running.until('waiting');
    running.signal('SIGKILL');
    await running.ended;
    writeFileSync(join(repository.root, 'go'), '');
    const [file = ''] = readdirSync(join(repository.place, 'state/runs'));
    return {
      repository,
      run: file.slice(0, -'.jsonl'.length),
      text: () => readFileSync(join(repository.place, 'state/runs', file), 'utf8'),
    };
  }
  const marks = ({ root }: Repository) => readFileSync(join(root, 'marks'), 'utf8');

  test('it is sealed, and a resumed run has it and masks it', async () => {
    const { repository, run, text } = await killed(true);
    using _ = repository;
    expect(text()).toContain('"sealed":{"token"');
    expect(await repository.must(['runs', 'resume', run])).toContain('use | ***');
    expect([marks(repository), got(repository.root)]).toEqual(['mint\n', expect.stringMatching(/^canary-\d+-minted$/)]);
    expect(text()).not.toMatch(/canary-\d/);
    expect(await repository.must(['runs', 'retry', run, '--from', 'use'])).toContain('use | ***');
    expect(marks(repository)).toBe('mint\n');
  });

  test('without a key it is not kept, and the step runs again', async () => {
    const { repository, run, text } = await killed(false);
    using _ = repository;
    expect(text()).toContain('"lost":["token"]');
    expect(await repository.must(['runs', 'resume', run])).toContain('ok held');
    expect(marks(repository)).toBe('mint\nmint\n');
  });

  test('a resume that cannot begin leaves the run to the next one', async () => {
    const { repository, run } = await killed(true);
    using _ = repository;
    repository.env.LOCKSTEP_IDENTITY_FILE = '/nonexistent';
    expect((await repository.lockstep(['runs', 'resume', run])).code).toBe(3);
    delete repository.env.LOCKSTEP_IDENTITY_FILE;
    expect(await repository.must(['runs', 'resume', run])).toContain('ok held');
    const left = readdirSync(join(repository.place, 'state/runs'));
    expect(left).toEqual([`${run}.jsonl`]);
  });

  test('a seal that was changed or moved there is ignored, and the step runs again', async () => {
    const { repository, run, text } = await killed(true);
    using _ = repository;
    const changed = text().replace(/"sealed":\{"token":"..../, (found) => `${found.slice(0, -4)}AAAA`);
    writeFileSync(join(repository.place, 'state/runs', `${run}.jsonl`), changed);
    expect(await repository.must(['runs', 'resume', run])).toContain('ok held');
    expect(marks(repository)).toBe('mint\nmint\n');
  });
});

test('a seal opens only at its place, under its key, and unchanged', () => {
  const seal = new OutputSeal(Buffer.alloc(32, 1));
  const sealed = seal.seal('a/b', 'token', 'ü value');
  expect(seal.open('a/b', 'token', sealed)).toBe('ü value');
  expect(seal.open('a', 'token', sealed)).toBe(null);
  expect(seal.open('a/b', 'other', sealed)).toBe(null);
  expect(new OutputSeal(Buffer.alloc(32, 2)).open('a/b', 'token', sealed)).toBe(null);
  const bytes = Buffer.from(sealed, 'base64');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(seal.open('a/b', 'token', changed.toString('base64'))).toBe(null);
  }
  for (const text of ['', 'AAAA', '*']) expect(seal.open('a/b', 'token', text)).toBe(null);
});
