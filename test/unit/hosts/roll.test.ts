/** The order of machines' upgrades: one after another, after what is done on all of them at once. */
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { SshHost } from "../../../components/hosts/ssh-host.ts";

const begun: string[] = [];
/** Upgrades that have begun and are let end by the test's course. */
const waiting: Array<() => void> = [];

it("is one after another where a version is wanted, and installations wait for none", async () => {
  await pulumi.runtime.setMocks({
    call: ({ inputs }) => inputs as Record<string, unknown>,
    newResource: async ({ name, type, inputs }) => {
      if (type === "command:local:Command") {
        begun.push(name);
        const { upgrade } = JSON.parse((inputs as { stdin: string }).stdin) as {
          upgrade?: boolean;
        };
        if (upgrade === true) await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return { id: name, state: { ...(inputs as object), stdout: "done" } };
    },
  });
  const host = { user: "deploy", hostKey: `ssh-ed25519 ${"A".repeat(60)}` };
  const docker = { version: "27.0.0" };
  const hosts = ["a", "b"].map((name) => new SshHost(name, { ...host, address: name, docker }));
  const plain = new SshHost("c", { ...host, address: "c", docker: {} });
  const engines = hosts.map(({ engine }) => new Promise((done) => engine.apply(done)));
  await new Promise((done) => plain.engine.apply(done));
  await expect
    .poll(() => begun.toSorted())
    .toEqual([...["a-docker", "a-docker-upgrade", "b-docker", "c-docker"]]);
  waiting[0]?.();
  await engines[0];
  await expect.poll(() => begun.slice(4)).toEqual(["b-docker-upgrade"]);
  waiting[1]?.();
  await engines[1];
  expect(begun).toHaveLength(5);
});
