const MILLISECONDS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s` -> 90000. The form is the schema's; anything else is undefined. */
export function durationMs(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const scale = MILLISECONDS[unit];
  return count === undefined || scale === undefined ? undefined : Number(count) * scale;
}
