import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long and do not look it: vitest starts large files first, and one that comes last keeps a core idle. */
const LONG: readonly string[] = ['scripts.test.ts', 'problems-doc.test.ts', 'examples.test.ts', 'kill-tree.test.ts'];

export class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(`/${name}`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
