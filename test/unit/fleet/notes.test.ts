/** What a preview says of services in the release's line. */
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { app, defineServices } from "../../../components/services/index.ts";
import { mockPulumi, settled } from "../../support/program.ts";

const image = `registry.invalid/x:v1@sha256:${"0".repeat(64)}`;
const said: string[] = [];

beforeAll(async () => {
  await mockPulumi("shop", "test", true);
  vi.spyOn(pulumi.log, "info").mockImplementation((text) => {
    said.push(text);
    return Promise.resolve();
  });
  const { Release } = await import("../../../components/fleet/resources/release.ts");
  const { lineOf } = await import("../../../components/fleet/resources/service-line.ts");
  const { list } = defineServices({
    plain: app({ image, port: 80, environment: { PLAIN: "1", _x9: "1" } }),
    java: app({
      ...{ image, port: 80 },
      environment: { "spring.profiles.active": "prod", PLAIN: "1" },
      secrets: { "a-b": { value: "x", as: "env" }, "in.a.file": "y" },
    }),
  });
  new Release("release").run({
    request: { stack: "shop/test", services: [], hosts: [], settings: {} as never },
    snapshot: pulumi.output({ services: [] }),
    services: list.map((service) => lineOf(service, new Map([["local", 1]]))),
  });
  await settled();
});
afterAll(() => vi.restoreAllMocks());

it("is what changes, and once for each service which variables a shell cannot export", () => {
  expect(said.filter((line) => !line.includes("(new)"))).toEqual([
    "java: a shell cannot export `a-b`, `in.a.file_FILE`, `spring.profiles.active`: a command that a shell starts may not find them",
  ]);
  expect(said.filter((line) => line.includes("(new)")).sort()).toEqual([
    "java (new) v1, no downtime",
    "plain (new) v1, no downtime",
  ]);
});
