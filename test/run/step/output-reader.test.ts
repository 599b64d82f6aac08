import { afterEach, describe, expect, test } from 'vitest';
import { Redactor } from '../../../src/masking/redactor.ts';
import { type PlannedRun, plannedRuns } from '../../../src/plan/plan.ts';
import type { Event } from '../../../src/run/event.ts';
import { OutputReader, type OutputSink } from '../../../src/run/step/output-reader.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

async function planned(step: string): Promise<PlannedRun> {
  workshop = new Workshop({ 'tools/main.yaml': `steps: [{id: a, ${step}}]` });
  const [run] = plannedRuns((await (await workshop.project()).plan('main')).root);
  if (run === undefined) throw new Error('no step was planned');
  return run;
}

function sinkOf(redactor: Redactor, events: Event[]): OutputSink {
  return { redactor, emit: (event) => void events.push(event) };
}

const textOf = (events: readonly Event[]) =>
  events.map((event) => (event.type === 'output' ? event.text : '')).join('');

describe('the output of a step, in any pieces', () => {
  test('comes out in whole characters, and masked, wherever it is cut', async () => {
    const run = await planned('run: "true"');
    const secret = 'pässwörd-\u{1f511}-x';
    const written = Buffer.from(`é\u{1f600} before ${secret} after ${secret.slice(0, -1)}y \ufeff\u{1f680}`);
    for (let cut = 0; cut <= written.length; cut++) {
      const events: Event[] = [];
      const reader = new OutputReader(run, sinkOf(new Redactor([Buffer.from(secret)]), events));
      for (const piece of [written.subarray(0, cut), written.subarray(cut)]) void reader.write('stdout', piece);
      reader.end();
      expect(textOf(events)).toBe(`é\u{1f600} before *** after ${secret.slice(0, -1)}y \ufeff\u{1f680}`);
      expect(events.map((event) => (event.type === 'output' ? event.text : '')).join('|')).not.toContain('\ufffd');
    }
  });

  test('byte by byte, and invalid UTF-8 is shown as such', async () => {
    const run = await planned('run: "true"');
    const events: Event[] = [];
    const reader = new OutputReader(run, sinkOf(new Redactor([]), events));
    for (const byte of Buffer.concat([Buffer.from('ü'), Buffer.from([0xff, 0xc3])]))
      void reader.write('stderr', Buffer.of(byte));
    reader.end();
    expect(textOf(events)).toBe('ü\ufffd\ufffd');
  });

  test('the two streams are masked separately', async () => {
    const run = await planned('run: "true"');
    const events: Event[] = [];
    const reader = new OutputReader(run, sinkOf(new Redactor([Buffer.from('hunter2')]), events));
    void reader.write('stdout', Buffer.from('hun'));
    void reader.write('stderr', Buffer.from('hun'));
    void reader.write('stdout', Buffer.from('ter2'));
    void reader.write('stderr', Buffer.from('dred'));
    reader.end();
    const of = (stream: string) => textOf(events.filter((event) => event.type === 'output' && event.stream === stream));
    expect([of('stdout'), of('stderr')]).toEqual(['***', 'hundred']);
  });

  test('beyond 64 MiB is read, counted and not shown, with one note', async () => {
    const run = await planned('run: "true"');
    const events: Event[] = [];
    let shown = 0;
    const sink = sinkOf(new Redactor([]), events);
    const emit = (event: Event) => {
      if (event.type === 'output') shown += event.text.length;
      else events.push(event);
    };
    const reader = new OutputReader(run, { ...sink, emit });
    for (let count = 0; count < 70; count++) void reader.write('stdout', Buffer.alloc(1024 * 1024, 'x'));
    const [own, shared] = [Buffer.alloc(8192, 'x'), Buffer.alloc(8192, 'x')];
    void reader.write('stdout', own);
    void reader.write('stdout', shared.subarray(1));
    reader.end();
    expect(shown).toBe(64 * 1024 * 1024);
    // What is thrown away gives its memory back at once, unless it is only a part of somebody's memory.
    expect([own.length, shared.length]).toEqual([0, 8192]);
    expect(events).toEqual([
      { type: 'notice', step: 'a', message: 'stdout is larger than 67108864 bytes; the rest is not shown' },
    ]);
  });
});

