/** HAProxy's runtime API as text: the commands between two states, and what its answers say. Pure. */
import type { HostState } from "../types.ts";
import { slotServers } from "./slot-servers.ts";

/** One server as the proxy's health check sees it. */
export interface ServerStatus {
  backend: string;
  server: string;
  /** `UP`, `DOWN`, `MAINT`, `MAINT (resolution)`, … */
  status: string;
  /** The last check's verdict: `L7OK`, `L4CON`, `L7STS`, … Empty before the first. */
  check: string;
  /** HTTP status of the last check, if it was one. */
  code?: number;
  /** What the check says of itself, e.g. `Connection refused`. */
  detail: string;
  /** Duration of the last check in milliseconds. */
  duration?: number;
  /** Requests or connections in progress. */
  sessions: number;
  /** IP address that requests and checks go to now; absent before the name is resolved. */
  address?: string;
}

/**
 * A renamed server keeps the address of its old name until the new one resolves, and would pass its
 * checks there: with the version that serves, before the new one runs. A connection to this address
 * fails at once.
 */
const NOWHERE = "255.255.255.255";

/** The runtime commands between two states of the same shape. */
export function serverCommands(current: HostState, next: HostState): string[] {
  const commands: string[] = [];
  for (const [name, service] of Object.entries(next.services)) {
    const before = current.services[name];
    for (const slot of ["a", "b"] as const) {
      const held = before === undefined ? [] : slotServers(before, slot);
      slotServers(service, slot).forEach(({ container, rests }, index) => {
        const id = `${name}.${slot}/s${index + 1}`;
        const rested = held[index]?.rests ?? true;
        const renamed = held[index]?.container !== container;
        const wakes = !rests && rested;
        const sleeps = rests && !rested;
        if (renamed || sleeps || wakes) commands.push(`set server ${id} state maint`);
        if (renamed) commands.push(`set server ${id} fqdn ${container}`);
        if (renamed && !rests) commands.push(`set server ${id} addr ${NOWHERE}`);
        // A server that becomes ready counts as up before its first check: `down` makes it prove itself.
        if (!rests && (renamed || wakes)) {
          commands.push(`set server ${id} state ready`, `set server ${id} health down`);
        }
      });
    }
  }
  return commands;
}

/** `app.a/s1` → name of the container behind it, as a proxy with `state` has them. */
export function serverNames(state: HostState): Map<string, string> {
  return new Map(
    Object.entries(state.services).flatMap(([name, service]) =>
      (["a", "b"] as const).flatMap((slot) =>
        slotServers(service, slot).map(({ container }, index): [string, string] => [
          `${name}.${slot}/s${index + 1}`,
          container,
        ]),
      ),
    ),
  );
}

/**
 * The same in an answer to `show servers state` (version 1: a line of column names after `# `).
 * https://docs.haproxy.org/3.0/management.html#9.3-show%20servers%20state
 */
export function parseServerNames(answer: string): Map<string, string> {
  const lines = answer.split("\n").map((line) => line.trim());
  const header =
    lines
      .find((line) => line.startsWith("# "))
      ?.slice(2)
      .split(" ") ?? [];
  const [backend, server, name] = ["be_name", "srv_name", "srv_fqdn"].map((column) =>
    header.indexOf(column),
  ) as [number, number, number];
  return new Map(
    lines
      .filter((line) => /^\d+ /.test(line))
      .map((line) => line.split(" "))
      .map((row) => [`${row[backend]}/${row[server]}`, row[name] ?? ""]),
  );
}

/** The entries in an answer to `show map`. */
export function parseMap(answer: string): Map<string, string> {
  const entries = answer
    .split("\n")
    .map((line) => /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line.trim()))
    .flatMap((found) => (found === null ? [] : [[found[1] ?? "", found[2] ?? ""] as const]));
  return new Map(entries);
}

/**
 * The commands that make a map hold what is wanted: `undefined` removes an entry. One that is there
 * must be `set` and another one `add`ed: a key that is added twice is there twice.
 */
export function mapCommands(
  path: string,
  current: ReadonlyMap<string, string>,
  wanted: readonly (readonly [key: string, value: string | undefined])[],
): string[] {
  return wanted.flatMap(([key, value]) => {
    const now = current.get(key);
    if (now === value) return [];
    if (value === undefined) return [`del map ${path} ${key}`];
    return [`${now === undefined ? "add" : "set"} map ${path} ${key} ${value}`];
  });
}

