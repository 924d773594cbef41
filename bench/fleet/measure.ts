/** What an action costs: this computer's clocks and counters before and after. */
import { readFileSync } from "node:fs";
import type { Counters, Fleet } from "./fleet.ts";

/** Jiffies a second, as Linux tells processes (USER_HZ). */
const HZ = 100;

export interface Figures {
  seconds: number;
  /** Seconds of processor time, of the whole computer. */
  cpu: number;
  /** GiB of memory in use when it has ended. */
  memory: number;
  /** Logins by SSH to the machine with most of them. */
  logins: number;
  /** Bytes to and from the machine with most of them. */
  bytes: number;
}

export interface Measured {
  tool: string;
  name: string;
  size: number;
  /** Milliseconds that a round trip by SSH took longer. */
  latency: number;
  figures: Figures;
}

/** @param fleet whose counters are read; none before its machines are there. */
export async function measure(action: () => Promise<unknown>, fleet?: Fleet): Promise<Figures> {
  const counters = await fleet?.counters();
  const [busy, started] = [busySeconds(), performance.now()];
  await action();
  const [seconds, cpu] = [(performance.now() - started) / 1000, busySeconds() - busy];
  const memory = memoryInUse();
  const after = (await fleet?.counters()) ?? [];
  const most = (key: keyof Counters) =>
    Math.max(0, ...after.map((now, index) => now[key] - (counters?.[index]?.[key] ?? 0)));
  return { seconds, cpu, memory, logins: most("logins"), bytes: most("bytes") };
}

/** Of all processors, since the computer started. */
function busySeconds(): number {
  const [, ...fields] = readFileSync("/proc/stat", "utf8").split("\n")[0]?.split(/\s+/) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields.map(Number);
  return (user + nice + system + irq + softirq) / HZ;
}

function memoryInUse(): number {
  const text = readFileSync("/proc/meminfo", "utf8");
  const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(text)?.[1]);
  return (kib("MemTotal") - kib("MemAvailable")) / 1024 ** 2;
}
