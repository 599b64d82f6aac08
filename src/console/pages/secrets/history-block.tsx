import { useState } from 'preact/hooks';
import type { Revision, Secret, SecretHistory } from '../../generated/answers.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { Block } from '../../parts/panel.tsx';
import { Skeleton } from '../../parts/states.tsx';
import { dayText } from '../../parts/time.tsx';
import type { Answer } from '../../state/answer.ts';
import { api } from '../../state/api.ts';
import { obstacleToWriting } from '../../state/rights.ts';
import { shortName } from '../standing.ts';

/** The signed changes that Git has, newest first. */
export function HistoryBlock({
  secret,
  history,
}: {
  readonly secret: Secret;
  readonly history: Answer<SecretHistory>;
}) {
  const [back, setBack] = useState<number | null>(null);
  const { revisions } = history.data ?? {};
  const mayWrite = obstacleToWriting(secret.group) === null;
  return (
    <Block title="History">
      <ErrorNotice error={history.error} />
      {revisions === undefined && !history.error && <Skeleton rows={3} />}
      <ul class="trail">
        {revisions?.map((one) => {
          const setsValue = one.changed.includes('value') || one.changed.includes('created');
          return (
            <li key={one.revision}>
              <span class="dot" />
              <b>{changeWords(one)}</b>
              <span class="sub">
                {one.by}
                {one.commit === null ? ' · not committed' : one.date !== null && ` · ${dayText(one.date)} · `}
                {one.commit !== null && <code>{one.commit.slice(0, 7)}</code>}
                {!one.verified && (
                  <span class="warn">
                    {' '}
                    <Icon name="warning" tone="tiny" /> not shown to be signed by a writer of that time
                  </span>
                )}
                {setsValue && one.version !== secret.version && mayWrite && (
                  <>
                    {' · '}
                    <button type="button" class="link" onClick={() => setBack(one.version)}>
                      Bring back
                    </button>
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {back !== null && <BringBack secret={secret} version={back} onClose={() => setBack(null)} />}
    </Block>
  );
}

function BringBack({
  secret,
  version,
  onClose,
}: {
  readonly secret: Secret;
  readonly version: number;
  readonly onClose: () => void;
}) {
  const bring = async () => {
    await api.rollbackSecret(secret.group, secret.name, version);
    onClose();
  };
  return (
    <Confirm
      title={`Bring back version ${version}?`}
      action={`Set it as version ${secret.version + 1}`}
      onConfirm={bring}
      onClose={onClose}
    >
      <p>
        The value of version {version} becomes version {secret.version + 1} of {secret.name}. The grants and the
        description stay as they are now.
      </p>
    </Confirm>
  );
}

const WORDS: Readonly<Record<string, string>> = {
  description: 'Description',
  dates: 'Dates',
  key: 'Sealed again under a new key',
  removed: 'Removed',
};

/** `Version 4`, `Granted to deploy`. */
function changeWords({ changed, version, granted = [], revoked = [] }: Revision): string {
  const names = (grants: readonly string[]) => [...new Set(grants.map((one) => shortName(one.replace(/@.*/, ''))))];
  const came = names(granted).filter((name) => !names(revoked).includes(name));
  const went = names(revoked).filter((name) => !names(granted).includes(name));
  const repinned = names(granted).filter((name) => names(revoked).includes(name));
  const grants = [
    ...(came.length > 0 ? [`Granted to ${came.join(', ')}`] : []),
    ...(repinned.length > 0 ? [`Granted to the new definition of ${repinned.join(', ')}`] : []),
    ...(went.length > 0 ? [`Grant to ${went.join(', ')} removed`] : []),
  ];
  const others = changed.flatMap((what) => {
    if (what === 'value' || what === 'created') return [`Version ${version}`];
    return what === 'grants' ? [] : [WORDS[what] ?? what];
  });
  return [...others, ...grants].join(' · ');
}
