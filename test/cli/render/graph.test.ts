import { afterEach, describe, expect, it } from 'vitest';
import { runGraph } from '../../../src/cli/render/graph.ts';
import type { StepReport } from '../../../src/run/event.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const report = (id: string, status: StepReport['status'], items?: StepReport['items']): StepReport => ({
  ...{ id, status, exitCode: null, attempts: 1, durationMs: 1500 },
  ...(items && { items }),
});

async function graphOf(files: Readonly<Record<string, string>>, reports: readonly StepReport[]) {
  workshop = new Workshop(files);
  const { root } = await (await workshop.project()).plan('main');
  return runGraph(root, reports).split('\n').slice(1, -1);
}

const GREET = 'steps: [{id: say, run: x}, {id: end, run: x}]';

describe('a run as a flowchart', () => {
  it('marks each step with how it ended, in words and by its look', async () => {
    const steps =
      'steps: [{id: a, run: x}, {id: b, run: x}, {id: c, run: x}, {id: d, run: x}, {id: e, needs: [], run: x}]';
    const reports = [report('a', 'succeeded'), report('b', 'failed'), report('c', 'skipped'), report('e', 'cancelled')];
    expect(await graphOf({ 'tools/main.yaml': steps }, reports)).toEqual([
      '  s0["a<br/>succeeded, 1.5 s"]',
      '  s1["b<br/>failed, 1.5 s"]',
      '  s2["c<br/>skipped"]',
      '  s3["d"]',
      '  s4["e<br/>cancelled, 1.5 s"]',
      ...['  s0 --> s1', '  s1 --> s2', '  s2 --> s3'],
      expect.stringMatching(/^ {2}classDef succeeded fill:/),
      '  class s0 succeeded',
      expect.stringMatching(/^ {2}classDef failed fill:/),
      '  class s1 failed',
      '  classDef skipped stroke-dasharray: 5 5',
      '  class s2 skipped',
      expect.stringMatching(/^ {2}classDef cancelled fill:/),
      '  class s4 cancelled',
    ]);
  });

  it('counts the results of the items, and shows the worst', async () => {
    const files = {
      'tools/main.yaml': `steps: [{id: all, uses: greet, forEach: "\${{ fromJSON('[1, 2, 3]') }}"}]`,
      'tools/greet.yaml': GREET,
    };
    const items = { total: 3, succeeded: 1, failed: 1, cancelled: 0 };
    const graph = await graphOf(files, [
      ...[report('all[0]/say', 'succeeded'), report('all[0]/end', 'succeeded'), report('all[0]', 'succeeded')],
      ...[report('all[1]/say', 'succeeded'), report('all[1]/end', 'failed'), report('all[1]', 'failed')],
      report('all', 'failed', items),
    ]);
    expect(graph.slice(0, 4)).toEqual([
      '  subgraph s0["all: calls greet<br/>failed (1 of 3 items succeeded), 1.5 s<br/>for each of 3 items"]',
      '    s1["say<br/>2 succeeded"]',
      '    s2["end<br/>1 failed, 1 succeeded"]',
      '  end',
    ]);
    expect(graph).toContain('  class s0,s2 failed');
  });

  it('draws only what the definitions contain', async () => {
    const files = { 'tools/main.yaml': 'steps: [{id: gone, uses: no-tool}, {id: a, run: x}]' };
    expect(
      await graphOf(files, [report('gone', 'succeeded'), report('gone/x', 'failed'), report('old', 'failed')]),
    ).toEqual(['  s0["a"]']);
  });
});
