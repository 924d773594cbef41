/** The machines of a fleet under measurement, asked past their sshd. */
import { connectHost } from "../../components/engine/engine-host.ts";
import type { ReleaseHost } from "../../components/engine/host.ts";
import { COUNT_LOGINS } from "../../test/support/simulated.ts";
import type { TestStack } from "../../test/support/test-stack.ts";

/** What a machine's counters say, since it booted. */
export interface Counters {
  /** Logins by SSH. */
  logins: number;
  /** Bytes in and out of the network in which it is reached. */
  bytes: number;
}

export class Fleet {
  readonly #stack: TestStack;
  readonly #size: number;
  readonly #host: ReleaseHost;

  constructor(stack: TestStack, size: number) {
    this.#stack = stack;
    this.#size = size;
    this.#host = connectHost("bench", stack.workbench.dockerHost);
  }

  /** Of each machine; zeros of one that is not there yet. */
  async counters(): Promise<Counters[]> {
    return Promise.all(
      Array.from({ length: this.#size }, async (_, index) => {
        const container = `identidock-${this.#stack.name}-web-${index + 1}`;
        if ((await this.#host.inspect(container)) === undefined) return { logins: 0, bytes: 0 };
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

  /** @throws if the page does not come through the balancer, from every machine. */
  async check(): Promise<void> {
    for (let index = 0; index < this.#size * 2; index++) {
      const answer = await fetch(`${this.#stack.url}/monster/bench-${index}`, {
        headers: { connection: "close" },
      });
      if (!answer.ok) throw new Error(`the page answers ${answer.status}`);
    }
  }
}
