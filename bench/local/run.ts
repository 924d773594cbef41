/**
 * `npm run bench`: what commands cost on this computer as people type them, beside Ansible, Docker Compose, and the
 * least that any tool could need (pull, run, first healthy answer), all in one run; and where the seconds go.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { ROOT, TestStack } from "../../test/support/test-stack.ts";
import { changeApp, peerCases, stackCases } from "./cases.ts";
import { report } from "./report.ts";
import { EventLog, type Span } from "./timeline.ts";

interface Options {
  rounds: number;
  peers: boolean;
}

const { rounds, peers } = new Command("npm run bench --")
  .description("measures updates, releases and rollbacks beside Ansible, Compose and their floor")
  .option("--rounds <number>", "measured rounds, after one that is not counted", Number, 5)
  .option("--no-peers", "without Ansible (Python 3 and PyPI) and Docker Compose")
  .parse()
  .opts<Options>();

if (!Number.isInteger(rounds) || rounds < 0) throw new Error("--rounds takes a whole number");
const stack = await TestStack.create("bench");
let remove: (() => Promise<unknown>)[] = [];
try {
  say("bringing the stack up (not measured)");
  await stack.up();
  const own = stackCases(stack);
  if (peers) say("bringing the peers up (not measured)");
  const { cases: others, systems } = peers ? await peerCases(stack) : { cases: [], systems: [] };
  remove = systems.map((system) => () => system.remove());
  const cases = [...own, ...others];
  const seconds = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, prepare, run, check } of cases) {
      await prepare?.();
      const started = performance.now();
      await run();
      const took = (performance.now() - started) / 1000;
      await check?.();
      say(`round ${round}${round === 0 ? " (warm-up)" : ""}: ${name}: ${took.toFixed(2)} s`);
      if (round > 0) seconds.get(name)?.push(took);
    }
  }
  const parts = {
    "no change": await timed(),
    "a release of app (2 replicas), no build": await changeApp(stack).then(timed),
  };
  const text = await report(stack, { rounds, seconds, parts });
  mkdirSync(join(ROOT, "bench/results"), { recursive: true });
  writeFileSync(join(ROOT, "bench/results/local.md"), text);
  console.log(text);
} finally {
  await Promise.allSettled(remove.map((each) => each()));
  await stack.destroy();
}

/** One update, and where its seconds went. */
async function timed(): Promise<Span[]> {
  const file = join(stack.folder, ".longshore", "events.json");
  const started = performance.now();
  const log = new EventLog(file, started);
  stack.env.PULUMI_DEBUG_COMMANDS = "true"; // or there is no --event-log
  await stack.up({ args: ["--event-log", file] });
  return log.end((performance.now() - started) / 1000);
}

function say(line: string): void {
  console.error(`==> ${line}`);
}
