import type { Limited } from '../template/limits.ts';

/** A hole in a script of Python or JavaScript. */
export interface Literal {
  readonly how: 'text' | 'code';
  readonly write: (value: string) => string;
  readonly limits?: readonly Limited[];
}
