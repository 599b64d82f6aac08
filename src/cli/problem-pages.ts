import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';

/** The texts of docs/problems.md: code -> the text under its heading, with examples. The package contains the page. */
export function problemPages(): ReadonlyMap<string, string> {
  const sections = readFileSync(pagePath(), 'utf8').split(/^#{2,3} (?=\S)/m);
  return new Map(
    sections.flatMap((section) => {
      const [, code, text = ''] = /^([a-z]+\/[a-z-]+)\n(.*)$/s.exec(section) ?? [];
      return code === undefined ? [] : [[code, text.trim()] as const];
    }),
  );
}

function pagePath(): string {
  return join(findPackageJSON(import.meta.url) ?? '', '../docs/problems.md');
}
