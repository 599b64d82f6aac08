import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/rig/fresh-build.ts'],
    reporters: ['default', './test/rig/count-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores may be busy with other files.
    expect: { poll: { timeout: 10_000 } },
    // Most tests wait for processes and disks: one file a core, where the default leaves a core idle; more is not faster.
    maxWorkers: '100%',
    maxConcurrency: 4,
    unstubEnvs: true,
    coverage: {
      provider: 'v8',
      reporter: ['text-summary', 'json', 'html'],
      // Where a branch that was never tried could cost a value: signing and sealing, masking, injection, writing.
      include: [
        'src/vault/**',
        'src/masking/{redactor,pattern-automaton,byte-queue}.ts',
        'src/run/{workspace/injection,workspace/scratch,step/masks,step/unseal}.ts',
        'src/util/{atomic-file,lock,canonical-json,process-stamp}.ts',
      ],
      // The rest is known: `?? 0` that the compiler asks for in the masker's inner loops, and systems without /proc or /dev/shm.
      thresholds: { branches: 97 },
    },
  },
});
