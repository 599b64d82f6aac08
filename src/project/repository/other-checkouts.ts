import { createHash } from 'node:crypto';
import type { Explanation, FileFact, OtherCheckout } from '../../definition/model/digest.ts';
import type { Tool } from '../../definition/model/tool.ts';
import { shellQuoted } from '../../text/shell-word.ts';

/** A file as the steps of a tool get it. */
export interface ListedFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly bytes: Buffer;
  readonly executable: boolean;
}

/** The facts with LF for CR LF, and also with the executable bit that the first line of each file implies. */
export interface FactsElsewhere {
  readonly lineFeeds: readonly FileFact[];
  readonly modes: readonly FileFact[];
}

/** The files of a tool, here and in other checkouts. */
interface Facts {
  readonly facts: readonly FileFact[];
  readonly elsewhere: () => FactsElsewhere;
}

const LF = 0x0a;
const CR = 0x0d;

export function factOf({ path, bytes, executable }: ListedFile): FileFact {
  return [path, executable, createHash('sha256').update(bytes).digest('hex')];
}

/** @param facts of the files, in the same order */
export function factsElsewhere(files: readonly ListedFile[], facts: readonly FileFact[]): FactsElsewhere {
  const lineFeeds = files.map((file, at) =>
    file.bytes.includes('\r\n') ? factOf({ ...file, bytes: withLineFeeds(file.bytes) }) : (facts[at] ?? factOf(file)),
  );
  const modes = lineFeeds.map(([path, , sha256], at): FileFact => [path, isProgram(files[at]), sha256]);
  return { lineFeeds, modes };
}

/**
 * How `core.autocrlf` and file systems without modes change a checkout. There, a grant made elsewhere is refused, for
 * this reason.
 */
export function otherCheckouts(listed: (tool: Tool) => Facts): readonly OtherCheckout[] {
  const lineFeeds = (tool: Tool) => listed(tool).elsewhere().lineFeeds;
  const modes = (tool: Tool) => listed(tool).elsewhere().modes;
  return [
    { files: lineFeeds, explain: (tool) => lineEndings(changed(listed(tool).facts, lineFeeds(tool))) },
    { files: modes, explain: (tool) => lostModes(changed(listed(tool).facts, modes(tool))) },
  ];
}

function lineEndings(paths: readonly string[]): Explanation | null {
  if (paths.length === 0) return null;
  return {
    reason: `here the lines of ${paths.join(', ')} end in CR LF, as core.autocrlf makes them`,
    hint: `git config core.autocrlf false && ${checkedOutAnew(paths)}`,
  };
}

function lostModes(paths: readonly string[]): Explanation | null {
  if (paths.length === 0) return null;
  return {
    reason: `here ${paths.join(', ')} ${paths.length === 1 ? 'has' : 'have'} another mode or other line endings`,
    hint: `git config core.fileMode true && git config core.autocrlf false && ${checkedOutAnew(paths)}`,
  };
}

/**
 * Git does not touch a file that it believes unchanged, so the file is removed first. Its bytes are those of a commit.
 */
function checkedOutAnew(paths: readonly string[]): string {
  const words = paths.map(shellQuoted).join(' ');
  return `rm -- ${words} && git checkout-index -- ${words}`;
}

function changed(here: readonly FileFact[], there: readonly FileFact[]): readonly string[] {
  return here.flatMap(([path, executable, sha256], at) => {
    const other = there[at];
    return other !== undefined && (other[1] !== executable || other[2] !== sha256) ? [path] : [];
  });
}

function withLineFeeds(bytes: Buffer): Buffer {
  return bytes.filter((byte, at) => byte !== CR || bytes[at + 1] !== LF) as Buffer;
}

function isProgram(file: ListedFile | undefined): boolean {
  return file?.bytes.subarray(0, 2).toString('latin1') === '#!';
}
