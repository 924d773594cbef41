/**
 * `npm run bench:releases`: what releases, rollbacks, failures and killed deployers cost the visitors,
 * with Docker Compose beside it in the same run. Writes bench/results/releases.md after every case.
 */
import { Command } from "commander";
import type { LoadSystem } from "../../test/support/load/system.ts";
import type { Verdict } from "../../test/support/load/mix.ts";
import { NEGATIVE_CONTROL, goodCases } from "./cases.ts";
import { failedReleases } from "./failures.ts";
import { deployerMatrix } from "./deployer-matrix.ts";
import { killMatrix, machinesKillMatrix } from "./kill-matrix.ts";
import { machineSet } from "./machine-cases.ts";
import { onMachines } from "./on-machines.ts";
import { onOwnEngine } from "./own-engine.ts";
import { NOTICED, watchedReleases } from "./watched.ts";
import { PEERS, measurePeer } from "./peers.ts";
import { Section, circumstances } from "./report.ts";
import { tryCase } from "./case-trial.ts";
import { MIX, SIZES, type Size } from "./sizes.ts";
import { messageOf } from "../../components/output/log.ts";

const COLUMNS = [
  "case",
  "requests",
  "failed",
  "longest gap, ms",
  "p99 before / during, ms",
  "streams cut at the drain's end",
  "POSTs missing / double, of",
  "downloads across the switch",
  "command to switch, s",
  "whole, s",
  "generator late p99 / max, ms",
];
interface Options {
  size: string;
  rate?: number;
  case?: string[];
  machines?: boolean;
  kill?: boolean;
  deployers?: boolean;
  point?: string[];
}

const local = [...goodCases(), ...(await failedReleases()), ...watchedReleases(), NEGATIVE_CONTROL];
const onEach = await machineSet();
const names = [
  ...new Set([...local, ...onEach, ...PEERS].map(({ name }: { name: string }) => name)),
];
const command = new Command("npm run bench:releases --")
  .description(
    "measures releases under mixed load, or with --kill the kill matrix, on an engine of its own (Linux, root)",
  )
  .option("--size <size>", `${Object.keys(SIZES).join(", ")}`, "small")
  .option("--rate <number>", "requests per second instead of the size's", Number)
  .option("--case <names...>", "only these cases (see below)")
  .option("--machines", "on three simulated machines behind a load balancer, and not on one engine")
  .option("--kill", "the kill matrix instead of the load cases")
  .option("--deployers", "the deployers' matrix instead of the load cases")
  .option("--point <texts...>", "of a matrix: only points whose name contains one of these")
  .addHelpText("after", `\nCases: ${names.join(", ")}\n`);
const options = command.parse().opts<Options>();
const chosen = SIZES[options.size];
const unknown = (options.case ?? []).filter((name) => !names.includes(name));
if (chosen === undefined) command.error(`error: no size is called ${options.size}`);
if (unknown.length > 0) command.error(`error: no case is called ${unknown.join(", ")}`);
const size: Size = {
  ...SIZES.small,
  ...chosen,
  ...(options.rate ? { rate: options.rate } : {}),
} as Size;

process.exitCode = await chosenPart();

function chosenPart(): Promise<number> {
  if (options.kill) return (options.machines ? machinesKillMatrix : killMatrix)(options.point);
  return options.deployers ? deployerMatrix(options.point) : loadCases();
}

async function loadCases(): Promise<number> {
  const wanted = (name: string) => options.case?.includes(name) ?? true;
  const problems: string[] = [];
  say("bringing the system up (not measured)");
  const [stage, cases, peers] = options.machines
    ? [onMachines, onEach, []]
    : [onOwnEngine, local, PEERS];
  await stage("bench", {}, async (system: LoadSystem) => {
    const { Version } = await system.docker.version();
    const place = options.machines
      ? "Simulated machines, app on each, behind a load balancer."
      : "live-restore, no userland proxy.";
    const about = await circumstances(
      Version,
      `${place} Size ${options.size}: ${size.rate} requests/s, half on kept ` +
        `connections, half on new ones, one of ${MIX.postEvery} a POST; ${MIX.webSockets} WebSockets, ` +
        `${MIX.downloads} downloads of ${MIX.downloadSeconds} s.`,
    );
    const where = options.machines ? " on three machines" : "";
    const section = new Section(`Load cases${where}`, about, COLUMNS);
    // What may be lost is another question here, so they have a table of their own.
    const limit = `The bad version may lose ${NOTICED} s of requests.`;
    const watched = new Section(
      `Releases that fail in the watch${where}`,
      `${about} ${limit}`,
      COLUMNS,
    );
    for (const item of cases.filter(({ name }) => wanted(name))) {
      say(`${item.name}: ${item.title}`);
      try {
        const { result, faults } = await tryCase(system, item, { ...size, mix: MIX });
        (item.badFor === undefined ? section : watched).put(row(item.title, result));
        tell(result);
        problems.push(...faults.map((fault) => `${item.name}: ${fault}`));
      } catch (error) {
        problems.push(`${item.name}: ${messageOf(error)}`);
        console.error(problems.at(-1));
      }
    }
    for (const peer of peers.filter(({ name }) => wanted(name))) {
      say(`${peer.name}: ${peer.title}`);
      const result = await measurePeer(system, peer, size);
      section.put(row(peer.title, result));
      tell(result);
    }
  });
  for (const problem of problems) console.error(`PROBLEM ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

function row(title: string, result: Verdict & { toSwitch?: number; whole: number }): string[] {
  const { lateness } = result.report;
  return [
    title,
    String(result.requests),
    String(result.failed),
    result.longestGap.toFixed(0),
    `${ms(result.before?.p99)} / ${ms(result.during?.p99)}`,
    String(result.cutByDrain),
    `${result.missing} / ${result.double}, ${result.posts}`,
    String(result.spanning),
    result.toSwitch === undefined ? "–" : result.toSwitch.toFixed(1),
    result.whole === 0 ? "–" : result.whole.toFixed(1),
    `${ms(lateness.p99)} / ${ms(lateness.max)}`,
  ];
}

function tell(result: Verdict): void {
  const { requests, failed, longestGap, cutByDrain, missing, double } = result;
  say(
    `  ${requests} requests, ${failed} failed, gap ${longestGap} ms, ${cutByDrain} cut at the drain's end, ` +
      `POSTs ${missing} missing ${double} double`,
  );
  for (const reason of result.reasons.slice(0, 5)) say(`    ${reason}`);
}

function ms(value: number | undefined): string {
  return value === undefined ? "–" : value.toFixed(value < 10 ? 1 : 0);
}

function say(line: string): void {
  console.error(`[${(performance.now() / 1000).toFixed(0)} s] ${line}`);
}
