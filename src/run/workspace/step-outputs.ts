import { isName, NAME_FORMS } from '../../names.ts';

/** Bytes of a `$LOCKSTEP_OUTPUT` file. */
export const MAXIMUM_OUTPUTS = 1024 * 1024;

export interface StepOutputs {
  /** Unmasked. If an output is given twice, the last value counts. */
  readonly outputs: ReadonlyMap<string, string>;
  /** The fault and its line, without any content of the file; `outputs` holds what came before. */
  readonly problem?: string;
}

/**
 * Reads what a step wrote to `$LOCKSTEP_OUTPUT`: lines `name=value`, and blocks
 *
 *     name<<WORD
 *     any lines
 *     WORD
 *
 * Empty lines between them and CR before LF are passed over.
 */
export function parseOutputs(bytes: Uint8Array): StepOutputs {
  const outputs = new Map<string, string>();
  if (bytes.length > MAXIMUM_OUTPUTS) return { outputs, problem: `the file is larger than ${MAXIMUM_OUTPUTS} bytes` };
  const lines = decodeLines(bytes);
  if (typeof lines === 'number') return { outputs, problem: `line ${lines}: not UTF-8 text` };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const opening = /^([^=]*?)<<(.*)$/s.exec(line);
    const equals = line.indexOf('=');
    const name = opening?.[1] ?? line.slice(0, Math.max(0, equals));
    const problem = opening === null && equals < 0 ? 'neither "name=value" nor "name<<WORD"' : lineFault(name);
    if (problem !== null) return { outputs, problem: `line ${at + 1}: ${problem}` };
    if (opening === null) outputs.set(name, line.slice(equals + 1));
    else {
      const end = opening[2] === '' ? -1 : lines.indexOf(opening[2] ?? '', at + 1);
      if (end < 0) return { outputs, problem: `line ${at + 1}: the block that begins here has no end` };
      outputs.set(name, lines.slice(at + 1, end).join('\n'));
      at = end;
    }
  }
  return { outputs };
}

/** A line that was meant as part of a value may stand where a name should, so it is not quoted. */
function lineFault(name: string): string | null {
  return isName('word', name) ? null : `the name of an output is ${NAME_FORMS.word}`;
}

/** The lines, or the number of the first one that is not UTF-8: no byte of a longer character is a line feed. */
function decodeLines(bytes: Uint8Array): string[] | number {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const lines: string[] = [];
  for (let from = 0; from <= bytes.length; ) {
    const feed = bytes.indexOf(0x0a, from);
    const end = feed === -1 ? bytes.length : feed;
    try {
      lines.push(decoder.decode(bytes.subarray(from, end)).replace(/\r$/, ''));
    } catch {
      return lines.length + 1;
    }
    from = end + 1;
  }
  return lines;
}
