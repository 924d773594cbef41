/** One case, tried on a system under load, and what it must show. */
import { type CaseResult, underLoad } from "../../test/support/load/case.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import type { LoadPlan } from "../../test/support/load/types.ts";
import type { BenchCase } from "./cases.ts";
import type { Size } from "./sizes.ts";

/** Longest gap in milliseconds that a case may have. */
const MAX_GAP = 500;

/** @returns what was measured, and one line for each thing that is not as it must be. */
export async function tryCase(
  system: LoadSystem,
  item: BenchCase,
  size: Size & { mix: Partial<LoadPlan> },
): Promise<{ result: CaseResult; faults: string[] }> {
  await item.prepare?.(system);
  const { rate, before, after, requests } = size;
  const atLeast = item.lossy ? 10 : requests / rate - before;
  const load = { ...size.mix, rate };
  try {
    const options = { load, before, after, atLeast };
    const result = await underLoad(system, options, () => item.change(system));
    return { result, faults: judge(item, result, rate) };
  } finally {
    await item.restore?.(system);
  }
}

function judge(item: BenchCase, result: CaseResult, rate: number): string[] {
  if (item.lossy) return result.failed > 0 ? [] : ["no loss was seen"];
  const { badFor = 0 } = item;
  const faults = [
    result.failed > badFor * rate
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
  return faults.filter((fault) => fault !== "");
}
