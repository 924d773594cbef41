/**
 * `npm run bench:releases`: what releases, rollbacks, failures and killed deployers cost the visitors,
 * with Docker Compose beside it in the same run. Writes bench/results/releases.md after every case.
 */
import { Command } from "commander";
import { type CaseResult, underLoad } from "../../test/support/load/case.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import type { Verdict } from "../../test/support/load/mix.ts";
import { type BenchCase, NEGATIVE_CONTROL, goodCases } from "./cases.ts";
import { failedReleases } from "./failures.ts";
import { deployerMatrix } from "./deployer-matrix.ts";
import { killMatrix } from "./kill-matrix.ts";
import { onOwnEngine } from "./own-engine.ts";
import { NOTICED, watchedReleases } from "./watched.ts";
import { PEERS, measurePeer } from "./peers.ts";
import { Section, circumstances } from "./report.ts";
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
/** Longest gap in milliseconds that a case may have. */
const MAX_GAP = 500;

interface Options {
  size: string;
  rate?: number;
  case?: string[];
  kill?: boolean;
  deployers?: boolean;
  point?: string[];
}

const cases: BenchCase[] = [
  ...goodCases(),
  ...(await failedReleases()),
  ...watchedReleases(),
  NEGATIVE_CONTROL,
];
const names = [...cases, ...PEERS].map(({ name }) => name);
const command = new Command("npm run bench:releases --")
  .description(
    "measures releases under mixed load, or with --kill the kill matrix, on an engine of its own (Linux, root)",
  )
  .option("--size <size>", `${Object.keys(SIZES).join(", ")}`, "small")
  .option("--rate <number>", "requests per second instead of the size's", Number)
  .option("--case <names...>", "only these cases (see below)")
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
  if (options.kill) return killMatrix(options.point);
  return options.deployers ? deployerMatrix(options.point) : loadCases();
}

async function loadCases(): Promise<number> {
  const wanted = (name: string) => options.case?.includes(name) ?? true;
  const problems: string[] = [];
  say("bringing the system up (not measured)");
  await onOwnEngine("bench", {}, async (system) => {
    const { Version } = await system.docker.version();
    const about = await circumstances(
      Version,
      `live-restore, no userland proxy. Size ${options.size}: ${size.rate} requests/s, half on kept ` +
        `connections, half on new ones, one of ${MIX.postEvery} a POST; ${MIX.webSockets} WebSockets, ` +
        `${MIX.downloads} downloads of ${MIX.downloadSeconds} s.`,
    );
    const section = new Section("Load cases", about, COLUMNS);
    // What may be lost is another question here, so they have a table of their own.
    const limit = `The bad version may lose ${NOTICED} s of requests.`;
    const watched = new Section("Releases that fail in the watch", `${about} ${limit}`, COLUMNS);
    for (const item of cases.filter(({ name }) => wanted(name))) {
      say(`${item.name}: ${item.title}`);
      try {
        const result = await measure(system, item);
        (item.badFor === undefined ? section : watched).put(row(item.title, result));
        tell(result);
        problems.push(...judge(item, result));
      } catch (error) {
        problems.push(`${item.name}: ${messageOf(error)}`);
        console.error(problems.at(-1));
      }
    }
    for (const peer of PEERS.filter(({ name }) => wanted(name))) {
      say(`${peer.name}: ${peer.title}`);
      const result = await measurePeer(system, peer, size);
      section.put(row(peer.title, result));
      tell(result);
    }
  });
  for (const problem of problems) console.error(`PROBLEM ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

async function measure(system: LoadSystem, item: BenchCase): Promise<CaseResult> {
  await item.prepare?.(system);
  const { rate, before, after, requests } = size;
  const atLeast = item.lossy ? 10 : requests / rate - before;
  const load = { ...MIX, rate };
  try {
    return await underLoad(system, { load, before, after, atLeast }, () => item.change(system));
  } finally {
    await item.restore?.(system);
  }
}

/** What a case must show; one line for each thing that it does not. */
function judge(item: BenchCase, result: CaseResult): string[] {
  if (item.lossy) return result.failed > 0 ? [] : [`${item.name}: no loss was seen`];
  const { badFor = 0 } = item;
  const faults = [
    result.failed > badFor * size.rate
      ? `${result.failed} failed:\n  ${result.reasons.slice(0, 10).join("\n  ")}`
      : "",
    result.longestGap > MAX_GAP + badFor * 1000 ? `a gap of ${result.longestGap} ms` : "",
    badFor > 0 && result.failed === 0 ? "nothing failed, so nothing was tried" : "",
    result.missing > 0 ? `${result.missing} POSTs are missing` : "",
    result.double > 0 ? `${result.double} POSTs were counted twice` : "",
    item.says && !item.says.test(result.output)
      ? `the update does not say ${item.says}:\n${result.output.slice(-3000)}`
      : "",
  ];
  return faults.filter((fault) => fault !== "").map((fault) => `${item.name}: ${fault}`);
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
