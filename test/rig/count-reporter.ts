import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

/**
 * Ends the output with `N passed, N failed, N skipped` alone on a line, for readers that do not know vitest's summary, and
 * names every skipped test above it. Where CI is set, a skipped test fails the run.
 */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    // A file that could not be loaded, and an error outside any test, count as one failure each.
    const errors = modules.flatMap((module) => module.errors()).length + unhandled.length;
    const skipped = inState('skipped');
    for (const test of skipped) process.stdout.write(`skipped: ${describeSkipped(test)}\n`);
    const [passed, failed] = [inState('passed').length, inState('failed').length + errors];
    process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
    if (skipped.length > 0 && process.env.CI) {
      process.stdout.write('CI is set, where every test has to run\n');
      process.exitCode = 1;
    }
  }
}

function describeSkipped(test: TestCase): string {
  const result = test.result();
  const reason = result.state === 'skipped' ? result.note : undefined;
  return `${test.module.relativeModuleId}: ${test.fullName} (${reason ?? 'no reason given'})`;
}
