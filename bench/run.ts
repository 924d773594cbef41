/**
 * `npm run bench`: what Longshore's commands cost on this computer, each beside the least that any
 * tool could need for it (pull, run, first healthy answer), measured in the same run.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { cpus } from "node:os";
import { Command } from "commander";
import { execa } from "execa";
import { pull } from "../test/support/pull.ts";
import { ROOT, TestStack, freePort } from "../test/support/test-stack.ts";

interface Case {
  name: string;
  /** What is not measured. */
  prepare?: () => Promise<unknown>;
  run: () => Promise<unknown>;
}

const { rounds } = new Command("npm run bench --")
  .description("measures no-op up, up --refresh and a one-service release beside their floor")
  .option("--rounds <number>", "measured rounds, after one that is not counted", Number, 5)
  .parse()
  .opts<{ rounds: number }>();

const stack = await TestStack.create("bench");
try {
  console.error("==> bringing the stack up (not measured)");
  await stack.up();
  const cases: Case[] = [
    { name: "floor: pull, run, first healthy answer", run: () => floor() },
    { name: "no-op `up`", run: () => stack.up() },
    { name: "no-op `up --refresh`", run: () => stack.up({ args: ["--refresh"] }) },
    // A new session key: app's containers are replaced and released, nothing is built.
    {
      name: "release of app (2 replicas), no build",
      prepare: () => stack.setSecret("sessionKey", randomBytes(32).toString("hex")),
      run: () => release(),
    },
  ];
  const seconds = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, prepare, run } of cases) {
      await prepare?.();
      const started = performance.now();
      await run();
      const took = (performance.now() - started) / 1000;
      console.error(
        `round ${round}${round === 0 ? " (warm-up)" : ""}: ${name}: ${took.toFixed(2)} s`,
      );
      if (round > 0) seconds.get(name)?.push(took);
    }
  }
  const report = await table(seconds);
  mkdirSync(join(ROOT, "bench/results"), { recursive: true });
  writeFileSync(join(ROOT, "bench/results/local.md"), report);
  console.log(report);
} finally {
  await stack.destroy();
}

async function release(): Promise<void> {
  const { all } = await stack.up();
  if (!all.includes("switched")) throw new Error(`no release took place:\n${all}`);
}

/** The least there is to do for one replica of app, by the engine's API alone. */
async function floor(): Promise<void> {
  const [app] = (await stack.containers()).app ?? [];
  const { Image } = await stack.docker.getContainer(app?.id ?? "").inspect();
  const { RepoDigests } = await stack.docker.getImage(Image).inspect();
  const ref = RepoDigests[0] ?? "";
  await pull(stack.docker, ref);
  const port = await freePort();
  const container = await stack.docker.createContainer({
    Image: ref,
    Labels: { "longshore.stack": stack.label },
    ExposedPorts: { "9090/tcp": {} },
    HostConfig: {
      PortBindings: { "9090/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
    },
  });
  await container.start();
  const until = Date.now() + 30_000;
  while (!(await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok) {
    if (Date.now() > until) throw new Error("the floor's container is not healthy after 30 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await container.remove({ force: true });
}

async function table(seconds: Map<string, number[]>): Promise<string> {
  const { stdout: commit } = await execa("git", ["rev-parse", "--short", "HEAD"], { cwd: ROOT });
  const { Version } = await stack.docker.version();
  const base = median([...seconds.values()][0] ?? []);
  const rows = [...seconds].map(([name, values]) => {
    const middle = median(values);
    const range = `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;
    return `| ${name} | ${middle.toFixed(2)} | ${range} | ${(middle / base).toFixed(1)} |`;
  });
  return [
    "# Local engine",
    "",
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus().length} cores, Docker ${Version}, ` +
      `${rounds} rounds in turn after one warm-up. Seconds of whole commands.`,
    "",
    "| case | median | min–max | ÷ floor |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function median(values: number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
