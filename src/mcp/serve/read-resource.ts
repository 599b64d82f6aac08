import type { RunEngine } from '../../engine/run-engine.ts';
import { LockstepError } from '../../errors.ts';
import { planReport } from '../../plan/plan-report.ts';
import { visible } from '../../text/visible.ts';
import type { Access } from '../access.ts';
import { RESULT_KEYS } from '../calls/call-result.ts';
import { KeptOutput } from '../calls/kept-output.ts';
import { requireGroup } from '../calls/require-group.ts';
import type { ServedCatalog } from '../catalog/served-catalog.ts';
import { type Address, mayRead } from './addresses.ts';
import type { SessionAbout } from './session-about.ts';

const NEWEST = 50;
const MOST_LINES = 100_000;

interface Contents {
  readonly mimeType: string;
  readonly text: string;
  readonly _meta?: { readonly [key: string]: unknown };
}

/** What a resource holds; nothing of it is a secret value. @throws LockstepError where there is no such thing */
export async function readResource(
  session: SessionAbout,
  { tools }: ServedCatalog,
  access: Access,
  address: Address,
): Promise<Contents> {
  const { live } = session.parts;
  const reader = { access, view: session.view, tools };
  if (address.kind === 'problems') {
    await live.ready();
    const { current, report } = live.state;
    // They quote definitions that such a token does not see.
    return json({ current, ...report, ...(access.isLimitedToTools && { problems: [] }) });
  }
  if (address.kind === 'plan') return plan(session, tools, access, address);
  const engine = await live.project.engine();
  if (address.kind === 'runs') {
    const { runs } = await engine.list();
    return json({ runs: runs.filter((one) => mayRead(reader, one)).slice(0, NEWEST) }, true);
  }
  const found = await engine.find(address.run);
  if (!mayRead(reader, found.header) || found.header.run !== address.run) throw unknown(address.run);
  return address.isLog ? log(engine, address.run) : json(await engine.details(found), true);
}

async function plan(
  { parts: { live }, view }: SessionAbout,
  tools: ServedCatalog['tools'],
  access: Access,
  { tool, args: texts }: Extract<Address, { kind: 'plan' }>,
): Promise<Contents> {
  if (!tools.has(tool) || !access.mayUseTool(tool)) throw unknown(tool);
  await requireGroup(live, access, view);
  return json(planReport(await live.project.plan(tool, { ...view, texts })));
}

async function log(engine: RunEngine, run: string): Promise<Contents> {
  const kept = new KeptOutput(() => true);
  for (const { event } of await engine.log(run, 0, MOST_LINES))
    if (event.type === 'output') kept.take(event.step, event.text);
  const cut = kept.cutBytes === 0 ? '' : `\n[${kept.cutBytes} bytes are cut here: lockstep runs logs ${run}]\n`;
  const text = `${kept.head}${cut}${kept.tail}`;
  return { mimeType: 'text/plain', text, _meta: { [RESULT_KEYS.untrusted]: true } };
}

function json(value: object, untrusted = false): Contents {
  const text = visible(JSON.stringify(value));
  return { mimeType: 'application/json', text, ...(untrusted && { _meta: { [RESULT_KEYS.untrusted]: true } }) };
}

function unknown(name: string): LockstepError {
  return new LockstepError('run/unknown', `there is no "${name}"`);
}
