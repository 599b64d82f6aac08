import { describe, expect, test } from 'vitest';
import { pinnedGrants } from '../../../src/project/secrets/pinned-grants.ts';
import { Secrets } from '../../../src/project/secrets/secrets.ts';
import { Workshop } from '../../rig/workshop.ts';

const ASKS = 'description: d\nsecrets: [TOKEN]\nsteps:\n  - {id: one, run: echo "$TOKEN"}\n';

/** What `check` advises: `code place-of-it`, and the words. */
async function advice(files: Readonly<Record<string, string>>, values: Record<string, readonly string[]>) {
  using workshop = new Workshop();
  return await adviceIn(await filled(workshop, files, values));
}

async function filled(
  workshop: Workshop,
  files: Readonly<Record<string, string>>,
  values: Record<string, readonly string[]>,
): Promise<Workshop> {
  const { initProject } = await import('../../../src/project/vault/init-project.ts');
  await initProject({ root: workshop.root, env: workshop.env });
  for (const [path, text] of Object.entries(files)) workshop.write(path, text);
  for (const [name, allow] of Object.entries(values)) await workshop.set(name, 'a value of it', allow);
  return workshop;
}

async function adviceIn(workshop: Workshop): Promise<string[]> {
  const { problems, report } = await (await workshop.project()).check();
  expect(report.counts.errors).toBe(0);
  return problems.map(({ code, message, at }) => `${code} ${at?.source.path}: ${message}`);
}

describe('check does not advise', () => {
  test.each([
    ['of what is asked for, mentioned and granted', { 'tools/post.yaml': ASKS }, { TOKEN: ['tool:post'] }],
    [
      'of a secret that an agent alone is granted',
      {
        'tools/post.yaml': ASKS,
        'agents/ops.yaml': 'description: d\ninstructions: i\ntools: [post]\nsecrets: [TOKEN]\n',
      },
      { TOKEN: ['agent:ops'] },
    ],
    [
      'of a ceiling for a tool that a tool of the agent calls',
      {
        'tools/post.yaml': ASKS,
        'tools/all.yaml': 'description: d\nsteps:\n  - {id: one, uses: post}\n',
        'agents/ops.yaml': 'description: d\ninstructions: i\ntools: [all]\nsecrets: [TOKEN]\n',
      },
      { TOKEN: ['tool:post'] },
    ],
    ['of a grant to exec', {}, { TOKEN: ['exec'] }],
    [
      'of a variable that the program which is called reads',
      {
        'tools/a.yaml': 'secrets: [GITHUB_TOKEN]\nsteps:\n  - {id: one, run: gh pr list}\n',
        'tools/b.yaml': 'secrets: [AWS_SECRET_ACCESS_KEY]\nsteps:\n  - {id: one, run: aws s3 ls}\n',
        'tools/c.yaml': 'secrets: [PGPASSWORD]\nsteps:\n  - {id: one, run: psql -c "select 1"}\n',
      },
      { GITHUB_TOKEN: ['tool:a'], AWS_SECRET_ACCESS_KEY: ['tool:b'], PGPASSWORD: ['tool:c'] },
    ],
    [
      'of a variable that a called file, a comment or another name mentions',
      {
        'tools/a.yaml': 'secrets: [TOKEN]\nsteps:\n  - {id: one, run: ./scripts/a.sh}\n',
        'scripts/a.sh': 'echo "$TOKEN"\n',
        'tools/b.yaml': 'secrets: [TOKEN]\nsteps:\n  - id: one\n    run: |\n      program # reads TOKEN\n',
        'tools/c.yaml': 'secrets: [{name: TOKEN, env: KEY}]\nsteps:\n  - {id: one, run: echo "$KEY"}\n',
        'tools/d.yaml':
          'secrets: [TOKEN]\nsteps:\n  - {id: one, shell: python, run: "import os; print(dict(os.environ))"}\n',
        'tools/e.yaml': 'secrets: [TOKEN]\nfiles: [../lib/x.py]\nsteps:\n  - {id: one, run: python3 -m lib.x}\n',
        'lib/x.py': 'import os\nos.environ["TOKEN"]\n',
      },
      { TOKEN: ['tool:a', 'tool:b', 'tool:c', 'tool:d', 'tool:e'] },
    ],
    [
      'of a called file without a grant by digest',
      { 'tools/post.yaml': ASKS.replace('echo', './x.sh; echo'), 'x.sh': 'exit\n' },
      { TOKEN: ['tool:post'] },
    ],
    [
      'of an optional secret that nobody grants',
      { 'tools/post.yaml': ASKS.replace('[TOKEN]', '[{name: TOKEN, required: false}]') },
      { TOKEN: ['exec'] },
    ],
  ])('%s', async (_, files, values) => {
    expect(await advice(files as Record<string, string>, values as unknown as Record<string, string[]>)).toEqual([]);
  });
});

