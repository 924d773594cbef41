/** What an acceptance test is refused for before anything is built. */
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { findAcceptanceFaults } from "../../../../components/images/acceptance/check.ts";
import type { AcceptanceArgs } from "../../../../components/images/acceptance/args.ts";
import { ARGS, Image, failureOf } from "../registered.ts";

const REDIS = `redis@sha256:${"1".repeat(64)}`;

test.each<[string, unknown, string, RegExp]>([
  ["text", "npm test", "acceptance", /^Give an object, e\.g\. `\{ command, services \}`\.$/],
  ["a command as text", { command: "npm test" }, "acceptance.command", /^Give a list of words/],
  ["an empty command", { command: [] }, "acceptance.command", /^Give a list of words/],
  ["a number as a word", { command: ["sleep", 1] }, "acceptance.command[1]", /^Give text\.$/],
  ["an empty entry point", { entrypoint: [] }, "acceptance.entrypoint", /^Give a list of words/],
  [
    "an unknown property",
    { comand: ["true"] },
    "acceptance.comand",
    /^There is no property `comand`\. Did you mean `command`\? Remove or rename it\.$/,
  ],
  ["output that is none", { output: "" }, "acceptance.output", /at least one character/],
  ["no time", { timeout: 0 }, "acceptance.timeout", /number of seconds from 1 to 3600/],
  ["more than an hour", { timeout: 3601 }, "acceptance.timeout", /from 1 to 3600/],
  ["an engine by ssh", { dockerHost: "ssh://host" }, "acceptance.dockerHost", /or `tcp:\/\/host:/],
  ["variables as a list", { environment: ["A=1"] }, "acceptance.environment", /^Give an object/],
  ["a number", { environment: { A: 1 } }, "acceptance.environment.A", /^Give text or an output/],
  [
    "a variable's name",
    { environment: { "a b": "1" } },
    'acceptance.environment["a b"]',
    /^`a b` /,
  ],
  ["services as a list", { services: [] }, "acceptance.services", /^Give an object of services/],
  ["an image as service", { services: { a: REDIS } }, "acceptance.services.a", /^Give a service/],
  [
    "a service's name",
    { services: { Redis_1: { image: REDIS } } },
    "acceptance.services.Redis_1",
    /because it is a host name too\. Use up to 63 lower-case letters/,
  ],
  ["localhost", { services: { localhost: {} } }, "acceptance.services.localhost", /host name too/],
  [
    "a tag without digest",
    { services: { redis: { image: "redis:7" } } },
    "acceptance.services.redis.image",
    /has no digest, so .* `new RegistryImage\(NAME, \{ image: "redis:7" \}\)`/,
  ],
  [
    "the same of an image",
    { services: { redis: { image: { ref: "redis:7", tag: "7" } } } },
    "acceptance.services.redis.image",
    /has no digest/,
  ],
  [
    "something else as image",
    { services: { redis: { image: 7 } } },
    "acceptance.services.redis.image",
    /^Give `repository@sha256:…`, an output of that, a `TestedImage` or a `RegistryImage`\.$/,
  ],
  ["a port", { services: { a: { port: 0 } } }, "acceptance.services.a.port", /from 1 to 65535/],
  [
    "a check as a list",
    { services: { a: { healthCheck: ["true"] } } },
    "acceptance.services.a.healthCheck",
    /^Give a check/,
  ],
  [
    "a check by text",
    { services: { a: { healthCheck: { command: "true" } } } },
    "acceptance.services.a.healthCheck.command",
    /^Give a list of words/,
  ],
  [
    "an unknown property of a service",
    { services: { a: { ports: 1 } } },
    "acceptance.services.a.ports",
    /Did you mean `port`\?/,
  ],
  [
    "a service's variable",
    { services: { a: { environment: { "1": "x" } } } },
    "acceptance.services.a.environment.1",
    /cannot be the name of a variable/,
  ],
])("refuses %s", (_what, acceptance, propertyPath, reason) => {
  expect(findAcceptanceFaults(acceptance)).toEqual([
    { propertyPath, reason: expect.stringMatching(reason) as string },
  ]);
});

test("takes outputs, images, and next to nothing", () => {
  const image = pulumi.output(REDIS);
  const all: AcceptanceArgs = {
    ...{ entrypoint: ["sh"], command: ["-c", "true"], output: "ok", timeout: 3600 },
    environment: { A: "1", "spring.profiles.active": pulumi.secret("x") },
    services: {
      one: { image, port: 6379, healthCheck: { command: ["true"] } },
      two: { image: { ref: image, tag: "7" }, command: ["x"], environment: { B: image } },
      three: { image: REDIS },
      four: {},
    },
    dockerHost: "tcp://127.0.0.1:2375",
  };
  expect(findAcceptanceFaults(all)).toEqual([]);
  expect(findAcceptanceFaults({})).toEqual([]);
});

test("all faults of an image are reported at once", () => {
  const acceptance = { timeout: 0, services: { redis: { image: "redis:7", port: 70000 } } };
  const error = failureOf(() => new Image("app", { ...ARGS, builder: "", acceptance }));
  expect(error.errors.map(({ propertyPath }) => propertyPath)).toEqual([
    "builder",
    "acceptance.services.redis.port",
    "acceptance.timeout",
    "acceptance.services.redis.image",
  ]);
});
