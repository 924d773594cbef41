/** A fleet on machines that are reached by SSH, each a real one in a container, and load on all of them. */
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import type { SshTarget } from "../../../components/ssh/target.ts";
import { LoadImages } from "../../support/load/images.ts";
import { MachineBench } from "../../support/machine.ts";
import { TestStack } from "../../support/test-stack.ts";
import type { System } from "./program.ts";

/** Each link of app: to services of the other machine from one of them, and of the same machine from the other. */
export const LINKS = ["DNMONSTER_ADMIN", "DNMONSTER_RAW", "COUNTER", "CACHE"];
const PATHS = ["/", ...LINKS.map((link) => `/via?link=${link}`), "/counted?run=none&ids=1"];
/** What has one place. A third machine has a replica of app alone. */
export const PLACES = { dnmonster: "web-2", counter: "web-1", cache: "web-1" };

export class MachineFleet {
  readonly bench: MachineBench;
  readonly stack: TestStack;
  readonly targets: SshTarget[] = [];
  readonly privateAddresses: string[] = [];
  readonly #images: LoadImages;
  readonly #names: string[];

  private constructor(bench: MachineBench, stack: TestStack, names: string[]) {
    this.bench = bench;
    this.stack = stack;
    this.#names = names;
    this.#images = new LoadImages(stack.workbench);
  }

  /** Machines with nothing but their system, and a stack that has not been brought up yet. */
  static async create(purpose: string, names: string[]): Promise<MachineFleet> {
    const bench = await MachineBench.create(purpose, "release");
    const fleet = new MachineFleet(bench, await TestStack.create(purpose), names);
    for (const name of names) {
      fleet.targets.push(await bench.machine(name));
      fleet.privateAddresses.push(await bench.privateAddress(name));
    }
    const program = 'import "./test/e2e/machines/program.ts";\n';
    writeFileSync(join(fleet.stack.folder, "index.ts"), program);
    await fleet.want("v1");
    return fleet;
  }

  /** What the next update is to bring: this version of all but the counter, which stays at v1. */
  async want(version: string, change: (system: System) => void = () => {}): Promise<void> {
    // The workbench's registry is on this computer's loopback: it is open on the machines', too.
    const remoteForwards = [Number(this.stack.workbench.registry.split(":")[1])];
    const machines = Object.fromEntries(
      this.targets.map(({ host, user, hostKey, identityFile }, index) => {
        const reached = { address: host, user, hostKey, identityFile, remoteForwards };
        const privateAddress = this.privateAddresses[index];
        return [this.#names[index] ?? "", { ...reached, privateAddress, docker: {} }];
      }),
    );
    const [app, first] = [await this.#images.app(version), await this.#images.app("v1")];
    const system: System = {
      proxyImage: await this.#images.proxy(),
      app: { image: app, version },
      counter: { image: first, version: "v1" },
      places: PLACES,
      machines,
    };
    change(system);
    writeFileSync(join(this.stack.folder, "system.json"), JSON.stringify(system));
  }

  /** Versions of app, machine by machine, or why there is no answer. */
  served(): Promise<string[]> {
    return Promise.all(this.targets.map(({ host }) => get(host)));
  }

  /** What each path of a machine answers. */
  answers(name: string): Promise<string[]> {
    const { host = "" } = this.targets[this.#names.indexOf(name)] ?? {};
    return Promise.all(PATHS.map((path) => get(host, path)));
  }

  /** Asks all machines for everything while `action` runs. @returns what was not answered, and how much was asked. */
  async underLoad(action: () => Promise<unknown>) {
    let going = true;
    const failed: { name: string; at: number; reason: string }[] = [];
    const load = Promise.all(
      this.targets.flatMap(({ host }, index) =>
        PATHS.map(async (path) => {
          let count = 0;
          for (; going; count++) {
            const at = Date.now();
            const answer = await get(host, path).catch((error: unknown) => String(error));
            if (!/^v\d+$/.test(answer)) {
              failed.push({ name: this.#names[index] ?? "", at, reason: `${path}: ${answer}` });
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
          return count;
        }),
      ),
    );
    try {
      await action();
    } finally {
      going = false;
    }
    return { failed, counts: await load };
  }

  async destroy(): Promise<void> {
    await this.stack.destroy();
    await this.bench.remove();
  }
}

/** Version of whoever answers on a machine, through a link its, or the status of the answer. */
export function get(host: string, path = "/"): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host, path, port: 8080, agent: false, timeout: 10_000 };
    const outgoing = request(options, (answer) => {
      answer.resume();
      const { "x-served-by": served, "x-via": via } = answer.headers;
      const [, version = ""] = String(via ?? served).split(" ");
      answer.on("end", () => resolve(answer.statusCode === 200 ? version : `${answer.statusCode}`));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in 10 s")));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
