/**
 * `npm run bench:fleet`: what installs, updates and releases of fleets of simulated machines cost, by their size, beside
 * Ansible and a plain script by ssh: time, processor time of the whole computer (the machines are on it), memory, logins
 * and bytes for each machine. Written after every tool and size.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { execa } from "execa";
import { ROOT } from "../../test/support/test-stack.ts";
import { up as workbenchUp } from "../../workbench/index.ts";
import { ansible } from "./ansible.ts";
import { BOOT, type Contender, INSTALL, RELEASE } from "./contender.ts";
import { longshore } from "./longshore.ts";
import { type Machine, buildMachineImage } from "./machines.ts";
import { type Measured, measure } from "./measure.ts";
import { report } from "./report.ts";
import { script } from "./script.ts";
import { buildVersions } from "./versions.ts";

interface Options {
  sizes: string;
  rounds: number;
  peers: boolean;
  latency: number;
  latencySizes: string;
}

const options = new Command("npm run bench:fleet --")
  .description("measures fresh installs, updates and releases of fleets of simulated machines")
  .option("--sizes <numbers>", "numbers of machines, up to 16 each", "1,4,16")
  .option("--rounds <number>", "measured rounds of what can be repeated", Number, 3)
  .option("--no-peers", "without Ansible (Python 3 and PyPI) and the script")
  .option("--latency <milliseconds>", "added to each round trip by SSH in a run more", Number, 50)
  .option("--latency-sizes <numbers>", "numbers of machines in that run; empty: none", "4")
  .parse()
  .opts<Options>();
const { rounds, peers } = options;
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number");

const workbench = await workbenchUp();
await buildMachineImage(workbench);
say("building the app's versions (not measured)");
const images = await buildVersions(rounds + 1);
const all: Measured[] = [];
for (const size of numbers(options.sizes)) await compare(size, 0, rounds);
for (const size of numbers(options.latencySizes)) await compare(size, options.latency, 1);

/** One tool after the other: no machine of another one runs meanwhile. */
async function compare(size: number, latency: number, count: number): Promise<void> {
  const add = (tool: string, name: string, figures: Measured["figures"]) => {
    const { seconds, logins } = figures;
    say(`${size} machines, ${tool}: ${name}: ${seconds.toFixed(1)} s, ${logins} logins`);
    all.push({ tool, name, size, latency, figures });
  };
  const timed = async (boot: () => Promise<Machine[]>) => {
    let machines: Machine[] = [];
    add("none", BOOT, await measure(async () => (machines = await boot())));
    return machines;
  };
  const request = { workbench, images, size, latency, timed };
  const contenders = [
    () => longshore(size, latency, timed),
    ...(peers ? [() => ansible(request), () => script(request)] : []),
  ];
  for (const make of contenders) {
    const contender = await make();
    try {
      await steps(contender, count, (name, figures) => add(contender.tool, name, figures));
    } finally {
      await contender.remove();
    }
    await write();
  }
}

async function steps(
  tool: Contender,
  count: number,
  add: (name: string, figures: Measured["figures"]) => void,
): Promise<void> {
  const step = async (name: string, version: number, run: () => Promise<unknown>) => {
    await tool.disconnect();
    const figures = await measure(() => run().then(() => tool.fleet.serving(version)), tool.fleet);
    add(name, figures);
  };
  await step(INSTALL, 0, () => tool.install());
  for (let round = 0; round < count; round++) {
    for (const each of tool.again) await step(each.name, round, () => each.run());
    tool.want(round + 1);
    await step(RELEASE, round + 1, () => tool.release());
  }
}

async function write(): Promise<void> {
  const { stdout: commit } = await execa("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT });
  const text = report(all, commit);
  mkdirSync(join(ROOT, "bench/results"), { recursive: true });
  writeFileSync(join(ROOT, "bench/results/fleet.md"), text);
  console.log(text);
}

function numbers(text: string): number[] {
  const found = text
    .split(",")
    .filter((each) => each !== "")
    .map(Number);
  if (found.every((each) => Number.isInteger(each) && each >= 1 && each <= 16)) return found;
  throw new Error(`numbers of machines from 1 to 16, not \`${text}\``);
}

function say(line: string): void {
  console.error(`==> ${line}`);
}
