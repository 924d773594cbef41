/** A contender's machines under measurement: asked past their sshd, and visited. */
import { connectHost } from "../../components/engine/engine-host.ts";
import type { ReleaseHost } from "../../components/engine/host.ts";
import { COUNT_LOGINS } from "../../test/support/simulated.ts";
import type { Machine } from "./machines.ts";
import { versionLine } from "./versions.ts";

/** Seconds in which what a command has started must serve. */
const SERVES = 60;

/** What a machine's counters say, since it booted. */
export interface Counters {
  /** Logins by SSH. */
  logins: number;
  /** Bytes in and out of the network in which it is reached. */
  bytes: number;
}

export class Fleet {
  readonly machines: Machine[];
  readonly #port: number;
  readonly #host: ReleaseHost;

  /** @param port of the page, on every machine. */
  constructor(dockerHost: string, machines: Machine[], port: number) {
    this.machines = machines;
    this.#port = port;
    this.#host = connectHost("bench", dockerHost);
  }

  async counters(): Promise<Counters[]> {
    return Promise.all(
      this.machines.map(async ({ container }) => {
        const script =
          `${COUNT_LOGINS}; ` +
          "dev=$(ip -o route show default | grep -o 'dev [^ ]*' | cut -d' ' -f2); " +
          "cat /sys/class/net/$dev/statistics/rx_bytes /sys/class/net/$dev/statistics/tx_bytes";
        const { stdout } = await this.#host.exec(container, ["bash", "-c", script]);
        const [logins = 0, received = 0, sent = 0] = stdout.trim().split("\n").map(Number);
        return { logins, bytes: received + sent };
      }),
    );
  }

  /** Waits until each machine shows this version of the page, and a picture. @throws if one does not. */
  async serving(version: number): Promise<void> {
    const until = Date.now() + SERVES * 1000;
    await Promise.all(
      this.machines.map(async ({ name, address }) => {
        const page = `http://${address}:${this.#port}`;
        for (;;) {
          const problem = await visit(page, version);
          if (problem === undefined) return;
          if (Date.now() > until) throw new Error(`${name}: ${problem} after ${SERVES} s`);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }),
    );
  }
}

/** @returns what is wrong. */
async function visit(page: string, version: number): Promise<string | undefined> {
  const options = { headers: { connection: "close" }, signal: AbortSignal.timeout(5000) };
  try {
    const style = await fetch(`${page}/style.css`, options);
    if (!(await style.text()).includes(versionLine(version))) return "another version answers";
    const picture = await fetch(`${page}/monster/bench`, options);
    await picture.arrayBuffer();
    return picture.ok ? undefined : `the picture's status is ${picture.status}`;
  } catch (error) {
    return `no answer (${(error as Error).message})`;
  }
}
