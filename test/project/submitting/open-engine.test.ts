import { expect, test } from 'vitest';
import { Repository } from '../../rig/repository.ts';

test.each(['not a url', 'mysql://host/runs', 'postgres://lockstep:pass%zzword@host/runs', 'postgres://host/%'])(
  'the URL %j is refused and not shown',
  async (url) => {
    using repository = new Repository({ 'tools/a.yaml': 'kind: tool\nname: a\nsteps: [{id: a, run: echo}]\n' });
    repository.env.LOCKSTEP_DATABASE_URL = url;
    const { code, stdout, stderr } = await repository.lockstep(['engine', 'migrate']);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('LOCKSTEP_DATABASE_URL is not the URL of a PostgreSQL database\n');
    expect(stderr).not.toContain(url);
  },
);
