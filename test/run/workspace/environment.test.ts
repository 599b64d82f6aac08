import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDangerousVariable } from '../../../src/names.ts';
import { Workshop } from '../../rig/workshop.ts';

const SETS = 500;

const name = fc
  .stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/)
  .filter((one) => !isDangerousVariable(one) && !/^(LOCKSTEP|INPUT|ITEM|HOME|PATH|LANG|TZ|TMPDIR|TOKEN|KEY)/.test(one));
/** Whatever a variable can hold: JSON keeps it through YAML. */
const value = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((one) => !one.includes('\0') && !one.includes('${{'));

test(`a step has the declared, granted and given variables, and no other, byte for byte (${SETS} sets)`, {
  timeout: 300_000,
}, async () => {
  const sets = fc.sample(fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true }), {
    numRuns: SETS,
    seed: 11,
  });
  const steps = sets.map(
    (env, at) =>
      `  - {id: s${at}, needs: [], shell: cat /proc/self/environ, env: ${JSON.stringify(env)}, run: 'true'}\n`,
  );
  using workshop = await Workshop.open();
  const head = 'args: {who: {type: string}}\nsecrets: [TOKEN, {name: OTHER, env: KEY}]\nenv: {LEVEL: info}\nsteps:\n';
  workshop.write('tools/main.yaml', head + steps.join(''));
  const values = { TOKEN: 'tök"en\n$x', OTHER: 'x'.repeat(5) };
  for (const [secret, one] of Object.entries(values)) await workshop.set(secret, one);
  const world = { AMBIENT: 'of the caller', LOCKSTEP_IDENTITY_FILE: '', TZ: 'Etc/UTC', TMPDIR: '/tmp' };
  const run = (await workshop.project(world)).run('main', { values: { who: 'ünknown' } });
  const said = new Map<string, string>();
  for await (const event of run)
    if (event.type === 'output') said.set(event.step, (said.get(event.step) ?? '') + event.text);
  const machine = {
    PATH: workshop.env.PATH,
    HOME: workshop.env.HOME,
    LANG: workshop.env.LANG,
    TZ: 'Etc/UTC',
    TMPDIR: '/tmp',
  };
  for (const [at, env] of sets.entries()) {
    const { LOCKSTEP_IDEMPOTENCY_KEY, LOCKSTEP_INPUT, LOCKSTEP_OUTPUT, LOCKSTEP_STEP_MARK, ...rest } = variablesIn(
      said.get(`s${at}`) ?? '',
    );
    expect([LOCKSTEP_IDEMPOTENCY_KEY, LOCKSTEP_INPUT, LOCKSTEP_OUTPUT, LOCKSTEP_STEP_MARK]).toEqual([
      expect.stringMatching(new RegExp(`^\\d{8}t\\d{9}-[0-9a-f]{6}/s${at}$`)),
      expect.stringMatching(/input\.json$/),
      expect.stringMatching(/output$/),
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ]);
    // Masked, as all that is printed: the value of five characters is too short for that.
    expect(rest).toEqual({ ...machine, LEVEL: 'info', INPUT_WHO: 'ünknown', TOKEN: '***', KEY: 'xxxxx', ...env });
  }
});

function variablesIn(environ: string): Record<string, string> {
  const pairs = environ.split('\0').filter((one) => one.includes('='));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}
