import { isDate } from '../../util/guards.ts';

/** The values of `format` as in JSON Schema, each checked in time linear in the text. A test compares them with ajv. */
export const TEXT_FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  time: isTime,
  'date-time': (text) => {
    const [date = '', time = '', ...rest] = text.split(/[Tt ]/);
    return rest.length === 0 && isDate(date) && isTime(time);
  },
  duration: (text) =>
    /^P(?:\d+W|(?=[\dT])(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/.test(text),
  email: (text) => {
    const at = text.lastIndexOf('@');
    const [name, domain] = [text.slice(0, at), text.slice(at + 1)];
    return at > 0 && text.length <= 254 && isDotAtom(name) && domain.includes('.') && isHost(domain);
  },
  hostname: (text) => isHost(text.replace(/\.$/, '')),
  ipv4: (text) => /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text),
  ipv6: (text) => /^[\da-f.]*:[\da-f:.]*$/i.test(text) && URL.canParse(`http://[${text}]/`),
  uri: (text) =>
    /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/.test(text) &&
    URL.canParse(text),
  uuid: (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text),
};

/** A text of each format, for a message. */
export const FORMAT_EXAMPLES: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  time: '09:30:00Z',
  'date-time': '2026-01-31T09:30:00Z',
  duration: 'PT1H30M',
  email: 'ada@example.com',
  hostname: 'www.example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '123e4567-e89b-12d3-a456-426614174000',
};

export function formatInWords(format: string): string {
  const article = /^[ei]/.test(format) ? 'an' : 'a';
  return `${article} ${format}, such as ${FORMAT_EXAMPLES[format]}`;
}

/** A time with its offset from UTC (RFC 3339); the 61st second exists only at the end of a UTC day. */
function isTime(text: string): boolean {
  const parts = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i.exec(text);
  if (parts === null) return false;
  const [hour = 0, minute = 0, second = 0] = parts.slice(1, 4).map(Number);
  const [offsetHour = 0, offsetMinute = 0] = parts.slice(5).map((one) => Number(one ?? 0));
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return false;
  const offset = (offsetHour * 60 + offsetMinute) * (parts[4] === '-' ? -1 : 1);
  return second < 60 || (hour * 60 + minute - offset + 2 * DAY) % DAY === DAY - 1;
}

/** The minutes of a day. */
const DAY = 24 * 60;

function isDotAtom(text: string): boolean {
  return text.split('.').every((atom) => /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/.test(atom));
}

function isHost(text: string): boolean {
  const isLabel = (label: string) => label.length <= 63 && /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label);
  return text.length <= 253 && text.split('.').every(isLabel);
}

const MILLISECONDS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `1.5s`, `1h30m` -> milliseconds. The schema defines the form; any other text gives undefined. */
export function durationMs(text: string): number | undefined {
  if (!/^(?:[0-9]{1,9}(?:\.[0-9]{1,3})?(?:ms|s|m|h)){1,4}$/.test(text)) return undefined;
  const parts = [...text.matchAll(/([0-9.]+)(ms|s|m|h)/g)];
  const total = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (MILLISECONDS[unit] ?? 0), 0);
  return Math.round(total);
}
