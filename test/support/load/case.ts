/** One change of the system under load: when it switched, what was lost, how long it took. */
import type { Verdict } from "./mix.ts";
import type { LoadPlan } from "./types.ts";
import type { LoadSystem } from "./system.ts";
import { STEP, type Update } from "./update.ts";

export interface CaseOptions {
  load?: Partial<Omit<LoadPlan, "url" | "run">>;
  /** Seconds of load before the change, to compare with. */
  before: number;
  /** Seconds of load from the change's begin on, at least. */
  atLeast?: number;
  /** Seconds of load after the change's end. */
  after: number;
}

export interface CaseResult extends Verdict {
  /** What the updates printed. */
  output: string;
  /** Seconds from the (first) command to its switch. */
  toSwitch: number | undefined;
  /** Seconds of the whole commands. */
  whole: number;
}

/** Runs `change` while the system is under load. What it returns are the updates it made. */
export async function underLoad(
  system: LoadSystem,
  options: CaseOptions,
  change: () => Promise<Update[]>,
): Promise<CaseResult> {
  const load = await system.load(options.load);
  try {
    await seconds(options.before);
    load.mark("during");
    const began = Date.now();
    const updates = await change();
    const [first] = updates;
    load.mark("after");
    const passed = (Date.now() - began) / 1000;
    await seconds(Math.max(options.after, (options.atLeast ?? 0) - passed));
    const at = updates.flatMap((update) => switches(update));
    const verdict = await load.stop({ at, drain: system.settings.drain });
    const switched = first?.find(STEP.switched);
    return {
      ...verdict,
      output: updates.map(({ output }) => output).join("\n"),
      toSwitch:
        first === undefined || switched === undefined
          ? undefined
          : (switched.at - first.startedAt) / 1000,
      whole: updates.reduce((sum, update) => sum + update.seconds, 0),
    };
  } catch (error) {
    load.kill();
    throw error;
  }
}

/** When the proxy moved to other replicas, or to another process of its own. */
export function switches(update: Update): number[] {
  const first = [STEP.retiring, STEP.switched].flatMap((step) => update.find(step) ?? []);
  return [...first, ...update.findAll(STEP.reloaded)].map(({ at }) => at);
}

/** Lets the load run on. */
function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, count) * 1000));
}
