/** What an action costs: this computer's clocks and counters before and after. */
import { readFileSync } from "node:fs";
import type { Fleet } from "./machines.ts";

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
  size: number;
  name: string;
  figures: Figures;
}

export async function measure(fleet: Fleet, action: () => Promise<unknown>): Promise<Figures> {
  const [counters, busy, started] = [await fleet.counters(), busySeconds(), performance.now()];
  await action();
  const [seconds, cpu] = [(performance.now() - started) / 1000, busySeconds() - busy];
  const after = await fleet.counters();
  const most = (key: "logins" | "bytes") =>
    Math.max(...after.map((now, index) => now[key] - (counters[index]?.[key] ?? 0)));
  return { seconds, cpu, memory: memoryInUse(), logins: most("logins"), bytes: most("bytes") };
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
