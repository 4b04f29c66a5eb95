import { defineConfig } from "vitest/config";

/** Timeout of a test in milliseconds, far above what a busy machine needs. */
const TIMEOUT = 180_000;

export default defineConfig({
  oxc: false,
  define: { CODE_HASHES: "{}" },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  test: {
    restoreMocks: true,
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    expect: { poll: { timeout: TIMEOUT } },
    projects: [
      {
        extends: true,
        test: {
          name: "views",
          include: ["test/**/*.test.{ts,tsx}"],
          setupFiles: ["src/model/agents/loaded.ts", "src/view/on-demand/agents-loaded.ts"],
        },
      },
      // Its pages load the rules of agents with the first event of one.
      { extends: true, test: { name: "react", include: ["react/test/**/*.test.{ts,tsx}"] } },
    ],
  },
});
