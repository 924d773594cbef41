// `npm test`: runs the project's checks step by step, goes on after a failing one, and closes with
// a table and the line `N passed, N failed`. Stopped at any point, it leaves nothing running.
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { Children } from "./runner/child.ts";
import { closingLine, elapsed, exitCode, summary, type StepResult } from "./runner/report.ts";
import { abandonedScratch, makeScratch, sweepScratch } from "./runner/scratch.ts";
import { tally, type Step, type StepContext, type Tally } from "./runner/step.ts";
import { allSteps, choose } from "./runner/steps.ts";
import { engineAddress, workbenchProcesses } from "./runner/workbench.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const children = new Children();
const started = Date.now();
let interrupted: keyof typeof SIGNALS | undefined;

const command = new Command("npm test --")
  .description("Runs the checks of this project: all of them, unless told otherwise.")
  .option("--only <names>", "steps to run, separated by commas; `unit` includes `program`", split)
  .option("--full", "also the long tests: more well-known images, and what each needs")
  .addHelpText("after", () => `\nSteps:\n${describeSteps(allSteps(children))}`);

process.exitCode = await main();

async function main(): Promise<number> {
  const options = command.parse().opts<{ only?: string[]; full?: boolean }>();
  let steps: Step[];
  try {
    steps = choose(allSteps(children), options.only);
  } catch (error) {
    console.error(`error: ${message(error)}`);
    return 2;
  }
  for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) {
    process.on(signal, () => void interrupt(signal));
  }
  for (const scratch of abandonedScratch()) await sweepScratch(scratch, await engineAddress());
  const context: StepContext = {
    root,
    scratch: makeScratch(),
    full: options.full ?? false,
    strict: (process.env.CI ?? "") !== "",
  };
  const results: StepResult[] = [];
  try {
    for (const step of steps) {
      if (interrupted !== undefined) break;
      results.push(await runStep(step, context, results));
    }
  } finally {
    results.push(...(await cleanUp(steps, context.scratch)));
  }
  const total = elapsed((Date.now() - started) / 1000);
  heading(interrupted === undefined ? `done in ${total}` : `stopped by ${interrupted} at ${total}`);
  const closing = closingLine(results);
  if (process.env.LONGSHORE_TEST_SUMMARY) {
    writeFileSync(process.env.LONGSHORE_TEST_SUMMARY, `${closing}\n`);
  }
  console.log([...summary(results), "", closing].join("\n"));
  return interrupted === undefined ? exitCode(results) : SIGNALS[interrupted];
}

async function runStep(
  step: Step,
  context: StepContext,
  before: StepResult[],
): Promise<StepResult> {
  heading(`${step.name}: ${step.title}`);
  const begun = Date.now();
  const broken = before.filter((r) => step.needs?.includes(r.name) && r.tally.failed > 0);
  let result: Tally;
  if (broken.length > 0) {
    const causes = broken.map((r) => r.name).join(" and ");
    result = tally({ failed: 1, failures: [`${step.name}: not run, since ${causes} failed`] });
  } else {
    result = await step.run(context).catch((error: unknown) => {
      const failure = `${step.name}: ${message(error)}`;
      console.error(failure);
      return tally({ failed: 1, failures: [failure] });
    });
  }
  return { name: step.name, tally: result, seconds: (Date.now() - begun) / 1000 };
}

/** Undoes what the steps set up, the last one first. A failure here fails the run. */
async function cleanUp(steps: Step[], scratch: string): Promise<StepResult[]> {
  const begun = Date.now();
  const failures: string[] = [];
  const left = await children.stop("SIGTERM", 30, await workbenchProcesses());
  left.push(...(await sweepScratch(scratch, await engineAddress())));
  // An interrupted test cannot clean up after itself: that is what this is for.
  if (interrupted === undefined) failures.push(...left.map((what) => `left by a test: ${what}`));
  for (const step of steps.toReversed()) {
    await step.cleanUp?.().catch((error: unknown) => failures.push(message(error)));
  }
  if (failures.length === 0) return [];
  const result = tally({ failed: failures.length, failures });
  return [{ name: "clean-up", tally: result, seconds: (Date.now() - begun) / 1000 }];
}

async function interrupt(signal: keyof typeof SIGNALS): Promise<void> {
  if (interrupted !== undefined) return; // already on it: npm and the terminal both send one
  interrupted = signal;
  console.error(`\n${signal}: stopping the current step and cleaning up`);
  const wanted = signal === "SIGHUP" ? "SIGTERM" : signal;
  await children.stop(wanted, 30, await workbenchProcesses());
}

function heading(text: string): void {
  const at = elapsed((Date.now() - started) / 1000);
  console.log(`\n==> [${at}] ${text}`);
}

function describeSteps(steps: Step[]): string {
  return steps.map((step) => `  ${step.name.padEnd(10)} ${step.title}`).join("\n");
}

function split(names: string): string[] {
  return names.split(",").map((name) => name.trim());
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
