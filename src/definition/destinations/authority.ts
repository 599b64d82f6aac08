/** Represents any number of letters, digits, "-" and "_" in a text: a part of one label of a host name. */
export const LABEL = '\uE001';

/** `co.uk`: domains below it belong to different owners. */
const PUBLIC_SECOND_LEVEL = /^(?:com?|org|net|ac|gov|edu)$/;

/** Whether this beginning of a place (`https://user@host:1/path`, `host/path`) fixes its host, whatever follows. */
export function isHostOver(text: string): boolean {
  const [scheme, rest] = withoutScheme(text);
  if (scheme === '' && /^[\w.-]+@[\w.-]+:/.test(rest)) return true;
  const mayBeScheme = scheme === '' && /^[\w+.-]+:\/?$/.test(rest);
  return !mayBeScheme && /[/?#]/.test(rest);
}

/** Whether the host of a place belongs to a known domain, whatever the labels below that domain. */
export function isHostFixed(text: string): boolean {
  const [, rest] = withoutScheme(text);
  const [authority = ''] = rest.split(/[/?#]/);
  const labels = (authority.split('@').at(-1) ?? '').replace(/:.*$/s, '').split('.');
  const own = PUBLIC_SECOND_LEVEL.test(labels.at(-2) ?? '') ? 3 : 2;
  return labels.slice(-own).every((label) => /^[\w-]+$/.test(label));
}

function withoutScheme(text: string): readonly [scheme: string, rest: string] {
  const scheme = /^[\w+.\-\uE001]*:\/\//.exec(text)?.[0] ?? '';
  return [scheme, text.slice(scheme.length)];
}
