import { describe, expect, test } from 'vitest';
import { parseGrant } from '../src/grant.ts';

const DIGEST = 'ab'.repeat(32);

describe('a grant', () => {
  test.each([
    ['tool:release-notes', { to: 'tool', name: 'release-notes' }],
    [`tool:a@sha256:${DIGEST}`, { to: 'tool', name: 'a', digest: DIGEST }],
    [`tool:a@sha256:${DIGEST} as:LD_PRELOAD`, { to: 'tool', name: 'a', digest: DIGEST, as: 'LD_PRELOAD' }],
    ['tool:with_underscore', { to: 'tool', name: 'with_underscore' }],
    ['agent:releaser', { to: 'agent', name: 'releaser' }],
    [`agent:releaser@sha256:${DIGEST}`, { to: 'agent', name: 'releaser', digest: DIGEST }],
    ['agent:releaser as:PATH', { to: 'agent', name: 'releaser', as: 'PATH' }],
    ['exec', { to: 'exec', name: '' }],
    ['exec as:ENV', { to: 'exec', name: '', as: 'ENV' }],
    ['*', { to: 'any', name: '' }],
    ['* as:ENV', { to: 'any', name: '', as: 'ENV' }],
  ])('%j is read', (text, expected) => {
    expect(parseGrant(text)).toEqual({ text, ...expected });
  });

  test.each([
    '',
    ' tool:a',
    'tool:a ',
    'tool:a\n',
    'tool:',
    'tool:A',
    'tool:a b',
    'tool: a',
    'Tool:a',
    'tools:a',
    'tool:a@sha256:',
    `tool:a@sha256:${DIGEST.toUpperCase()}`,
    `tool:a@sha256:${DIGEST}0`,
    `tool:a@md5:${DIGEST}`,
    `tool:a @sha256:${DIGEST}`,
    `agent:a@sha256:${DIGEST}0`,
    `exec@sha256:${DIGEST}`,
    'exec:a',
    '**',
    'tool:*',
    'tool:a as:',
    'tool:a as:A-B',
    'tool:a  as:A',
    'tool:a as:A as:B',
    'as:A',
    'tool:a\u00a0as:A',
    'tool:constructor\0',
  ])('%j is not a grant', (text) => {
    expect(parseGrant(text)).toBeNull();
  });
});
