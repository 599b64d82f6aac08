import { describe, expect, test } from 'vitest';
import type { Agent, SecretRequest } from '../../src/definition/model/tool.ts';
import { type Grant, parseGrant } from '../../src/grant.ts';
import { type Decision, decide, type GroupPolicy, type Requester } from '../../src/plan/grants.ts';

const DIGEST = '1'.repeat(64);
const OTHER = '2'.repeat(64);
const FORMER = 'f'.repeat(64);
const AGENT = 'a'.repeat(64);

function grantOf(text: string): Grant {
  const grant = parseGrant(text);
  if (grant === null) throw new Error(`no grant: ${text}`);
  return grant;
}

interface Question {
  readonly allow?: readonly string[];
  readonly pinned?: boolean;
  /** The agent's ceiling; absent: started without an agent. */
  readonly ceiling?: readonly string[];
  readonly variable?: string;
  readonly digest?: string | undefined;
  readonly agentDigest?: string;
  readonly agentVariables?: readonly string[];
  readonly held?: boolean;
  readonly askedBy?: 'agent';
}

/** What `release-notes` gets when it asks for TOKEN, through `releaser` where there is a ceiling. */
function ask(question: Question): Decision {
  const { allow = [], pinned = false, ceiling, variable = 'TOKEN', held = true } = question;
  const secrets = new Map(held ? [['TOKEN', { version: 3, allow: allow.map(grantOf) }]] : []);
  const facts: GroupPolicy = { group: 'prod', pinned, secrets };
  const agent =
    ceiling &&
    ({
      name: 'releaser',
      tools: [{ pattern: 'release-*', approve: 'never' }],
      secrets: ceiling.map((name) => ({ name })),
      env: new Map(question.agentVariables?.map((name) => [name, 'x'])),
    } as unknown as Agent);
  const digest = 'digest' in question ? question.digest : DIGEST;
  const requester: Requester = {
    tool: 'release-notes',
    digest: () => digest,
    formerDigest: () => FORMER,
    checkout: () => undefined,
    ...(agent && { agent }),
    agentDigest: () => question.agentDigest,
  };
  const { askedBy = 'tool' } = question;
  return decide({ name: 'TOKEN', variable, required: true, form: 'env', askedBy } as SecretRequest, requester, facts);
}

describe('granted', () => {
  const granted: [string, Question, string][] = [
    ['to the tool', { allow: ['tool:release-notes'] }, 'tool:release-notes'],
    ['to the tool, through an agent', { allow: ['tool:release-notes'], ceiling: ['TOKEN'] }, 'tool:release-notes'],
    [
      'to this form of the tool',
      { allow: [`tool:release-notes@sha256:${DIGEST}`] },
      `tool:release-notes@sha256:${DIGEST}`,
    ],
    ['to the agent it is started through', { allow: ['agent:releaser'], ceiling: ['TOKEN'] }, 'agent:releaser'],
    [
      'in a pinned group, to this form of the agent',
      { pinned: true, allow: [`agent:releaser@sha256:${AGENT}`], ceiling: ['TOKEN'], agentDigest: AGENT },
      `agent:releaser@sha256:${AGENT}`,
    ],
    [
      'in a pinned group, to the tool, through an agent that sets no variables',
      { pinned: true, allow: [`tool:release-notes@sha256:${DIGEST}`], ceiling: ['TOKEN'] },
      `tool:release-notes@sha256:${DIGEST}`,
    ],
    ['to everything', { allow: ['*'] }, '*'],
    ['to one of several', { allow: ['tool:other', 'exec', 'tool:release-notes'] }, 'tool:release-notes'],
    [
      'by name beside a digest that is past',
      { allow: [`tool:release-notes@sha256:${OTHER}`, 'tool:release-notes'] },
      'tool:release-notes',
    ],
    [
      'in a pinned group, by digest',
      { pinned: true, allow: [`tool:release-notes@sha256:${DIGEST}`] },
      `tool:release-notes@sha256:${DIGEST}`,
    ],
    [
      'under a dangerous name, said by the grant',
      { variable: 'LD_PRELOAD', allow: ['tool:release-notes as:LD_PRELOAD'] },
      'tool:release-notes as:LD_PRELOAD',
    ],
    [
      'under a dangerous name, said by one of the grants',
      { variable: 'PATH', allow: ['*', 'tool:release-notes as:PATH'] },
      '*',
    ],
    [
      'under a plain name by a grant that allows another',
      { allow: ['tool:release-notes as:PATH'] },
      'tool:release-notes as:PATH',
    ],
  ];

  const asked: typeof granted = [
    ['to the agent that asks for it', { allow: ['agent:releaser'] }, 'agent:releaser'],
    ['to everything, where the agent asks', { allow: ['*'] }, '*'],
    [
      'in a pinned group, to this form of the agent that asks',
      { pinned: true, allow: [`agent:releaser@sha256:${AGENT}`], agentDigest: AGENT },
      `agent:releaser@sha256:${AGENT}`,
    ],
    [
      'to the agent that asks, under a dangerous name that the grant says',
      { variable: 'BASH_ENV', allow: ['agent:releaser as:BASH_ENV'] },
      'agent:releaser as:BASH_ENV',
    ],
  ];

  test.each([
    ...granted,
    ...asked.map(
      ([name, question, text]) =>
        [name, { ...question, ceiling: ['TOKEN'], askedBy: 'agent' }, text] as (typeof granted)[0],
    ),
  ])('%s', (_, question, text) => {
    expect(ask(question)).toEqual({ granted: true, reason: `granted to ${text}` });
  });
});

