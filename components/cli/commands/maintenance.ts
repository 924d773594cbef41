/** `longshore maintenance`: visitors get a page and status 503, until it is switched off again. */
import type { HostMaintenance } from "../../releases/operations.ts";
import type { CommonOptions, Terminal } from "../context.ts";
import { CliError, EXIT } from "../exit.ts";
import { openRuntime } from "../open-runtime.ts";
import { openStack } from "../stack.ts";
import { type Maintenance, maintenanceFaults } from "../../releases/maintenance.ts";

export interface MaintenanceOptions extends CommonOptions {
  /** What the page says. */
  message?: string;
  /** Value of `Retry-After`, in seconds. */
  retryAfter?: number;
}

export const MAINTENANCE_DEFAULTS = { message: "Down for maintenance.", retryAfter: 300 };

export async function maintenance(
  what: "on" | "off" | "status",
  options: MaintenanceOptions,
  terminal: Terminal,
): Promise<void> {
  const wanted: Maintenance | undefined =
    what === "on"
      ? {
          message: options.message ?? MAINTENANCE_DEFAULTS.message,
          retryAfter: options.retryAfter ?? MAINTENANCE_DEFAULTS.retryAfter,
          since: new Date().toISOString(),
        }
      : undefined;
  const faults = maintenanceFaults(wanted);
  if (faults.length > 0) throw new CliError(faults.join("\n"), EXIT.usage);
  const open = await openStack(options);
  const runtime = await openRuntime(open);
  const found =
    what === "status" ? await runtime.maintenance() : await runtime.setMaintenance(wanted);
  if (options.json) terminal.out(JSON.stringify({ stack: open.name, hosts: found }));
  else for (const line of found) terminal.out(describe(open.name, line));
}

function describe(stack: string, { host, maintenance }: HostMaintenance): string {
  if (maintenance === null) return `${stack} on ${host}: serves`;
  const { message, retryAfter, since } = maintenance;
  return `${stack} on ${host}: in maintenance since ${since}, "${message}", retry after ${retryAfter} s`;
}
