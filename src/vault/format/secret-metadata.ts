import { LockstepError } from '../../errors.ts';
import { isDate } from '../../util/guards.ts';
import { type Entry, isDescription, isDuration } from './entry-document.ts';

/** The metadata of a secret. A null field is removed; an absent field does not change. */
export interface SecretMetadata {
  readonly description?: string | null;
  /** Such as `90d`. */
  readonly rotateEvery?: string | null;
  /** `YYYY-MM-DD` */
  readonly expires?: string | null;
}

type Said = Pick<Entry, 'description' | 'rotateEvery' | 'expires'>;

/** Throws `metadata/invalid` for metadata that an entry cannot hold. */
export function requireMetadata({ description, rotateEvery, expires }: SecretMetadata): void {
  const rules = [
    [description, isDescription, 'a description has 1 to 2000 characters'],
    [rotateEvery, isDuration, 'a rotation time is a number and d, w, m or y, such as 90d'],
    [expires, isDate, 'an expiry is a day such as 2027-01-31'],
  ] as const;
  for (const [word, isRight, form] of rules) {
    if (typeof word === 'string' && !isRight(word))
      throw new LockstepError('metadata/invalid', form, ['repeat the command with a right one']);
  }
}

/** The same entry, or draft of an entry, with other metadata. */
export function withMetadata<T extends Said>(entry: T, words: SecretMetadata): T {
  const { description, rotateEvery, expires, ...rest } = entry;
  const wanted = Object.entries({
    description: words.description === undefined ? description : words.description,
    rotateEvery: words.rotateEvery === undefined ? rotateEvery : words.rotateEvery,
    expires: words.expires === undefined ? expires : words.expires,
  });
  return { ...rest, ...Object.fromEntries(wanted.filter(([, word]) => typeof word === 'string')) } as T;
}

export function hasSameMetadata(one: Said, other: Said): boolean {
  return (
    one.description === other.description && one.rotateEvery === other.rotateEvery && one.expires === other.expires
  );
}
