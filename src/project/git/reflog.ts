import { readText } from '../../util/read-text.ts';

/** One line of a reflog: `OLD NEW Name <email> SECONDS ZONE<tab>what was done`. */
export interface Movement {
  readonly old: string;
  readonly commit: string;
  /** In seconds since 1970. */
  readonly at: number;
  readonly done: string;
}

const MOVEMENT = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t]*> (\d+) [+-]\d{4}\t(.*)$/;

/** The lines of a reflog file, oldest first. */
export function movements(log: string): readonly Movement[] {
  return movementsIn(readText(log));
}

export function movementsIn(text: string): readonly Movement[] {
  return text.split('\n').flatMap((line) => {
    const [, old = '', commit = '', at = '', done = ''] = MOVEMENT.exec(line) ?? [];
    return commit === '' ? [] : { old, commit, at: Number(at), done };
  });
}
