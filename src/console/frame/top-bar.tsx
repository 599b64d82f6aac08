import { useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { Command } from '../parts/copy.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Icon, Mark } from '../parts/icon.tsx';
import { Tag } from '../parts/note.tsx';
import { Ago } from '../parts/time.tsx';
import { connection } from '../state/live.ts';
import { forgetToken } from '../state/session.ts';
import { status } from '../state/store.ts';
import { nextTheme, theme } from '../state/theme.ts';
import { paletteOpen } from './palette-state.ts';

/** Which repository, which commit, is it current; what is not committed; the palette; the theme; who this is. */
export function TopBar() {
  const { name = 'Lockstep' } = status.value ?? {};
  return (
    <header class="top flex">
      <a class="brand flex" href="/secrets">
        <Mark />
        <span>{name}</span>
      </a>
      <Sync />
      <ToCommit />
      <button type="button" class="search find" onClick={() => (paletteOpen.value = true)}>
        <Icon name="search" />
        <span>Find or do</span>
        <kbd aria-hidden="true">{/Mac|iPhone|iPad/.test(navigator.platform) ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <Button
        icon="theme"
        kind="quiet"
        label={`Theme: ${theme.value === 'system' ? 'as the system' : theme.value}`}
        onClick={nextTheme}
      />
      <You />
    </header>
  );
}

function Sync() {
  const { snapshot, current, loadedAt } = status.value ?? {};
  return (
    <p class="sync flex grow second">
      {snapshot?.branch && (
        <span class="flex branch">
          <Icon name="branch" />
          <span class="cut">{snapshot.branch}</span>
        </span>
      )}
      {snapshot?.commit && <code title={snapshot.commit}>{snapshot.commit.slice(0, 7)}</code>}
      {connection.value === 'offline' ? (
        <span class="state">
          <span class="dot" />
          <span>not connected</span>
        </span>
      ) : current === false ? (
        <a class="state warn" href="/problems">
          <Icon name="warning" /> <span>the last good state</span>
        </a>
      ) : (
        loadedAt && (
          <span class="state">
            <span class="dot ok" />
            <span>
              loaded <Ago at={loadedAt} />
            </span>
          </span>
        )
      )}
    </p>
  );
}

/** Changes of the vault are files: until Git has them, others do not. */
function ToCommit() {
  const [open, setOpen] = useState(false);
  const { toCommit = [] } = status.value ?? {};
  if (toCommit.length === 0) return null;
  const folders = [...new Set(toCommit.map((file) => file.split('/')[0]))].join(' ');
  return (
    <>
      <button type="button" class="btn quiet small commit" onClick={() => setOpen(true)}>
        <Icon name="file" />
        {toCommit.length} to commit
      </button>
      {open && (
        <Dialog
          title={`${toCommit.length} ${toCommit.length === 1 ? 'file' : 'files'} to commit`}
          onClose={() => setOpen(false)}
        >
          <div class="prose">
            <p>
              The vault is files in the working tree. Others get a change when it is committed and pushed; values in it
              are sealed.
            </p>
          </div>
          <ul class="files">
            {toCommit.map((file) => (
              <li key={file}>
                <code>{file}</code>
              </li>
            ))}
          </ul>
          <Command text={`git add ${folders} && git commit -m "Change secrets"`} />
        </Dialog>
      )}
    </>
  );
}

function You() {
  const [open, setOpen] = useState(false);
  const known = status.value;
  if (known === undefined) return null;
  return (
    <>
      <button
        type="button"
        class="you"
        aria-label={`You: ${known.member ?? 'no identity'}`}
        onClick={() => setOpen(true)}
      >
        <Tag>{known.member ?? 'no identity'}</Tag>
      </button>
      {open && (
        <Dialog title={known.member ?? 'No identity'} onClose={() => setOpen(false)}>
          <dl class="facts">
            <div>
              <dt>Signs as</dt>
              <dd>
                {known.member === null
                  ? 'nobody: this server has no identity of a member'
                  : `${known.member}, the member whose identity the server has`}
              </dd>
            </div>
            <div>
              <dt>Token</dt>
              <dd>
                {known.token.name}: {known.token.scopes.join(', ')}
              </dd>
            </div>
            <div>
              <dt>Lockstep</dt>
              <dd>{known.version}</dd>
            </div>
          </dl>
          <div class="actions">
            <Button onClick={forgetToken}>Sign out of this tab</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
