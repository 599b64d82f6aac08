import { type EntryRecord, entryFile } from '../format/entry-document.ts';
import { VaultFault } from '../format/fault.ts';
import { ROOT_FILE } from '../format/root-document.ts';
import type { Undoing } from './pins.ts';
import { isReplaceable, type RegressionCase, type RegressionCause } from './undone.ts';

/*
 * The message about a state that differs from the one that this machine saw last: who undid which change, and the
 * command that continues from there. Each printed command works as it is: the one that restores, and the one that
 * accepts.
 */

const PULL = 'if you are behind: git pull (or git merge)';

export function entryFault(record: EntryRecord | null, asked: RegressionCase, story: RegressionCause): VaultFault {
  const [group = '', name = ''] = asked.key.split('/');
  const file = entryFile(group, name);
  const present = record === null ? 'is gone' : `is at revision ${record.revision}`;
  const accept = `lockstep trust --secret ${name} --group ${group}`;
  if (story.how === 'undone' && story.committed !== 'unknown') {
    const set = `or set the value again: lockstep secret set ${name} --group ${group}`;
    const what = `${present}, and revision ${asked.seen.revision}`;
    return undone({ file, what, committed: story.committed, undoing: story.undoing }, [
      `if the change is to be dropped: ${accept}`,
      ...(isReplaceable(story) ? [set] : []),
    ]);
  }
  if (story.how === 'beside' && record !== null) {
    const what = `holds revision ${record.revision} by ${record.by} instead of the revision ${asked.seen.revision} that this machine has seen: two people changed it at the same time`;
    return new VaultFault(story.mine ? 'vault/forked' : 'vault/rolled-back', { file }, what, [
      `see both: git log -p -- ${file}`,
      `if this one is to count: ${accept}, and make the other change again`,
    ]);
  }
  const what =
    record === null
      ? 'is gone without a trace of a removal'
      : `${present}, but this machine has seen revision ${asked.seen.revision}`;
  return new VaultFault(
    'vault/rolled-back',
    { file },
    record === null ? `${what}, but this machine has seen it` : what,
    [PULL, `if going back is what you want: ${accept}`],
  );
}

export function rootFault(asked: RegressionCase, story: RegressionCause): VaultFault {
  const [seen, found] = [asked.seen.revision, asked.found?.revision ?? 0];
  const accept = 'lockstep trust --branch';
  if (story.how === 'undone' && story.committed !== 'unknown') {
    const what = `ends at root ${found}, and root ${seen}`;
    return undone({ file: ROOT_FILE, what, committed: story.committed, undoing: story.undoing }, [
      `if the change of members or groups is to be dropped: ${accept}`,
    ]);
  }
  const what =
    found < seen
      ? `ends at root ${found}, but this machine has seen root ${seen}`
      : `has a different root ${seen} than the one that this machine has seen`;
  return new VaultFault('vault/rolled-back', { file: ROOT_FILE }, what, [PULL, `if this state is to count: ${accept}`]);
}

/** The note when the present state is accepted without asking. */
export function acceptance({ file, seen }: RegressionCase, story: RegressionCause): string {
  if (story.how === 'beside')
    return `${file}: a merge took the other side's change instead of revision ${seen.revision}`;
  return `${file}: revision ${seen.revision} was made on this machine, never committed and discarded; it no longer counts`;
}

interface Undone {
  readonly file: string;
  readonly what: string;
  readonly committed: 'never' | { readonly commit: string };
  readonly undoing: Undoing;
}

function undone({ file, what, committed, undoing }: Undone, hints: readonly string[]): VaultFault {
  const back = {
    nothing: '',
    value: '; going back means an older value',
    access: '; going back means access that it took away',
  };
  if (typeof committed === 'object') {
    const commit = committed.commit.slice(0, 12);
    const text = `${what} was made on this machine and is in commit ${commit}${back[undoing]}`;
    const commands = [`to have it back: git checkout ${commit} -- ${file}`, ...hints];
    return new VaultFault('vault/rolled-back', { file }, text, commands);
  }
  return new VaultFault(
    'vault/undone',
    { file },
    `${what} was made on this machine and never committed${back[undoing]}`,
    hints,
  );
}
