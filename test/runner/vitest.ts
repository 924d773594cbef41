// Runs one project of vitest.config.ts and counts its tests from vitest's JSON report.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";
import type { Children } from "./child.ts";
import { tally, type StepContext, type Tally } from "./step.ts";

const Report = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

export async function runVitest(
  children: Children,
  project: string,
  context: StepContext,
): Promise<Tally> {
  const output = join(context.scratch, `vitest-${project}.json`);
  const args = ["run", "--project", project, "--reporter=default", "--reporter=json"];
  const code = await children.run("vitest", [...args, `--outputFile.json=${output}`], {
    cwd: context.root,
    env: { TMPDIR: context.scratch, ...(context.full ? { LONGSHORE_TEST_SIZE: "full" } : {}) },
  });
  let report: unknown;
  try {
    report = JSON.parse(readFileSync(output, "utf8"));
  } catch {
    const failure = `${project}: vitest ended with exit code ${code} and without a report`;
    return tally({ failed: 1, failures: [failure] });
  }
  return countVitest(project, report, code, context.root);
}

/** Each test counts once; so does a file that could not be loaded, and an error outside any test. */
export function countVitest(project: string, report: unknown, code: number, root: string): Tally {
  const result = tally();
  for (const file of Report.parse(report).testResults) {
    const path = relative(root, file.name);
    for (const test of file.assertionResults) {
      if (test.status === "passed") result.passed++;
      else if (test.status === "failed") fail(`${path}: ${test.fullName}`);
      else result.skipped++;
    }
    const ownFailure = !file.assertionResults.some((test) => test.status === "failed");
    if (file.status === "failed" && ownFailure) {
      fail(`${path}: ${file.message.split("\n")[0] ?? ""}`);
    }
  }
  if (result.failed === 0 && code !== 0) {
    const nothing = result.passed === 0 && result.skipped === 0;
    fail(`${project}: ${nothing ? "no tests ran" : "an error outside any test"} (exit ${code})`);
  }
  return result;

  function fail(line: string): void {
    result.failed++;
    result.failures.push(line);
  }
}
