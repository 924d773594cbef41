/** Which replicas a failing gate names, and how long it waits before it does. */
import { describe, expect, it } from "vitest";
import { StartFailure } from "../../../../components/engine/host.ts";
import { passGate, startCopies } from "../../../../components/fleet/release/proofs/gate.ts";
import { ProxyControl } from "../../../../components/fleet/proxy/control.ts";
import type { ServiceRequest } from "../../../../components/fleet/types.ts";
import type { FakeContainer } from "../../../support/fakes/container.ts";
import { FakeHost } from "../../../support/fakes/host.ts";

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
