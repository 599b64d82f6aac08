import type { OutdatedForm, RepinPreview } from '../../project/secrets/repin.ts';
import { visible } from '../../text/visible.ts';

/** Longer differences are for `git diff` and a pager. */
const LONGEST_DIFF = 64 * 1024;

/**
 * The granted form, the present form, and the difference. Others write definitions, so their control characters are
 * removed.
 */
export function repinText({ tool, group, secrets, forms }: RepinPreview): string {
  if (secrets.length === 0) return `every grant of ${tool} in ${group} is for what it is now\n`;
  return [
    `${tool} has changed since ${secrets.join(', ')} in ${group} ${was(secrets)} granted to it`,
    ...forms.map(formText),
  ]
    .join('\n\n')
    .concat('\n');
}

function was(secrets: readonly string[]): string {
  return secrets.length === 1 ? 'was' : 'were';
}

function formText({ digest, commit, date, changes }: OutdatedForm): string {
  const form = `sha256:${digest.slice(0, 12)}`;
  if (commit === null)
    return `granted form ${form}: what it was is unknown, because no commit that is at hand has it; look at the whole definition`;
  const head = `granted form ${form}: commit ${commit.slice(0, 12)} of ${date}`;
  if (changes === null || changes === '')
    return `${head}; Git shows no difference in the files themselves (a new untracked one, perhaps, or what they call)`;
  const shown =
    changes.length > LONGEST_DIFF
      ? `${changes.slice(0, LONGEST_DIFF)}\n(... git diff --text --no-ext-diff --no-textconv ${commit})`
      : changes;
  return `${head}\n${visible(shown).trimEnd()}`;
}
