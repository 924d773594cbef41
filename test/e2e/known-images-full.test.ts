/**
 * The larger well-known kinds of images with the settings of docs/known-images.md, in `npm run test:full`: RabbitMQ, and
 * Tomcat for programs on a JVM, which reaches the broker by a link.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rabbitmqAsRoot } from "../support/known-images.ts";
import { type Changes, KnownImages } from "./known-images/system.ts";

const MEMORY = 512;

describe.runIf(process.env.LONGSHORE_TEST_SIZE === "full")("RabbitMQ, and Tomcat on a JVM", () => {
  let known: KnownImages;

  beforeAll(async () => {
    const kinds = { queue: "rabbitmq", shop: "tomcat" } as const;
    known = await KnownImages.create("known-images-full", kinds, [{ to: "shop" }]);
    await known.up();
  });

  afterAll(() => known?.destroy());

  const asked = async () => {
    const answer = await fetch(known.stack.url);
    return (await answer.json()) as { heap: number; broker: number };
  };
  const broker = (...command: string[]) =>
    known.run("queue", ["/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", ...command]);

  it("serve: the page by the proxy, the broker by its link", async () => {
    expect((await asked()).broker).toBe(1); // a method frame: it speaks AMQP
  });

  it("keep the heap within the service's memory", async () => {
    const { heap } = await asked();
    expect(heap).toBeGreaterThan(0.5 * MEMORY);
    expect(heap).toBeLessThanOrEqual(0.6 * MEMORY);
  });

  it("have no capability", async () => {
    for (const name of ["queue", "shop"]) {
      expect(await known.run(name, ["cat", "/proc/1/status"])).toMatch(/^CapEff:\t0{16}$/m);
    }
  });

  it("keep what the broker holds over a release as root, by the name of its host", async () => {
    await broker("add_vhost", "kept");
    await known.up({ queue: { asRoot: true } });
    const found = await known.run("queue", ["ls", "/var/lib/rabbitmq/mnesia"]);
    expect(found).toContain("rabbit@queue");
    await known.up();
    expect(await broker("list_vhosts")).toContain("kept");
    expect((await asked()).broker).toBe(1);
  });

  const lacks = (...names: string[]) => {
    const { add } = rabbitmqAsRoot("").capabilities;
    const capabilities = { add: add.filter((name) => !names.includes(name)) };
    return { queue: { asRoot: true, changes: { capabilities } } };
  };
  const rows: [what: string, changes: Changes, cause: RegExp][] = [
    [
      "RabbitMQ that may not become another user",
      lacks("SETGID", "SETUID"),
      /`queue` .*: exited with code 1.* it becomes another user, and has not the capability SETGID or SETUID\.$/m,
    ],
    [
      "Tomcat without its folders in memory",
      { shop: { changes: { tmpfs: [{ at: "/tmp" }], deadline: 30 } } },
      /`shop` .*: not healthy after 30 s: .* it writes to `\/usr\/local\/tomcat\/\S+`, and its root file system is read-only\.$/m,
    ],
    [
      "a JVM in too little memory",
      { shop: { changes: { memory: 64, tmpfs: [], deadline: 30 } } },
      /`shop` .*: was killed.* it needed more memory than its limit of 64 MiB\.$/m,
    ],
  ];
  it.each(rows)("fail with the cause named: %s", async (_what, changes, cause) => {
    const { all } = await known.up(changes, { fails: true });
    expect(all.slice(all.indexOf("\nDiagnostics:"))).toMatch(cause);
  });
});
