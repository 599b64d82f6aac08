import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';

/** Where something begins that has the shape of a credential, and which: `github: GITHUB_TOKEN`. Never the text itself. */
export interface Shape {
  readonly at: number;
  readonly shape: string;
}

/** What secretlint's recommended rules do not look for. */
const OTHERS: readonly (readonly [shape: string, form: RegExp])[] = [
  ['age: SECRET_KEY', /AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{50,}/g], // age-encryption.org/v1
  ['jwt: SIGNED_TOKEN', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/g], // RFC 7519; Kubiya's API keys are such
];

/** By the rules that secretlint keeps (AWS, GitHub, GitLab, Google, Slack, Stripe, npm, private keys and more), and a few of our own. */
export async function credentialShapes(path: string, text: string): Promise<readonly Shape[]> {
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
  const others = OTHERS.flatMap(([shape, form]) => [...text.matchAll(form)].map(({ index }) => ({ at: index, shape })));
  return [...known, ...others];
}
