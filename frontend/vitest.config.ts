import { defineConfig } from "vitest/config";

export default defineConfig({
  oxc: false,
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  test: { include: ["test/**/*.test.{ts,tsx}"], restoreMocks: true },
});
