/** A definition kept and brought back, and updates that are told what to run. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import type * as Kept from "../../../components/releases/snapshot.ts";
import type * as Told from "../../../components/releases/instruction.ts";
import type { Services } from "../../../components/services/index.ts";
import { mockPulumi } from "../../support/program.ts";
import { snapshot, refOf } from "./example.ts";

type Parts = typeof Kept & typeof Told;
let parts: Parts;
let defined: Services;

function valueOf<T>(output: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));
}

beforeAll(async () => {
  await mockPulumi("shop", "test");
  const { app, cache, defineServices, proxy } =
    await import("../../../components/services/index.ts");
  parts = {
    ...(await import("../../../components/releases/snapshot.ts")),
    ...(await import("../../../components/releases/instruction.ts")),
  };
  defined = defineServices({
    proxy: proxy({
      ...{ image: refOf("proxy", "f"), routes: [{ to: "web" }] },
      tls: { certificate: pulumi.output("today's"), key: pulumi.output("today's key") },
    }),
    web: app({
      image: refOf("web", "7"),
      port: 8080,
      links: ["store"],
      environment: { GREETING: pulumi.output("hello"), HIDDEN: pulumi.secret("hush") },
      secrets: { TOKEN: "program", KEY: { value: "key", as: "env" } },
    }),
    store: cache({ image: refOf("store", "8"), port: 6379, volume: { name: "data", at: "/data" } }),
  });
});

describe("a definition", () => {
  const kept = async () => {
    const output = parts.snapshotOf(defined, defined.proxy);
    expect(await pulumi.isSecret(output)).toBe(true);
    return JSON.parse(JSON.stringify(await valueOf(output))) as ReturnType<typeof snapshot>;
  };

  it("is kept whole, with the values of secrets", async () => {
    const { services, proxy } = await kept();
    expect(services.map(({ name }) => name)).toEqual(["store", "web"]);
    expect(services[1]).toMatchObject({
      image: { ref: refOf("web", "7") },
      environment: { GREETING: "hello", HIDDEN: "hush", STORE_HOST: "store", STORE_PORT: "6379" },
      secretVariables: ["HIDDEN"],
      secrets: [
        { name: "KEY", value: "key", as: "env" },
        { name: "TOKEN", value: "program", as: "file" },
      ],
    });
    expect(proxy).toMatchObject({ image: { ref: refOf("proxy", "f") }, routes: [{ to: "web" }] });
    // How visitors come in is not of a version.
    expect(proxy).not.toHaveProperty("tls");
    expect(await pulumi.isSecret(defined.proxy?.tls?.key as pulumi.Output<string>)).toBe(true);
  });

  it("comes back as it was, secrets as secrets", async () => {
    const first = await kept();
    const services = parts.restore(first);
    expect(Object.keys(services.byName)).toEqual(["store", "web"]);
    const [, web] = services.list;
    expect(await pulumi.isSecret(web?.secrets[0]?.value as pulumi.Output<string>)).toBe(true);
    expect(pulumi.Output.isInstance(web?.environment.HIDDEN)).toBe(true);
    expect(web?.environment.GREETING).toBe("hello");
    const again = await valueOf(parts.snapshotOf(services, services.proxy));
    expect(JSON.parse(JSON.stringify(again))).toEqual(first);
  });

  it("of an earlier version of the library gets the defaults of what it did not know", async () => {
    const old = structuredClone(await kept()) as unknown as {
      services: Record<string, unknown>[];
      proxy: Record<string, unknown>;
    };
    for (const service of old.services) {
      delete service.strategy;
      delete service.smokeChecks;
      delete service.ports;
      if (service.name === "web") service.healthCheck = { kind: "http", path: "/", status: 204 };
    }
    delete old.proxy.errorPages;
    const { byName, proxy } = parts.restore(old as never);
    expect(byName.web).toMatchObject({
      strategy: { kind: "blue-green" },
      smokeChecks: [],
      ports: {},
      watch: { seconds: 10 },
      healthCheck: { status: [204], requestHeaders: {} },
    });
    expect(proxy?.errorPages).toEqual({});
  });
});

describe("an update", () => {
  it("without an instruction runs what the program defines", () => {
    expect(parts.readInstruction({})).toBeUndefined();
    expect(parts.instructed(defined, undefined)).toBe(defined);
  });

  it("back to a release runs what that release ran, but for the secrets to keep", async () => {
    const old = snapshot("1");
    old.services[0]?.secrets.push({ name: "KEY", value: "old key", as: "env" });
    const services = parts.instructed(defined, {
      kind: "rollback",
      to: 1,
      snapshot: old,
      keepSecrets: ["KEY"],
      images: {},
    });
    expect(services.list.map(({ name }) => name)).toEqual(["web"]);
    expect(services.proxy?.tls).toBe(defined.proxy?.tls);
    const web = services.byName.web;
    expect(await valueOf(web?.image.ref ?? "")).toBe(refOf("web", "1"));
    expect(web?.environment).toEqual({ GREETING: "hello 1" });
    const secrets = Object.fromEntries(
      await Promise.all(
        (web?.secrets ?? []).map(async ({ name, value }) => [name, await valueOf(value)] as const),
      ),
    );
    expect(secrets).toEqual({ TOKEN: "secret-1", KEY: "key" });
  });

  it("cannot keep a secret that the program does not define", () => {
    const back = {
      kind: "rollback" as const,
      to: 1,
      snapshot: snapshot("1"),
      keepSecrets: ["TOKN"],
      images: {},
    };
    expect(() => parts.instructed(defined, back)).toThrow(
      "--keep-secret TOKN: the program defines no secret of that name. It defines: KEY, TOKEN.",
    );
  });

  it("to given images changes those and nothing else", async () => {
    const images = {
      web: { ref: refOf("web", "1"), tag: "v1" },
      store: { ref: refOf("store", "2"), tag: "v2" },
    };
    const services = parts.instructed(defined, { kind: "images", source: "release 7", images });
    expect(await valueOf(services.byName.web?.image.ref ?? "")).toBe(refOf("web", "1"));
    expect(await valueOf(services.byName.store?.image.tag ?? "")).toBe("v2");
    expect({ ...services.byName.web, image: 0 }).toEqual({ ...defined.byName.web, image: 0 });
    expect(services.proxy).toBe(defined.proxy);
  });

  it("to given images is refused if a service would have none", () => {
    const images = { web: { ref: refOf("web", "1"), tag: "v1" } };
    expect(() =>
      parts.instructed(defined, { kind: "images", source: "release 7 of staging", images }),
    ).toThrow(
      "The program has services that release 7 of staging has no image of: store. " +
        "Release those with `longshore up` there first.",
    );
  });
});
