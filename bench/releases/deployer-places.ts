/** Where in a release something happens to its deployer: what is released, and how the moment is told. */
import { newContainers, until } from "../../test/support/load/kill.ts";
import type { Change } from "../../test/support/load/settings.ts";
import type { LoadSystem } from "../../test/support/load/system.ts";
import { STEP, type Update } from "../../test/support/load/update.ts";
import { freePort } from "../../test/support/test-stack.ts";

/** Seconds: longer than a second `pulumi up` takes from its start to its refusal. */
const LONG = 12;

export interface Place {
  name: string;
  /** Which service is released. */
  service: "app" | "dnmonster";
  /** How, beside its new version. */
  settings: Omit<Change, "app" | "dnmonster" | "cache"> & Change;
  /** The forwarder is another one, so that its ports are closed for a moment at the release's end. */
  proxy: boolean;
  /**
   * What serves if the release ends there: what served before, unless it says otherwise. A release that can
   * still say something rolls back what it has switched, and one that is killed cannot.
   */
  serves?: "new" | "either";
  /** Waits for the moment. */
  reach: (system: LoadSystem, update: Update, old: Set<string>) => Promise<unknown>;
}

const running = async (system: LoadSystem, update: Update, old: Set<string>) => {
  await update.line(/: starting|stopping the old first/);
  await until(async () => (await newContainers(system, old)).length > 0);
};
const said = (pattern: RegExp) => (_: LoadSystem, update: Update) => update.line(pattern);

const COMMAND = {
  service: "app",
  settings: { commandTakes: LONG },
  reach: said(/app: \| migrating in run/),
} as const;
const GAP = {
  service: "dnmonster",
  settings: { dnmonster: { startsAfter: LONG } },
  reach: running,
} as const;

const places = {
  command: { ...COMMAND, name: "release command", proxy: false },
  gate: {
    ...{ name: "start-first, at the gate", service: "app", proxy: false },
    ...{ settings: { app: { startsAfter: LONG } }, reach: running },
  },
  gap: { ...GAP, name: "stop-first, in the gap", proxy: false },
  canary: {
    ...{ name: "canary, at 20 %", service: "app", proxy: false },
    settings: { app: { strategy: { canary: { steps: [20], watch: LONG } } } },
    reach: said(/app: 20 % of the requests go to/),
  },
  ramp: {
    ...{ name: "ramped, one copy of two", service: "app", proxy: false },
    settings: { app: { strategy: "ramped", startsAfter: LONG } },
    reach: said(/new replica 1 of 2 is healthy/),
  },
  drain: {
    ...{ name: "start-first, draining", service: "app", settings: {}, proxy: false },
    ...{ serves: "new", reach: said(STEP.switched) },
  },
  commandWithProxy: { ...COMMAND, name: "release command, changed forwarder", proxy: true },
  gapWithProxy: { ...GAP, name: "stop-first, in the gap, changed forwarder", proxy: true },
  handOver: {
    ...{ name: "changed forwarder, ports closed", service: "app", settings: {}, proxy: true },
    ...{ serves: "either", reach: said(/its ports are closed for a moment/) },
  },
} as const satisfies Record<string, Place>;

export const PLACES: { [Name in keyof typeof places]: Place } = places;

/** What the place's release changes; ends with the service's new version. */
export async function changeAt(
  system: LoadSystem,
  { service, settings, proxy }: Place,
): Promise<{ change: Change; version: string }> {
  const image = await system.newVersion();
  const own = settings[service] ?? {};
  const change: Change = {
    ...{ commandTakes: 0, ...settings },
    [service]: { startsAfter: undefined, strategy: undefined, ...own, ...image },
    ...(proxy ? { proxy: { statusPort: await freePort() } } : {}),
  };
  return { change, version: image.version };
}