describe('a secret in outputs', () => {
  test('is masked with a notice that names the output, also within nested JSON that quotes it', async () => {
    const run = await planned('output: json, run: "true"');
    const secret = 'pass"word\\with\nquotes';
    const events: Event[] = [];
    const reader = new OutputReader(run, sinkOf(new Redactor([Buffer.from(secret)]), events));
    const printed = { plain: 'fine', flat: `a ${secret} b`, nested: { list: [secret, 1], [secret]: 'key' } };
    void reader.write('stdout', Buffer.from(JSON.stringify(printed)));
    reader.end();
    expect(reader.outputs(Buffer.from(`more<<E\nx ${secret}\nE\nshort=1\n`))).toEqual({
      outputs: { plain: 'fine', flat: 'a *** b', nested: '{"list":["***",1],"***":"key"}', more: 'x ***', short: '1' },
    });
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    expect(notices).toEqual(
      ['flat', 'nested', 'more'].map((name) => `the output "${name}" holds a secret and was masked`),
    );
  });
});

describe('a secret in the name of an output', () => {
  const secret = 'AKIAIOSFODNN7EXAMPLQ';

  test.each([
    ['json', JSON.stringify({ [secret]: `active ${secret}` }), ''],
    ['lines', '', `${secret}=1\n`],
  ])('is masked, there and in what is said of it: %s', async (output, printed, file) => {
    const run = await planned(`output: ${output}, run: "true"`);
    const events: Event[] = [];
    const reader = new OutputReader(run, sinkOf(new Redactor([Buffer.from(secret)]), events));
    void reader.write('stdout', Buffer.from(printed));
    reader.end();
    const told = JSON.stringify([reader.outputs(Buffer.from(file)), events]);
    expect(told).toContain('"***"');
    expect(told).not.toContain(secret);
  });

  test.each([
    ['which no output may have', `{"${secret} x": 1}`, ''],
    ['which is there twice', `{"${secret}": 1, "${secret}": 2}`, ''],
    ['with an inexact number', `{"${secret}": 1e999}`, ''],
    ['in a line without a value', '{}', `${secret}\n`],
    ['of a block without an end', '{}', `${secret}<<END\n`],
    ['with a blank', '{}', `${secret} x=1\n`],
  ])('is not quoted in the error: a name %s', async (_, printed, file) => {
    const run = await planned('output: json, run: "true"');
    const reader = new OutputReader(run, sinkOf(new Redactor([Buffer.from(secret)]), []));
    void reader.write('stdout', Buffer.from(printed));
    reader.end();
    const outcome = reader.outputs(Buffer.from(file));
    expect(outcome).toHaveProperty('reason.why', 'output-invalid');
    expect(JSON.stringify(outcome)).not.toContain(secret);
  });
});

describe('in a whole run', () => {
  test('no value is visible: not in output, outputs, tool outputs, a called tool, nor of sensitive arguments', async () => {
    const values = { TOKEN: 'tok"en-of-the-test', KEY: '-----BEGIN-----\nfirst-line-of-key\nsecond-line\n' };
    workshop = await Workshop.open(
      {
        'tools/main.yaml': `
args: {pass: {type: string, sensitive: true}, many: {type: array, sensitive: true}}
secrets: [TOKEN, KEY]
outputs: {all: '\${{ steps.a.outputs.t }} \${{ args.pass }} \${{ toJSON(steps.call.outputs) }}'}
steps:
  - id: a
    run: |
      echo "$TOKEN $INPUT_PASS"; printf %s "$KEY" | tail -n1 >&2; echo "$INPUT_MANY"
      for ((at = 0; at < \${#TOKEN}; at++)); do printf %s "\${TOKEN:at:1}"; done; echo
      echo "t=[$TOKEN]" >> "$LOCKSTEP_OUTPUT"
  - {id: b, run: 'echo "not for this step: \${TOKEN-unset}"'}
  - {id: call, uses: callee, with: {word: "\${{ format('{0}-{1}', 'only', 'here') }}"}}
`,
        'tools/callee.yaml': `
args: {word: {type: string, sensitive: true}}
outputs: {word: '\${{ args.word }}'}
steps: [{id: say, run: echo "the word is $INPUT_WORD"}]
`,
      },
      values,
    );
    const { events, outcome, output } = await workshop.run('main', {
      values: { pass: 'sensitive words', many: ['first-of-many', 'second"of"many'] },
    });
    expect(outcome.status).toBe('succeeded');
    expect(output('a')).toBe('*** ***\n***\n***\n***\n');
    expect(output('call/say')).toBe('the word is ***\n');
    expect(outcome.outputs).toEqual({ all: '[***] *** {\n  "word": "***"\n}' });
    const everything = JSON.stringify([events, outcome]);
    for (const word of ['tok"en', 'tok\\"en', 'first-line', 'second-line', 'sensitive words', 'of-many', 'only-here'])
      expect(everything).not.toContain(word);
  });
});
