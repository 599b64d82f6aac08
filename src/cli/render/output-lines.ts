import type { Event } from '../../run/event.ts';

/** Beyond this a line without an end is taken in pieces. */
const LONGEST_LINE = 64 * 1024;

/** Makes lines of what steps write piece by piece. */
export class OutputLines {
  /** Unfinished last lines, by step and stream. */
  readonly #open = new Map<string, string>();

  /** The lines that this brings to their end. */
  take({ step, stream, text }: Extract<Event, { type: 'output' }>): string[] {
    const key = `${step}\n${stream}`;
    const lines = `${this.#open.get(key) ?? ''}${text}`.split('\n');
    const rest = lines.pop() ?? '';
    const cut = rest.length > LONGEST_LINE;
    this.#open.set(key, cut ? '' : rest);
    return [...lines, ...(cut ? [rest] : [])];
  }

  /** What a step that has ended left without a line end. */
  rest(step: string): string[] {
    return ['stdout', 'stderr'].flatMap((stream) => {
      const key = `${step}\n${stream}`;
      const rest = this.#open.get(key) ?? '';
      this.#open.delete(key);
      return rest === '' ? [] : [rest];
    });
  }
}
