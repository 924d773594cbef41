/** Which replicas a failing gate names, and how long it waits before it does. */
import { describe, expect, it } from "vitest";
import { StartFailure } from "../../../../components/engine/host.ts";
import { passGate, startCopies } from "../../../../components/fleet/release/proofs/gate.ts";
import { ProxyControl } from "../../../../components/fleet/proxy/control.ts";
import type { ServiceRequest, Slot } from "../../../../components/fleet/types.ts";
import type { FakeContainer } from "../../../support/fakes/container.ts";
import { FakeHost } from "../../../support/fakes/host.ts";
import { SETTINGS, service } from "../../../support/release.ts";

const worker: ServiceRequest = {
  name: "worker",
  tag: "v2",
  image: `example.test/worker@sha256:${"0".repeat(64)}`,
  order: "start-first",
  strategy: { kind: "blue-green" },
  smoke: [],
  health: { kind: "running", seconds: 0 },
  deadline: 60,
  watch: { seconds: 0, maxErrors: 5 },
  drain: 1,
  stopGrace: 10,
};

function host(containers: Record<string, FakeContainer>): FakeHost {
  return new FakeHost("one", containers);
}

async function failing(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => expect.fail("it passed"),
    (error: Error) => error.message,
  );
}

describe("passGate", () => {
  const gate = (on: FakeHost, containers: string[], service = worker) =>
    passGate(new ProxyControl(on, "proxy"), service, "a", containers);

  it("names every replica that failed, those of one cause in one block, and no healthy one", async () => {
    const message = await failing(
      gate(
        host({
          "worker-1": { running: true, fate: "exits" },
          "worker-2": { running: true },
          "worker-3": { running: true, fate: "exits" },
          "worker-4": { running: true, fate: "loops" },
        }),
        ["worker-1", "worker-2", "worker-3", "worker-4", "worker-5"],
      ),
    );
    expect(message).toBe(
      [
        "service `worker` v2 on host `one`: exited with code 3.",
        "    2 replicas: worker-1, worker-3",
        "    What to do: Look at its log lines below.",
        "    Its last 20 log lines (worker-1):",
        "    | last words of worker-1",
        "service `worker` v2 on host `one`: exited with code 7 and was restarted (2 ×).",
        "    What to do: Look at its log lines below.",
        "    Its last 20 log lines (worker-4):",
        "    | last words of worker-4",
        "service `worker` v2 on host `one`: was removed while it started.",
        "    What to do: Somebody removed it on the host. Run the update again, which starts anew.",
      ].join("\n"),
    );
  });

  it("waits for the deadline where one only needs longer, and quotes its check", async () => {
    const on = host({ "worker-1": { running: true } });
    on.exec = () => Promise.resolve({ exitCode: 1, stdout: "", stderr: "no queue yet\n" });
    const started = Date.now();
    const message = await failing(
      gate(on, ["worker-1"], {
        ...worker,
        deadline: 0.5,
        health: { kind: "command", command: ["ready"], interval: 1, timeout: 1, successes: 1 },
      }),
    );
    expect(Date.now() - started).toBeGreaterThanOrEqual(500);
    expect(message).toBe(
      [
        "service `worker` v2 on host `one`: not healthy after 0.5 s: its check `ready` exited with 1 " +
          "and printed: no queue yet.",
        "    What to do: Run it in the container by hand (`docker exec`), and correct it or the service.",
        "    Its last 20 log lines (worker-1):",
        "    | last words of worker-1",
      ].join("\n"),
    );
  });

  it("is not held up by a check command that never ends", async () => {
    const on = host({ "worker-1": { running: true } });
    let [runs, most] = [0, 0];
    on.exec = async (_container, _command, _stdin, { seconds = Infinity } = {}) => {
      most = Math.max(most, ++runs);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      // To end it takes the engine a moment, too.
      await new Promise((resolve) => setTimeout(resolve, 100));
      runs--;
      return { exitCode: -1, stdout: "", stderr: "", ended: "late" };
    };
    const message = await failing(
      gate(on, ["worker-1"], {
        ...worker,
        deadline: 0.6,
        health: { kind: "command", command: ["stuck"], interval: 1, timeout: 0.2, successes: 1 },
      }),
    );
    expect(message).toContain("its check `stuck` did not end within 0.2 s.");
    expect(most).toBe(1); // at a time
  });

  it("does not wait for the deadline once a replica has failed for good", async () => {
    const on = host({
      "worker-1": { running: true, fate: "exits" },
      "worker-2": { running: true },
    });
    const slow = { ...worker, health: { kind: "running", seconds: 1e9 } } as const;
    const started = Date.now();
    const message = await failing(gate(on, ["worker-1", "worker-2"], slow));
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(message).not.toContain("worker-2");
  });
});