describe('refused', () => {
  const refused: [string, Question, Decision['fault'], RegExp][] = [
    ['what nobody was granted', {}, 'ungranted', /^TOKEN is not granted to release-notes$/],
    ['what another tool was granted', { allow: ['tool:release', 'tool:release-notes-2'] }, 'ungranted', /not granted/],
    [
      'what a tool of that name as an agent was granted',
      { allow: ['agent:release-notes'] },
      'ungranted',
      /not granted/,
    ],
    ['what only exec was granted', { allow: ['exec'] }, 'ungranted', /not granted/],
    ['what the agent was granted, without the agent', { allow: ['agent:releaser'] }, 'ungranted', /not granted/],
    ['what another agent was granted', { allow: ['agent:other'], ceiling: ['TOKEN'] }, 'ungranted', /not granted/],
    [
      'what lies above the ceiling, whoever was granted it',
      { allow: ['*', 'agent:releaser', 'tool:release-notes'], ceiling: [] },
      'ungranted',
      /the agent releaser does not list TOKEN/,
    ],
    [
      'another form of the tool',
      { allow: [`tool:release-notes@sha256:${OTHER}`] },
      'ungranted',
      /another form of release-notes.*has changed/,
    ],
    [
      'a digest of the format before',
      { allow: [`tool:release-notes@sha256:${FORMER}`] },
      'ungranted',
      /names a digest of an older Lockstep/,
    ],
    [
      'another form of the agent',
      { pinned: true, allow: [`agent:releaser@sha256:${OTHER}`], ceiling: ['TOKEN'], agentDigest: AGENT },
      'ungranted',
      /another form of the agent releaser/,
    ],
    [
      'this form of the tool in a pinned group, through an agent that sets variables',
      {
        pinned: true,
        allow: [`tool:release-notes@sha256:${DIGEST}`],
        ceiling: ['TOKEN'],
        agentVariables: ['LEVEL'],
        agentDigest: AGENT,
      },
      'ungranted',
      /the agent releaser sets variables of the step/,
    ],
    [
      'a tool whose digest cannot be told',
      { allow: [`tool:release-notes@sha256:${DIGEST}`], digest: undefined },
      'ungranted',
      /another form/,
    ],
    ['a name alone in a pinned group', { pinned: true, allow: ['tool:release-notes'] }, 'ungranted', /pinned/],
    ['everything in a pinned group', { pinned: true, allow: ['*'] }, 'ungranted', /pinned/],
    [
      'an agent in a pinned group',
      { pinned: true, allow: ['agent:releaser'], ceiling: ['TOKEN'] },
      'ungranted',
      /pinned/,
    ],
    [
      'another form in a pinned group',
      { pinned: true, allow: [`tool:release-notes@sha256:${OTHER}`] },
      'ungranted',
      /another form/,
    ],
    [
      'a dangerous name that no grant says',
      { variable: 'LD_PRELOAD', allow: ['tool:release-notes'] },
      'variable',
      /"as:LD_PRELOAD"/,
    ],
    [
      'a dangerous name where the grant says another',
      { variable: 'PATH', allow: ['tool:release-notes as:HOME'] },
      'variable',
      /"as:PATH"/,
    ],
    [
      'a dangerous name that only another tool is granted',
      { variable: 'PATH', allow: ['tool:other as:PATH', 'tool:release-notes'] },
      'variable',
      /"as:PATH"/,
    ],
    [
      'a dangerous name by a grant that does not count in a pinned group',
      { pinned: true, variable: 'PATH', allow: ['* as:PATH', `tool:release-notes@sha256:${DIGEST}`] },
      'variable',
      /"as:PATH"/,
    ],
    ['what the group does not hold', { held: false }, 'unknown', /the group "prod" holds no TOKEN/],
    [
      'what the group does not hold, before the ceiling is looked at',
      { held: false, ceiling: [] },
      'unknown',
      /holds no TOKEN/,
    ],
  ];

  const asked: typeof refused = [
    [
      'to an agent that asks, what the tool was granted',
      { allow: ['tool:release-notes'] },
      'ungranted',
      /to the agent releaser, which asks for it$/,
    ],
    [
      'to an agent that asks, what another agent was granted',
      { allow: ['agent:other'] },
      'ungranted',
      /which asks for it$/,
    ],
    [
      'to an agent that asks, a name alone in a pinned group',
      { pinned: true, allow: ['agent:releaser'] },
      'ungranted',
      /to this form of the agent releaser/,
    ],
    [
      'to an agent that asks, a grant to another form of it',
      { pinned: true, allow: [`agent:releaser@sha256:${OTHER}`], agentDigest: AGENT },
      'ungranted',
      /another form of the agent releaser/,
    ],
    [
      'to an agent that asks, what this form of the tool was granted in a pinned group',
      { pinned: true, allow: [`tool:release-notes@sha256:${DIGEST}`], agentDigest: AGENT },
      'ungranted',
      /to this form of the agent releaser/,
    ],
    [
      'to an agent that asks, a dangerous name that only a grant to the tool says',
      { variable: 'BASH_ENV', allow: ['agent:releaser', 'tool:release-notes as:BASH_ENV'] },
      'variable',
      /"as:BASH_ENV"/,
    ],
  ];

  test.each([
    ...refused,
    ...asked.map(
      ([name, question, fault, reason]) =>
        [name, { ...question, ceiling: ['TOKEN'], askedBy: 'agent' }, fault, reason] as (typeof refused)[0],
    ),
  ])('%s', (_, question, fault, reason) => {
    const decision = ask(question);
    expect(decision).toMatchObject({ granted: false, fault });
    expect(decision.reason).toMatch(reason);
    expect(decision.hint).toBeTruthy();
  });
});

test('for all small sets of grants: no grant closes what another opens, and the ceiling only closes', () => {
  const all = [
    'tool:release-notes',
    `tool:release-notes@sha256:${DIGEST}`,
    `tool:release-notes@sha256:${OTHER}`,
    'tool:other',
    'agent:releaser',
    'exec',
    '*',
  ];
  for (let mask = 0; mask < 2 ** all.length; mask++) {
    const allow = all.filter((_, bit) => mask & (1 << bit));
    for (const pinned of [false, true])
      for (const ceiling of [undefined, ['TOKEN'], ['OTHER']]) {
        const question = { allow, pinned, ...(ceiling && { ceiling }) };
        const own = allow.includes(`tool:release-notes@sha256:${DIGEST}`);
        const named =
          allow.includes('tool:release-notes') ||
          allow.includes('*') ||
          (ceiling !== undefined && allow.includes('agent:releaser'));
        const expected = ceiling?.[0] !== 'OTHER' && (own || (!pinned && named));
        expect(ask(question).granted, JSON.stringify(question)).toBe(expected);
      }
  }
});
