import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests wait for states; how long that may take says only how busy a machine may be.
    expect: { poll: { timeout: 15_000 } },
  },
});
