import { expect, test } from 'vitest';
import type { Job } from '../../../src/engine/postgres/job.ts';
import { requireSigner, signJob, whyRefused } from '../../../src/project/submitting/job-proof.ts';
import { Workshop } from '../../rig/workshop.ts';

const NOW = new Date('2026-11-29T12:00:00Z');

test('a signed job is taken only at its time, in its queue, by its name, and once', async () => {
  using workshop = await Workshop.open();
  const project = await workshop.project();
  const vault = await project.vault.require();
  const { identity } = await project.vault.identity();
  const job: Job = {
    format: 'lockstep-job/1',
    run: '20261129t115900000-abcdef',
    vault: vault.id,
    commit: 'a'.repeat(40),
    digest: 'b'.repeat(64),
    tool: 'any',
    group: null,
    args: {},
    member: requireSigner(vault, identity),
    by: 'ada',
    queue: 'default',
    labels: ['gpu'],
    priority: 0,
    expires: '2026-12-06T11:59:00.000Z',
  };
  const fresh = { hasEnded: false, isWiped: false };
  const why = (change: Partial<Job> = {}, judge: object = {}) => {
    const changed = { ...job, ...change };
    const usual = { vault, run: job.run, lanes: new Set(['default', 'default+gpu']), now: NOW, ...fresh };
    return whyRefused(signJob(identity, changed), changed, { ...usual, ...judge });
  };
  expect(why()).toBeUndefined();
  expect(why({ starts: '2026-11-29T12:04:00Z' })).toBeUndefined();
  expect(why({ starts: '2026-11-29T13:00:00Z' })).toContain('it is not to run before');
  expect(why({ expires: '2026-11-29T11:00:00Z' })).toContain('it was to run before');
  expect(why({ labels: ['gpu', 'prod'] })).toContain('to another queue');
  expect(why({ queue: 'deploys' })).toContain('to another queue');
  expect(why({ run: '20261129t115900000-000000' })).toContain('signed as another run');
  expect(why({ vault: 'AAAAAAAAAAAAAAAA' })).toContain('for another repository');
  expect(why({ group: 'none' })).toContain('may not read the group');
  expect(why({}, { hasEnded: true })).toContain('to its end before');
  expect(why({}, { isWiped: true })).toContain('its record is gone');
  const { text } = signJob(identity, job);
  const other = signJob(identity, { ...job, priority: 1 });
  const judge = { vault, run: job.run, lanes: new Set(['default+gpu']), now: NOW, ...fresh };
  expect(whyRefused({ text, signature: other.signature }, job, judge)).toContain('is not what');
  expect(whyRefused({ ...signJob(identity, job), text: ` ${text}` }, job, judge)).toContain('is not what');
});
