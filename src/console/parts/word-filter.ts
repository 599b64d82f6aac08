/** The items whose text has every word that is sought, in any order and case. */
export function withWords<T>(items: readonly T[], sought: string, textOf: (item: T) => string): readonly T[] {
  const words = sought.toLowerCase().split(/\s+/);
  return items.filter((item) => {
    const text = textOf(item).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
