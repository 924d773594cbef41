/** What a point of a matrix leaves, and how it is told. */
import { inventory, serving } from "../../test/support/load/inventory.ts";
import { processesEnd } from "../../test/support/load/kill.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";

/** Seconds that a killed deployer's processes may take to end. */
const PATIENCE = 30;

/** What differs from the state that is wanted; empty if nothing does. */
export async function differences(
  system: LoadSystem,
  wanted: { app: string; dnmonster: string },
  known: string[],
): Promise<string[]> {
  const processes = await processesEnd(system, PATIENCE);
  const now = await serving(system);
  const found = await inventory(system);
  const changes = await system.expectNoChanges().then(
    () => [],
    (error: unknown) => [`a preview finds changes: ${String(error).slice(-2000)}`],
  );
  return [
    ...processes.map((process) => `left over: process ${process}`),
    ...(now.app === wanted.app && now.dnmonster === wanted.dnmonster
      ? []
      : [`${JSON.stringify(now)} serve, wanted ${JSON.stringify(wanted)}`]),
    ...surplus(found, known).map((what) => `left over: ${what}`),
    ...surplus(known, found).map((what) => `missing: ${what}`),
    ...changes,
  ];
}

/** What the first list has more than the second, also of the same thing twice. */
function surplus(list: string[], of: string[]): string[] {
  const rest = [...of];
  return list.filter((entry) => {
    const at = rest.indexOf(entry);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** `503 ×3, ECONNRESET ×2` */
export function kinds(reasons: string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) {
    const why = reason.split(": ").at(-1) ?? "";
    const kind = why.replace(/ at \d+ of .*$/, "").replace(/^(\d{3}) .*$/, "$1");
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${kind} ×${count}`).join(", ");
}

export function say(line: string): void {
  console.error(`[${(performance.now() / 1000).toFixed(0)} s] ${line}`);
}
