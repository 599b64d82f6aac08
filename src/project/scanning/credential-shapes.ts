import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';

/** Otherwise the profiler keeps several marks for every rule and text, as long as the process lives. */
secretLintProfiler.setEnabled(false);

/** The place and the kind of a text with the shape of a credential: `github: GITHUB_TOKEN`. Never the text itself. */
export interface Shape {
  readonly at: number;
  readonly shape: string;
}

/** Shapes that secretlint's recommended rules do not cover. */
const OTHERS: readonly (readonly [shape: string, form: RegExp])[] = [
  ['age: SECRET_KEY', /AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{50,}/g], // age-encryption.org/v1
  // RFC 7519, for example Kubiya's API keys. It begins at the dot, so that no part of a long line is read from many
  // places.
  ['jwt: SIGNED_TOKEN', /\.(?<=\b(?<before>eyJ[\w-]{10,}\.))eyJ[\w-]{10,}\.[\w-]{20,}/g],
];

/**
 * Rules may read to the end of the text from each place, so a text is read in windows and the work is linear in its
 * length. A credential that is longer than the overlap of two windows is found only if one window holds all of it.
 */
const WINDOW = 64 * 1024;
const SHARED = 16 * 1024;
/** Characters before a window that are read with it, so that a window never seems to begin a word. */
const BEFORE = 256;
/** The limit for one file. Later findings are not scanned for. */
export const MOST_SHAPES = 10_000;

/**
 * Finds shapes by secretlint's rules (AWS, GitHub, GitLab, Google, Slack, Stripe, npm, private keys and more), and by a
 * few of our own. In order.
 */
export async function credentialShapes(path: string, text: string): Promise<readonly Shape[]> {
  const shapes: Shape[] = [];
  for (let start = 0; start < text.length && shapes.length < MOST_SHAPES; start += WINDOW) {
    const from = Math.max(0, start - BEFORE);
    const found = await shapesIn(path, text.slice(from, start + WINDOW + SHARED));
    const placed = found.map(({ at, shape }) => ({ at: at + from, shape }));
    shapes.push(...placed.filter(({ at }) => at >= start && at < start + WINDOW));
  }
  return shapes.sort((one, other) => one.at - other.at);
}

async function shapesIn(path: string, text: string): Promise<readonly Shape[]> {
  const { messages } = await lintSource({
    source: { filePath: path, content: text, contentType: 'text', ext: /\.[^./]*$/.exec(path)?.[0] ?? '' },
    options: {
      maskSecrets: true,
      config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator }] },
    },
  });
  const known = messages.map(({ range, ruleId, messageId }) => ({
    at: range[0],
    shape: `${ruleId.replace(/^.*secretlint-rule-/, '')}: ${messageId}`,
  }));
  const others = OTHERS.flatMap(([shape, form]) =>
    [...text.matchAll(form)].map(({ index, groups }) => ({
      at: groups?.before === undefined ? index : index + 1 - groups.before.length,
      shape,
    })),
  );
  return [...known, ...others];
}
