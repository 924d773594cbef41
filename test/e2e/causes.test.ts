/**
 * Every cause of a failed release, produced for real: real containers, a real proxy, no Pulumi. In
 * one release all services fail at once, each in its own way, and each block says so.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProxyControl } from "../../components/fleet/proxy/control.ts";
import { freePort } from "../support/test-stack.ts";
import { testPreflight } from "./causes/preflight.ts";
import { DEADLINE, HTTP, MIB, release, serve, service, serving, sh } from "./causes/releasing.ts";
import { Stage } from "./causes/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.create();
});

afterAll(async () => {
  await stage.remove();
});

describe("a release in which every service fails in its own way", () => {
  const services = [
    service("exits"),
    service("loops"),
    service("hungry"),
    service("elsewhere"),
    service("deaf"),
    service("shy"),
    service("half", { ports: { grpc: { port: 50051, protocol: "tcp" } } }),
    service("dark", {
      ports: { metrics: { port: 9100, protocol: "http" } },
      health: { ...HTTP, port: "metrics" },
    }),
    service("lost"),
    service("failing", { health: { ...HTTP, status: [200] } }),
    service("slow", { health: { ...HTTP, timeout: 1 } }),
    service("mute"),
    service("foreign"),
    service("mislabelled"),
    service("absent"),
    service("forbidden"),
    service("sealed"),
    service("rooted"),
    service("unready", {
      endpoint: undefined,
      health: {
        ...{ kind: "command", interval: 1, timeout: 2, successes: 1 },
        command: sh("echo the queue is empty; exit 4"),
      },
    }),
    service("well"),
  ];
  const names = services.map(({ name }) => name);
  let head: string | undefined;
  let blocks: Record<string, string>;

  beforeAll(async () => {
    await stage.copy("old", serve("9090", "200"));
    await stage.host.start("old");
    await stage.remember(serving(services, "old"));
    const exits = sh("echo starting; echo no such luck; exit 3");
    await stage.copy("exits-1", exits);
    await stage.copy("exits-2", exits);
    await stage.copy("loops-1", sh("echo again; exit 5"), { restart: "unless-stopped" });
    await stage.copy("hungry-1", sh("echo eating; exec tail /dev/zero"), { memory: 16 * MIB });
    await stage.copy("elsewhere-1", serve("8080", "200"));
    await stage.copy("deaf-1", sh("echo waiting; exec sleep 1000"));
    await stage.copy("shy-1", serve("9090,bind=127.0.0.1", "200"));
    await stage.copy("half-1", serve("9090", "200"));
    await stage.copy("dark-1", serve("9090", "200"));
    await stage.copy("lost-1", serve("9090", "404"));
    await stage.copy("failing-1", serve("9090", "500"));
    await stage.copy("slow-1", serve("9090", "200", "3"));
    await stage.copy("mute-1", serve("9090", "-ERR_unknown_command"));
    await stage.copy("foreign-1", ["/server"], { image: "foreign" });
    await stage.copy("mislabelled-1", ["/server"], { image: "mislabelled", init: false });
    await stage.copy("absent-1", ["/usr/bin/no-such-thing", "--now"]);
    await stage.copy("forbidden-1", ["/etc/passwd"]);
    await stage.copy("sealed-1", sh("mkdir /var/cache/app"), { may: "sealed" });
    await stage.copy("rooted-1", sh("chown 1000 /etc/hostname; exit 1"), { may: "nothing" });
    await stage.copy("unready-1", sh("exec sleep 1000"));
    await stage.copy("well-1", serve("9090", "200"));
    await stage.leaveHelper();
    const replicas = (name: string) =>
      name === "exits" ? [`${name}-1`, `${name}-2`] : [`${name}-1`];
    const containers = Object.fromEntries(names.map((name) => [name, replicas(name)]));
    ({ head, blocks } = await release(stage, containers, services));
  });

  const late = (name: string) =>
    `service \`${name}\` v2 on host \`local\`: not healthy after ${DEADLINE} s:`;
  const logs = (name: string, ...lines: string[]) =>
    lines.length === 0
      ? [`    ${name}-1 printed nothing.`]
      : [`    Its last 20 log lines (${name}-1):`, ...lines.map((line) => `    | ${line}`)];

  it("names every failing service once, and not the one that is well", () => {
    expect(head).toBe("The release failed and was rolled back: the old version serves.\n");
    expect(Object.keys(blocks).sort()).toEqual(names.filter((name) => name !== "well").sort());
  });

  it("exited: with the code and what it printed, both replicas in one block", () => {
    expect(blocks.exits?.split("\n")).toEqual([
      "service `exits` v2 on host `local`: exited with code 3.",
      "    2 replicas: exits-1, exits-2",
      "    What to do: Look at its log lines below.",
      ...logs("exits", "starting", "no such luck"),
    ]);
  });

  it("exited and restarted again and again", () => {
    expect(blocks.loops).toMatch(
      /^service `loops` v2 on host `local`: exited with code 5 and was restarted \(\d+ ×\)\.\n/,
    );
    expect(blocks.loops).toContain("\n    | again");
  });

  it("OOM-killed: with its limit", () => {
    // The engine does not always get the kernel's word of it.
    expect(blocks.hungry).toMatch(
      /^service `hungry` v2 on host `local`: was killed(:|, most likely because) it needed more memory than its limit of 16 MiB\.\n/,
    );
    expect(blocks.hungry).toContain(
      "    What to do: Raise the service's `memory`, or make it need less.",
    );
    expect(blocks.hungry?.split("\n").slice(2)).toEqual(logs("hungry", "eating"));
  });

  it("writes where nobody may: with the folder", () => {
    expect(blocks.sealed?.split("\n").slice(0, 2)).toEqual([
      "service `sealed` v2 on host `local`: exited with code 1, most likely because it writes to `/var/cache/app`, " +
        "and its root file system is read-only.",
      "    What to do: Give `/var/cache` as `tmpfs` or `volume`, or set `readOnlyRoot: false`.",
    ]);
  });

  it("is root and may not do what root can: with the capability", () => {
    expect(blocks.rooted).toContain(
      "exited with code 1, most likely because it changes the owner of files (`/etc/hostname`), and has not the " +
        "capability CHOWN.",
    );
  });

  it("listens on another port: with that port", () => {
    expect(blocks.elsewhere?.split("\n")).toEqual([
      `${late("elsewhere")} nothing listens on port 9090, but on 8080.`,
      "    What to do: Set the service's `port` to the one it listens on, or let it listen on this one.",
      ...logs("elsewhere"),
    ]);
  });

  it("listens on no port at all", () => {
    expect(blocks.deaf?.split("\n")).toEqual([
      `${late("deaf")} nothing listens on port 9090, nor on any other.`,
      "    What to do: Raise its `deadline` if it only needs longer to start. Look at its log lines below.",
      ...logs("deaf", "waiting"),
    ]);
  });

  it("listens on 127.0.0.1 only", () => {
    expect(blocks.shy?.split("\n")).toEqual([
      `${late("shy")} it listens on 127.0.0.1:9090 only, which nothing outside of the container reaches.`,
      "    What to do: Let it listen on all addresses (0.0.0.0).",
      ...logs("shy"),
    ]);
  });

  it("does not listen on a named port, checked or not: with its name", () => {
    for (const [name, port] of [
      ["half", "50051 (`grpc`)"],
      ["dark", "9100 (`metrics`)"],
    ] as const) {
      expect(blocks[name]?.split("\n")[0]).toBe(
        `${late(name)} nothing listens on port ${port}, but on 9090.`,
      );
    }
    expect(blocks.half).toContain(
      "    What to do: Set the service's `ports.grpc` to the one it listens on, or let it listen on this one.",
    );
  });

  it("wrong path: with the status", () => {
    expect(blocks.lost?.split("\n").slice(0, 2)).toEqual([
      `${late("lost")} \`GET /health\` answered 404; 200 to 399 are healthy.`,
      "    What to do: Correct `healthCheck.path`: the service does not know this one.",
    ]);
  });

  it("wrong status: with the one that is healthy", () => {
    expect(blocks.failing?.split("\n").slice(0, 2)).toEqual([
      `${late("failing")} \`GET /health\` answered 500; only 200 is healthy.`,
      "    What to do: The service itself failed to answer. Look at its log lines below.",
    ]);
  });

  it("too slow: with the time it takes", () => {
    const said =
      /`GET \/health` is too slow: no answer in (\d+) ms; it took (\d+) ms when waited for longer\.\n/;
    const [limit, took] = (said.exec(blocks.slow ?? "") ?? []).slice(1).map(Number);
    expect(blocks.slow).toMatch(said);
    expect(limit).toBeGreaterThanOrEqual(990); // by the proxy's clock
    expect(took).toBeGreaterThanOrEqual(3000);
  });

  it("does not speak HTTP", () => {
    expect(blocks.mute).toContain(`${late("mute")} port 9090 does not speak HTTP.\n`);
  });

  it("is built for another machine: with both platforms", () => {
    const [native, other] =
      process.arch === "x64" ? ["linux/amd64", "linux/arm64"] : ["linux/arm64", "linux/amd64"];
    expect(blocks.foreign?.split("\n").slice(0, 2)).toEqual([
      `service \`foreign\` v2 on host \`local\`: exited with code 127: its image is for ${other}, and the engine runs ${native}.`,
      `    What to do: Build the image for ${native} (\`platforms\`), or place the service on a host of ${other}.`,
    ]);
    expect(blocks.mislabelled).toContain(
      `exited with code 1: its command is not a program for ${native} (exec format error).\n`,
    );
  });

  it("has a command that is not there, or may not be executed", () => {
    expect(blocks.absent).toContain(
      "exited with code 127: its command `/usr/bin/no-such-thing` does not exist in the image.\n",
    );
    expect(blocks.forbidden).toContain(
      "exited with code 126: its command `/etc/passwd` may not be executed.\n",
    );
  });

  it("fails its own check: with what that printed last", () => {
    expect(blocks.unready?.split("\n").slice(0, 2)).toEqual([
      `${late("unready")} its check \`sh -c echo the queue is empty; exit 4\` exited with 4 and printed: the queue is empty.`,
      "    What to do: Run it in the container by hand (`docker exec`), and correct it or the service.",
    ]);
  });

  it("leaves the old version serving, the new ones stopped, and no helper, old or new", async () => {
    expect(await stage.running()).toEqual([stage.forwarder, stage.proxy, "old"]);
    const slots = await new ProxyControl(stage.host, stage.proxy).activeSlots();
    expect([...new Set(slots.values())]).toEqual(["a"]);
    expect(await stage.helpers()).toEqual([]);
  });
});

describe("a release whose containers cannot be started", () => {
  it("names for each what the engine refuses", async () => {
    const port = await freePort();
    await stage.copy("holder", sh("exec sleep 1000"), { port });
    await stage.host.start("holder");
    await stage.copy("taken-1", sh("exec sleep 1000"), { port });
    await stage.copy("taken-2", sh("exec sleep 1000"), { port });
    await stage.copy("unknown-1", ["no-such-thing"], { init: false });
    await stage.copy("barred-1", ["/etc/passwd"], { init: false });
    const services = ["taken", "unknown", "barred", "gone"].map((name) => service(name));
    await stage.host.stop(stage.proxy, 1);
    await stage.remember(serving(services, "old"));
    const containers = {
      taken: ["taken-1", "taken-2"],
      ...{ unknown: ["unknown-1"], barred: ["barred-1"], gone: ["gone-1"] },
    };
    const { blocks } = await release(stage, containers, services);
    const subject = (name: string) =>
      `service \`${name}\` v2 on host \`local\`: cannot be started: `;
    expect(blocks).toEqual({
      taken: [
        `${subject("taken")}port 127.0.0.1:${port} is taken.`,
        "    2 replicas: taken-1, taken-2",
        "    What to do: End what listens there, or choose another port.",
      ].join("\n"),
      unknown: [
        `${subject("unknown")}its command \`no-such-thing\` does not exist in the image.`,
        "    What to do: Correct the service's `command`, or the image's CMD or ENTRYPOINT.",
      ].join("\n"),
      barred: [
        `${subject("barred")}its command \`/etc/passwd\` may not be executed.`,
        "    What to do: Make it executable in the image (`RUN chmod +x …`), or choose another `user`.",
      ].join("\n"),
      gone: [
        `${subject("gone")}its container was removed.`,
        "    What to do: Something removed it on the host. Run `pulumi up --refresh`, which creates it again.",
      ].join("\n"),
    });
  });
});

testPreflight(() => stage);
