/** `longshore hosts drain` and `resume`: whether load balancers send requests to a host. */
import { setTimeout as pause } from "node:timers/promises";
import type { Terminal } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { openRuntime } from "../open-runtime.ts";
import { openStack } from "../stack.ts";
import { HOST_CHECK } from "../../hosts/peer-ports.ts";
import type { Operations } from "../../releases/operations.ts";
import type { HostsOptions } from "./hosts.ts";

/** Seconds without a visitor after which a host counts as drained. */
const QUIET = 5;
/** Milliseconds between two looks. */
const LOOK = 1000;

export async function drain(
  action: "drain" | "resume",
  name: string | undefined,
  options: HostsOptions,
  terminal: Terminal,
): Promise<void> {
  if (name === undefined) throw new CliError(`Say which host to ${action}.`, EXIT.usage);
  const open = await openStack(options);
  const runtime = await openRuntime(open);
  const since = action === "drain" ? new Date().toISOString() : undefined;
  await runtime.setDraining(name, since);
  const inFlight = action === "drain" ? await untilQuiet(runtime, name, options.wait) : undefined;
  if (options.json === true) {
    terminal.out(JSON.stringify({ host: name, draining: since ?? null, inFlight: inFlight ?? 0 }));
  } else if (action === "resume") {
    terminal.out(`\`${name}\` tells load balancers to come again.`);
  } else {
    const rest =
      inFlight === undefined
        ? `For ${QUIET} s nobody has asked it for anything.`
        : `It is still asked, and answers ${inFlight} requests now: long ones, or some that come without a load balancer that asks ` +
          `\`${HOST_CHECK}\`.`;
    terminal.out(`\`${name}\` tells load balancers to send requests elsewhere. ${rest}`);
  }
}

/** Waits until nobody comes any more. @returns what is in flight when the time is up; undefined after a quiet time. */
async function untilQuiet(
  runtime: Operations,
  host: string,
  seconds: number,
): Promise<number | undefined> {
  const until = Date.now() + seconds * 1000;
  let quietSince = Date.now();
  let { requests, inFlight } = await runtime.visitors(host);
  for (;;) {
    if (Date.now() - quietSince >= QUIET * 1000) return undefined;
    if (Date.now() >= until) return inFlight;
    await pause(LOOK);
    const now = await runtime.visitors(host);
    if (now.requests !== requests || now.inFlight > 0) quietSince = Date.now();
    ({ requests, inFlight } = now);
  }
}
