/** HAProxy's runtime API as text: the commands between two states, and what its answers say. Pure. */
import type { Visitors } from "../../releases/operations.ts";
import { createHash } from "node:crypto";
import type { HostState } from "../types.ts";
import { backendName, slotPorts, slotServers } from "./slot-servers.ts";

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
        const id = `${backendName(name, slot)}/s${index + 1}`;
        const ids = slotPorts(service, slot).map(
          (port) => `${backendName(name, slot, port.name)}/s${index + 1}`,
        );
        const rested = held[index]?.rests ?? true;
        const renamed = held[index]?.container !== container;
        const wakes = !rests && rested;
        const sleeps = rests && !rested;
        if (renamed || sleeps || wakes) commands.push(`set server ${id} state maint`);
        // Servers of named ports rest, wake and fall with that of the main one.
        for (const each of renamed ? ids : []) {
          commands.push(`set server ${each} fqdn ${container}`);
          if (!rests) commands.push(`set server ${each} addr ${NOWHERE}`);
        }
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
        slotPorts(service, slot).flatMap((port) =>
          slotServers(service, slot).map(({ container }, index): [string, string] => [
            `${backendName(name, slot, port.name)}/s${index + 1}`,
            container,
          ]),
        ),
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

/** The description of a configuration: its short name, by which a running process tells what it was started with. */
export function describeConfig(config: string): string {
  return `longshore-${createHash("sha256").update(config).digest("hex").slice(0, 16)}`;
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

/** A row of answers to `show stat json`, a line each, as a function from a field's name to its value. */
function readStat(answers: string, objType: string) {
  const lines = answers.split("\n").filter((line) => line.startsWith("["));
  return lines
    .flatMap((line) => JSON.parse(line) as StatField[][])
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

/**
 * The servers of a slot, which has a backend for each port: their health, by that of the main port; the sessions of all
 * ports; and their address, once it is that of all ports.
 */
export function parseSlot(answers: string, main: string): ServerStatus[] {
  const all = parseStat(answers);
  return all
    .filter(({ backend }) => backend === main)
    .map(({ address, ...status }) => {
      const ports = all.filter(({ server }) => server === status.server);
      const sessions = ports.reduce((sum, port) => sum + port.sessions, 0);
      const agree = address !== undefined && ports.every((port) => port.address === address);
      return { ...status, sessions, ...(agree ? { address } : {}) };
    });
}

/** `10.0.0.2:9090` or `[fd00::2]:9090` without the port. */
function address(text: string): { address?: string } {
  const found = /^\[?([0-9a-f.:]+?)\]?:\d+$/.exec(text)?.[1];
  return found === undefined ? {} : { address: found };
}

/** From `show stat json` of the public frontend and of the checks' backend, and `show sess`, where a connection that waits for a request is none. */
export function parseVisitors(answers: string): Visitors {
  const requests = (type: string) =>
    readStat(answers, type).reduce((sum, value) => sum + Number(value("req_tot") ?? 0), 0);
  const streams = answers.split("\n").filter((line) => / fe=public /.test(line));
  return {
    requests: requests("Frontend") - requests("Backend"),
    inFlight: streams.filter((line) => !/ be=host-check /.test(line)).length,
  };
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

/** The backends in answers to `show stat json` that speak HTTP. */
export function httpBackends(answers: string): string[] {
  return readStat(answers, "Backend").flatMap((value) =>
    value("mode") === "http" ? [String(value("pxname"))] : [],
  );
}

const NOTHING: Traffic = { requests: 0, errors: 0, averageMs: 0 };

/** The traffic of one backend in an answer to `show stat json`. */
export function parseTraffic(answer: string, backend: string): Traffic {
  const value = readStat(answer, "Backend").find((row) => row("pxname") === backend);
  if (value === undefined) return NOTHING;
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
  const start = after.requests < before.requests ? NOTHING : before;
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

/**
 * What happened at several ports between two looks at each: their requests and errors together, and the average of the
 * slowest.
 */
export function trafficSince(before: Traffic[], after: Traffic[]): Traffic {
  const all = after.map((traffic, index) => trafficBetween(before[index] ?? NOTHING, traffic));
  return {
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    errors: all.reduce((sum, { errors }) => sum + errors, 0),
    averageMs: Math.max(0, ...all.map(({ averageMs }) => averageMs)),
  };
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
