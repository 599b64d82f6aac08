import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** Ends the output with `N passed, N failed` alone on a line, for readers that do not know vitest's summary. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    process.stdout.write(`${countLine(modules, unhandled)}\n`);
  }
}

/** A file that could not be loaded, and an error outside any test, count as one failure each. */
function countLine(modules: readonly TestModule[], unhandled: readonly SerializedError[]): string {
  let passed = 0;
  let failed = unhandled.length;
  for (const module of modules) {
    failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      if (state === 'failed') failed++;
    }
  }
  return `${passed} passed, ${failed} failed`;
}