describe("a replica's other ports", () => {
  const ports = { metrics: { port: 9100, protocol: "http" as const } };
  const api = service("app", "v2", { ports, deadline: 0.7 });

  /** Of a proxy that has loaded `app-1`, whose metrics take no connection at the first `times` looks. */
  async function closed(times: number): Promise<{ proxy: ProxyControl; looks: string[][] }> {
    const on = host({ "app-1": { running: true } });
    const proxy = new ProxyControl(on, "proxy");
    const slot: Slot = { ...api, servers: ["app-1"] };
    const services = { app: { active: "a" as const, a: slot, b: null } };
    await proxy.start({ release: 1, settings: SETTINGS, services });
    const exec = on.exec.bind(on);
    const looks: string[][] = [];
    on.exec = (container, command, ...more) => {
      if (command[3] !== "closed-ports") return exec(container, command, ...more);
      looks.push(command.slice(4));
      const stdout = looks.length <= times ? "9100\n" : "";
      return Promise.resolve({ exitCode: 0, stdout, stderr: "" });
    };
    return { proxy, looks };
  }

  it("must take connections, too: it is waited for, and not looked at again", async () => {
    const { proxy, looks } = await closed(1);
    await passGate(proxy, api, "a", ["app-1"]);
    expect(looks).toEqual([
      ["app-1", "9100"],
      ["app-1", "9100"],
    ]);
  });

  it("is named when it takes none until the deadline", async () => {
    const { proxy } = await closed(Infinity);
    expect(await failing(passGate(proxy, api, "a", ["app-1"]))).toBe(
      [
        "service `app` v2 on host `one`: not healthy after 0.7 s: nothing listens on port 9100 (`metrics`) " +
          "(its connection failed).",
        "    What to do: Set the service's `ports.metrics` to the one it listens on, or let it listen on this one.",
        "    Its last 20 log lines (app-1):",
        "    | last words of app-1",
      ].join("\n"),
    );
  });

  it("are those that the proxy's checks do not look at", async () => {
    const { proxy, looks } = await closed(0);
    const health = { ...api.health, port: "metrics" } as ServiceRequest["health"];
    await passGate(proxy, { ...api, health }, "a", ["app-1"]);
    expect(looks).toEqual([["app-1", "9090"]]);
  });
});

describe("startCopies", () => {
  it("starts all, and names every one that the engine does not start", async () => {
    const on = host({ "worker-2": { running: false } });
    const start = on.start.bind(on);
    on.start = (name) =>
      name === "worker-2"
        ? start(name)
        : Promise.reject(new StartFailure(name, "one", "No such image: sha256:0123"));
    const message = await failing(startCopies(on, worker, ["worker-1", "worker-2", "worker-3"]));
    expect(on.containers.get("worker-2")?.running).toBe(true);
    expect(message).toBe(
      [
        "service `worker` v2 on host `one`: cannot be started: its image is missing on the host.",
        "    2 replicas: worker-1, worker-3",
        "    What to do: Something removed it there. Run `pulumi up --refresh`, which pulls it again.",
      ].join("\n"),
    );
  });

  it("passes on what is no refusal of the engine's", async () => {
    const on = host({});
    on.start = () => Promise.reject(new Error("connect ECONNREFUSED"));
    await expect(startCopies(on, worker, ["worker-1"])).rejects.toThrow("connect ECONNREFUSED");
  });
});
