import type { ComponentChildren } from 'preact';
import type { Access, AccessCell } from '../../generated/answers.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { dayText } from '../../parts/time.tsx';
import { useAnswer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { pathTo } from '../../state/router.ts';
import { concernsGroup } from '../group-answers.ts';
import { kindOf, shortName } from '../standing.ts';

interface ReasonsProps {
  readonly group: string;
  readonly access: Access;
  readonly secret: string;
  readonly requester: string;
  readonly cell: AccessCell | undefined;
}

/** What it takes, one by one: asked for, below the agent's ceiling, granted, and for which definition. */
export function Reasons({ group, access, secret, requester, cell }: ReasonsProps) {
  const kind = kindOf(requester);
  return (
    <ul class="trail">
      {kind === 'tool' && <AskedByTool group={group} secret={secret} tool={shortName(requester)} />}
      {kind === 'agent' && <AskedByAgent secret={secret} agent={shortName(requester)} cell={cell} />}
      {kind === 'other' && (
        <Reason icon="info" title="Asked for by nobody">
          {requester === 'exec' ? 'a member names it for a command: lockstep exec' : 'anything at all may ask'}
        </Reason>
      )}
      <Granted group={group} access={access} secret={secret} requester={requester} cell={cell} />
      {access.pinned && (
        <Reason icon="lock" title={`${group} is pinned`}>
          only a grant to the exact definition counts
        </Reason>
      )}
    </ul>
  );
}

function Reason({
  icon,
  tone,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly tone?: string;
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <li>
      <Icon name={icon} {...(tone !== undefined && { tone })} />
      <b>{title}</b>
      <span class="sub">{children}</span>
    </li>
  );
}

function AskedByTool({
  group,
  secret,
  tool,
}: {
  readonly group: string;
  readonly secret: string;
  readonly tool: string;
}) {
  const details = useAnswer(`${group}/${tool}`, () => api.getTool(tool, group));
  if (details.error)
    return (
      <Reason icon="skipped" title="Gone">
        there is no tool {tool} here
      </Reason>
    );
  const asking = details.data?.steps.flatMap((step) =>
    step.secrets.filter(({ name }) => name === secret).map(({ env }) => `step ${step.id}, as $${env}`),
  );
  if (asking === undefined) return <Reason icon="pending" title="Asked for" />;
  if (asking.length === 0)
    return (
      <Reason icon="skipped" title="Not asked for">
        no step of <a href={pathTo('tools', tool)}>{tool}</a> asks for it
      </Reason>
    );
  return (
    <Reason icon="succeeded" tone="ok" title="Asked for">
      {asking.join('; ')} · <a href={pathTo('tools', tool)}>{details.data?.file}</a>
    </Reason>
  );
}

function AskedByAgent({
  secret,
  agent,
  cell,
}: {
  readonly secret: string;
  readonly agent: string;
  readonly cell: AccessCell | undefined;
}) {
  const details = useAnswer(agent, () => api.getAgent(agent));
  const listed = details.data?.secrets.includes(secret);
  if (details.error)
    return (
      <Reason icon="skipped" title="Gone">
        there is no agent {agent} here
      </Reason>
    );
  return (
    <>
      <Reason
        icon={cell?.asked ? 'succeeded' : 'skipped'}
        {...(cell?.asked && { tone: 'ok' })}
        title={cell?.asked ? 'Asked for' : 'Not asked for'}
      >
        {cell?.through?.length ? `through ${cell.through.join(', ')}` : 'none of its tools asks for it'}
      </Reason>
      {listed !== undefined && (
        <Reason
          icon={listed ? 'succeeded' : 'failed'}
          tone={listed ? 'ok' : 'bad'}
          title={listed ? 'Below its ceiling' : 'Not below its ceiling'}
        >
          <a href={pathTo('agents', agent)}>{details.data?.file}</a> {listed ? 'lists it' : 'does not list it'} under
          secrets
        </Reason>
      )}
    </>
  );
}

function Granted({ group, access, secret, requester, cell }: ReasonsProps) {
  const history = useAnswer(`${group}/${secret}`, () => api.getSecretHistory(group, secret), concernsGroup(group));
  const [grant] = cell?.grants ?? [];
  if (grant === undefined) return <WithoutGrant access={access} requester={requester} cell={cell} />;
  const [, digest] = /@sha256:([0-9a-f]{8})/.exec(grant) ?? [];
  const given = history.data?.revisions.find(({ granted }) => granted?.includes(grant));
  return (
    <Reason
      icon={cell?.outdated ? 'failed' : 'succeeded'}
      tone={cell?.outdated ? 'bad' : 'ok'}
      title={cell?.outdated ? 'Granted to another definition' : 'Granted'}
    >
      {digest === undefined ? (
        'to any definition of that name'
      ) : (
        <>
          to definition <code>{digest}</code>
        </>
      )}
      {given && `, by ${given.by}`}
      {given?.date && ` on ${dayText(given.date)}`}
    </Reason>
  );
}

/** An agent is granted what its tools are granted. */
function WithoutGrant({ access, requester, cell }: Pick<ReasonsProps, 'access' | 'requester' | 'cell'>) {
  const tools = kindOf(requester) === 'agent' ? (cell?.through ?? []) : [];
  if (tools.length === 0) return <Reason icon="skipped" title="Not granted" />;
  const isGranted = (tool: string) =>
    access.cells.some((one) => one.secret === cell?.secret && one.requester === `tool:${tool}` && one.granted);
  const [granted, refused] = [tools.filter(isGranted), tools.filter((tool) => !isGranted(tool))];
  return (
    <>
      {granted.length > 0 && (
        <Reason icon="succeeded" tone="ok" title="Granted to its tools">
          {granted.join(', ')}
        </Reason>
      )}
      {refused.length > 0 && (
        <Reason icon="failed" tone="bad" title="Not granted to its tools">
          {refused.join(', ')}
        </Reason>
      )}
    </>
  );
}