/** The description in an answer to `show info`. */
export function parseDescription(answer: string): string | undefined {
  return /^description: *(\S+)\s*$/m.exec(answer)?.[1];
}

interface StatField {
  objType: string;
  field: { name: string };
  value: { value: string | number };
}

/** A row of `show stat json` as a function from a field's name to its value. */
function readStat(answer: string, objType: string) {
  const rows = JSON.parse(answer.slice(answer.indexOf("["))) as StatField[][];
  return rows
    .filter((row) => row[0]?.objType === objType)
    .map((row) => (name: string) => row.find((entry) => entry.field.name === name)?.value.value);
}

/** The servers in an answer to `show stat json`. */
export function parseStat(answer: string): ServerStatus[] {
  return readStat(answer, "Server").map((value) => {
    const string = (name: string) => String(value(name) ?? "");
    const number = (name: string) => (value(name) === undefined ? undefined : Number(value(name)));
    return {
      backend: string("pxname"),
      server: string("svname"),
      status: string("status"),
      check: string("check_status").replace(/^\* /, ""),
      code: number("check_code"),
      detail: string("last_chk") || string("check_desc"),
      duration: number("check_duration"),
      sessions: number("scur") ?? 0,
      ...address(string("addr")),
    };
  });
}

/** `10.0.0.2:9090` or `[fd00::2]:9090` without the port. */
function address(text: string): { address?: string } {
  const found = /^\[?([0-9a-f.:]+?)\]?:\d+$/.exec(text)?.[1];
  return found === undefined ? {} : { address: found };
}

/** What a backend has answered since its proxy was started or reloaded. */
export interface Traffic {
  /** Requests; of a TCP service connections. */
  requests: number;
  /** Those that ended in a 5xx (of the service, or of the proxy because none could be had) or broke off. */
  errors: number;
  /**
   * Milliseconds from a request to the first byte of its answer; of a TCP service to the connection.
   * A mean of about the last 512 requests.
   */
  averageMs: number;
}

/** HAProxy's averages forget: each request beyond this many replaces 1/512 of what was known. */
const SAMPLES = 512;

/** The traffic of one backend in an answer to `show stat json`. */
export function parseTraffic(answer: string, backend: string): Traffic {
  const value = readStat(answer, "Backend").find((row) => row("pxname") === backend);
  if (value === undefined) return { requests: 0, errors: 0, averageMs: 0 };
  const number = (name: string) => Number(value(name) ?? 0);
  // The proxy's own 502, 503 and 504 are among the 5xx. An answer that breaks off after its headers
  // counts by its status, so it is counted by what the server did.
  const broken = number("srv_abrt");
  return value("mode") === "tcp"
    ? { requests: number("stot"), errors: number("econ") + broken, averageMs: number("ctime") }
    : {
        requests: number("req_tot"),
        errors: number("hrsp_5xx") + broken,
        averageMs: number("rtime"),
      };
}

/**
 * What happened between two looks at a backend. Its average is worked out of the two moving ones: exact
 * to about `512 / requests` milliseconds, since HAProxy rounds them.
 */
export function trafficBetween(before: Traffic, after: Traffic): Traffic {
  // A reloaded proxy counts from zero.
  const start =
    after.requests < before.requests ? { requests: 0, errors: 0, averageMs: 0 } : before;
  const requests = after.requests - start.requests;
  const errors = Math.max(0, after.errors - start.errors);
  if (requests === 0) return { requests, errors, averageMs: 0 };
  // The share that the earlier requests still have in the later average.
  const known = Math.min(start.requests, SAMPLES);
  const filling = Math.min(requests, SAMPLES - known);
  const kept =
    (known / (known + filling || 1)) * (1 - 1 / SAMPLES) ** Math.max(0, requests - filling);
  const averageMs = (after.averageMs - start.averageMs * kept) / (1 - kept);
  return { requests, errors, averageMs: Math.max(0, Math.round(averageMs)) };
}

/** What is wrong with the share of requests that failed, in percent at most `most`; undefined if nothing is. */
export function tooManyErrors({ requests, errors }: Traffic, most: number): string | undefined {
  const share = (errors / requests) * 100;
  if (share <= most || requests === 0) return undefined;
  return `${errors} of ${requests} requests failed (${share.toFixed(1)} %, at most ${most} %)`;
}

/** True if the proxy's own check, and not only its first assumption, says that the server is up. */
export function isUp(server: ServerStatus | undefined): boolean {
  if (server === undefined) return true; // a worker that listens nowhere
  return server.status.startsWith("UP") && /^L[467]OK/.test(server.check);
}
