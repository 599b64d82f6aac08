import type { Location } from '../../text/problem.ts';
import type { Step } from './tool.ts';

/** Where a key of a step stands; undefined where it is not written. */
export function placeOfKey({ keys }: Step, key: string): Location | undefined {
  return keys.find(({ name }) => name === key)?.at;
}
