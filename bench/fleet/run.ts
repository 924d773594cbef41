/**
 * `npm run bench:fleet`: what an update of a fleet of simulated machines costs, by its size: time, processor time of the
 * whole computer (the machines are on it), memory, logins and bytes for each machine. Written after every size.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { execa } from "execa";
import { useMachines } from "../../test/support/simulated.ts";
import { ROOT, TestStack } from "../../test/support/test-stack.ts";
import { changeApp } from "../local/cases.ts";
import { Fleet } from "./machines.ts";
import { type Measured, measure } from "./measure.ts";
import { report } from "./report.ts";

const { sizes, rounds } = new Command("npm run bench:fleet --")
  .description("measures fresh installs, updates and releases of fleets of simulated machines")
  .option("--sizes <numbers>", "numbers of machines, up to 16 each", "1,4,16")
  .option("--rounds <number>", "measured rounds of what can be repeated", Number, 3)
  .parse()
  .opts<{ sizes: string; rounds: number }>();

const all: Measured[] = [];
for (const size of sizes.split(",").map(Number)) {
  const stack = await TestStack.create("bench-fleet");
  try {
    await useMachines(stack, size);
    const fleet = new Fleet(stack, size);
    const run = async (name: string, action: () => Promise<unknown>) => {
      const figures = await measure(fleet, action);
      say(`${size} machines: ${name}: ${figures.seconds.toFixed(1)} s`);
      all.push({ size, name, figures });
    };
    await run("from nothing: images, machines, Docker, first release", () => stack.up());
    await fleet.check();
    for (let round = 0; round < rounds; round++) {
      await run("no change", () => stack.up());
      await run("no change, `--refresh`", () => stack.up({ args: ["--refresh"] }));
      await changeApp(stack);
      await run("release of app (a replica on each)", () => stack.up());
      await fleet.check();
    }
  } finally {
    await stack.destroy();
  }
  const { stdout: commit } = await execa("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT });
  const text = report(all, commit);
  mkdirSync(join(ROOT, "bench/results"), { recursive: true });
  writeFileSync(join(ROOT, "bench/results/fleet.md"), text);
  console.log(text);
}

function say(line: string): void {
  console.error(`==> ${line}`);
}