describe('check advises', () => {
  test('where no tool asks for a granted secret', async () => {
    const files = {
      'tools/post.yaml': ASKS,
      'tools/other.yaml': 'description: d\nsteps:\n  - {id: one, run: echo}\n',
      'agents/ops.yaml': 'description: d\ninstructions: i\ntools: [other]\n',
    };
    const values = { TOKEN: ['*', 'agent:ops', 'agent:opps', 'tool:other', 'tool:post', 'tool:pots'] };
    expect(await advice(files, values)).toEqual([
      'secret/unused-grant vault/default/TOKEN.yaml: TOKEN in default is granted to *, and it allows anything that is added to the repository',
      'secret/unused-grant vault/default/TOKEN.yaml: TOKEN in default is granted to agent:opps, and there is no agent "opps" (did you mean "ops"?)',
      'secret/unused-grant vault/default/TOKEN.yaml: TOKEN in default is granted to agent:ops, and ops does not list it under `secrets`',
      'secret/unused-grant vault/default/TOKEN.yaml: TOKEN in default is granted to tool:other, and other does not ask for it',
      'secret/unused-grant vault/default/TOKEN.yaml: TOKEN in default is granted to tool:pots, and there is no tool "pots" (did you mean "post"?)',
    ]);
  });

  test('where a ceiling is higher than what it limits', async () => {
    const agent = 'description: d\ninstructions: i\ntools: [post]\nsecrets: [TOKEN, KEY]\n';
    expect(
      await advice({ 'tools/post.yaml': ASKS, 'agents/ops.yaml': agent }, { TOKEN: ['tool:post'], KEY: ['exec'] }),
    ).toEqual(['secret/unused-ceiling agents/ops.yaml: no step gets KEY through ops: nothing asks for it']);
  });

  test('where a script never mentions a variable that it asks for', async () => {
    const tool =
      'secrets: [TOKEN, KEY]\nsteps:\n  - {id: one, run: echo "$TOKEN" "$MONKEY"}\n  - {id: two, secrets: [MORE], run: echo}\n';
    expect(
      await advice({ 'tools/post.yaml': tool }, { TOKEN: ['tool:post'], KEY: ['tool:post'], MORE: ['tool:post'] }),
    ).toEqual([
      'style/unmentioned-secret tools/post.yaml: post asks for KEY and its scripts never mention $KEY',
      'style/unmentioned-secret tools/post.yaml: post asks for MORE and its scripts never mention $MORE',
    ]);
  });

  test('where no script writes an output that is declared or read', async () => {
    const files = {
      'make.sh': 'echo version=1 >> "$LOCKSTEP_OUTPUT"\n',
      'tools/post.yaml': `description: d
outputs: {all: '\${{ steps.bare.outputs.y }}'}
steps:
  - {id: declares, outputs: [x], run: echo x=1}
  - {id: bare, output: text, run: echo}
  - {id: reads, env: {Y: '\${{ steps.bare.outputs.z }}', T: '\${{ steps.bare.outputs.text }}'}, run: 'echo "$Y$T"'}
  - {id: calls, outputs: [version], run: ./make.sh}
  - {id: says, outputs: [x], run: "semantic-release # it writes LOCKSTEP_OUTPUT"}
  - {id: object, output: json, outputs: [x], run: jq .}
  - {id: lines, output: lines, run: ls}
`,
    };
    expect(await advice(files, {})).toEqual([
      'style/unwritten-output tools/post.yaml: nothing in the script of "bare" writes the output "y"',
      'style/unwritten-output tools/post.yaml: nothing in the script of "declares" writes the output "x"',
      'style/unwritten-output tools/post.yaml: nothing in the script of "bare" writes the output "z"',
    ]);
  });

  test('where a grant by digest does not cover a called file, and where it is outdated', async () => {
    using workshop = await filled(
      new Workshop(),
      {
        'tools/post.yaml':
          'secrets: [TOKEN]\nfiles: [../bin/listed.sh]\nsteps:\n  - {id: one, run: "bin/listed.sh && ./bin/../free.sh; echo $TOKEN; bin/none.sh /bin/sh"}\n',
        'bin/listed.sh': 'exit\n',
        'free.sh': 'exit\n',
      },
      { TOKEN: [] },
    );
    const project = await workshop.project();
    const secrets = new Secrets(project);
    expect(await adviceIn(workshop)).toEqual(['secret/ungranted tools/post.yaml: TOKEN is not granted to post']);
    await secrets.grant('TOKEN', pinnedGrants(project, 'TOKEN', ['tool:post']));
    expect(await adviceIn(workshop)).toEqual([
      'style/unlisted-file tools/post.yaml: post calls free.sh, which `files:` does not list',
    ]);
    workshop.write('bin/listed.sh', 'changed\n');
    const { problems } = await (await workshop.project()).check();
    expect(problems.map(({ code }) => code)).toEqual(['secret/ungranted', 'style/unlisted-file']);
    expect(problems[0]?.hint).toBe('lockstep secret repin post --group default');
  });
});
