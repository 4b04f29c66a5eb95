import { defineConfig } from "vitest/config";

/** Timeout of a test in milliseconds, far above what a busy machine needs. */
const TIMEOUT = 180_000;

export default defineConfig({
  oxc: false,
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  test: {
    include: ["{test,react/test}/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    expect: { poll: { timeout: TIMEOUT } },
  },
});
