/** An argument as a person reads it: text without quotes. */
export function argumentText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A long text is cut; the whole stands in its title. */
export function shortText(text: string, most = 120): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** `date 2026-11-27 · limit 5` */
export function argumentsText(args: Readonly<Record<string, unknown>>): string {
  return Object.entries(args)
    .map(([name, value]) => `${name} ${argumentText(value)}`)
    .join(' · ');
}
