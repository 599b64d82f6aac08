import type { SecretList } from '../../generated/answers.ts';
import { Command } from '../../parts/copy.tsx';
import { Hints, Notice, sentence } from '../../parts/notice.tsx';

/** Why some secrets are not in the list, or none can be opened. */
export function Findings({ list: { trusted, findings } }: { readonly list: SecretList }) {
  return (
    <>
      {!trusted && (
        <Notice tone="warn">
          <p>
            <b>This machine does not trust the vault yet.</b> Names can be read; values can be neither opened nor
            changed until a person compares the fingerprint.
          </p>
          <Command text="lockstep trust" />
        </Notice>
      )}
      {findings.map(({ file, message, hints }) => (
        <Notice key={file} tone="bad">
          <p>
            <b>{sentence(message)}</b> <code>{file}</code> is not in the list.
          </p>
          <Hints hints={hints} />
        </Notice>
      ))}
    </>
  );
}
