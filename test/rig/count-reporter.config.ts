import { defineConfig } from 'vitest/config';

/** For count-reporter.test.ts alone. */
// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  test: { include: ['test/rig/count-reporter.sample.ts'], reporters: ['./test/rig/count-reporter.ts'] },
});
