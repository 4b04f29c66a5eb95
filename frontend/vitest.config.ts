import { defineConfig } from "vitest/config";

/** When a test counts as hung, in milliseconds: far beyond what a busy machine needs. */
const PATIENCE = 180_000;

export default defineConfig({
  oxc: false,
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    expect: { poll: { timeout: PATIENCE } },
  },
});
