// The sizes of test: pure functions and components (unit), the whole program under mocks (program),
// inputs against the models of APIs (contract), and real engines with a real `pulumi up` (e2e, one
// file at a time).
import { defineConfig } from "vitest/config";

/** A busy machine may take seconds for what takes milliseconds here; nothing is told by being slow. */
const PATIENT = { pool: "forks", testTimeout: 60_000, hookTimeout: 60_000 } as const;

export default defineConfig({
  test: {
    pool: "forks",
    // Most of the tests' time is waiting, so more workers than cores; e2e files still take turns.
    maxWorkers: 4,
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], ...PATIENT } },
      { test: { name: "program", include: ["test/program/**/*.test.ts"], ...PATIENT } },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], ...PATIENT } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});
