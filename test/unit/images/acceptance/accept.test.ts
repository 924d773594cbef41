/** The step of an acceptance test, as Pulumi sees it. */
import * as pulumi from "@pulumi/pulumi";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { COMPONENT, DIGESTS, before, build, inputsOf, project, sent } from "../registered.ts";

const REDIS = `redis@sha256:${"1".repeat(64)}`;

const acceptance = {
  command: ["node", "acceptance.js"],
  environment: { TOKEN: pulumi.secret("canary-token"), REDIS_PORT: "6380" },
  services: {
    redis: { image: pulumi.output(REDIS), port: 6379 },
    "the-app": {
      environment: { MODE: pulumi.output("plain"), KEY: pulumi.secret("canary-key") },
      port: 8080,
      healthCheck: { command: ["true"] },
    },
    quiet: { image: { ref: REDIS, tag: "7" }, entrypoint: ["sleep"], command: ["60"] },
  },
};

/** What is run, with links as a release has them. */
const DEFINITION = {
  command: ["node", "acceptance.js"],
  environment: {
    REDIS_HOST: "redis",
    REDIS_PORT: "6380", // the user's word goes before
    THE_APP_HOST: "the-app",
    THE_APP_PORT: "8080",
    TOKEN: "canary-token",
  },
  services: [
    {
      name: "redis",
      image: REDIS,
      port: 6379,
      environment: { THE_APP_HOST: "the-app", THE_APP_PORT: "8080" },
    },
    {
      name: "the-app",
      port: 8080,
      healthCheck: { command: ["true"] },
      environment: {
        REDIS_HOST: "redis",
        REDIS_PORT: "6379",
        MODE: "plain",
        KEY: "canary-key",
      },
    },
    {
      name: "quiet",
      image: REDIS,
      entrypoint: ["sleep"],
      command: ["60"],
      environment: {
        REDIS_HOST: "redis",
        REDIS_PORT: "6379",
        THE_APP_HOST: "the-app",
        THE_APP_PORT: "8080",
      },
    },
  ],
  timeout: 300,
  secrets: ["canary-token", "canary-key"],
};

test("stands between the comparison and the push", async () => {
  await build({ acceptance });
  const steps = sent.filter(({ type }) => type !== COMPONENT);
  expect(steps.map(({ name }) => name)).toEqual([
    ...["app-release", "app-test", "app-verify", "app-acceptance", "app", "app-tag"],
  ]);
  const after = (name: string) => steps.find((step) => step.name === name)?.dependencies;
  expect(after("app-acceptance")).toEqual(["app-release", "app-verify"]);
  expect(after("app")).toEqual(["app-acceptance", "app-release"]);
});

test("is told all by its input, which is secret, and repeated for another image or definition", async () => {
  await build({ acceptance: { ...acceptance, dockerHost: "unix:///run/docker.sock" } });
  const inputs = inputsOf("app-acceptance");
  const { stdin, triggers } = inputs as { stdin: { secret: string }; triggers: unknown };
  const {
    secret: [digest, definition],
  } = triggers as { secret: [string, string] };
  expect(JSON.parse(stdin.secret)).toEqual({
    ...DEFINITION,
    name: "app",
    layout: ".longshore/images/production/app/release",
    digest: DIGESTS["app-release"],
    repository: "127.0.0.1:5055/identidock/app",
    dockerHost: "unix:///run/docker.sock",
  });
  expect(digest).toBe(DIGESTS["app-release"]);
  // Nothing of where it runs: another machine has another engine.
  expect(JSON.parse(definition)).toEqual(DEFINITION);
  expect(inputs).toMatchObject({ update: "true", addPreviousOutputInEnv: false });
  const program = relative(project, join(before, "components/images/acceptance/main.ts"));
  expect(inputs.create).toBe(`import "${program}";`);
  expect(JSON.stringify({ ...inputs, stdin, triggers: digest })).not.toMatch(/"environment"/);
});

test("the order of services is the order in which they start", async () => {
  const orderOf = async (services: Record<string, object>) => {
    sent.length = 0;
    await build({ acceptance: { services } });
    const { stdin } = inputsOf("app-acceptance") as { stdin: { secret: string } };
    const request = JSON.parse(stdin.secret) as { services: { name: string }[] };
    return request.services.map(({ name }) => name);
  };
  expect(await orderOf({ b: {}, a: {} })).toEqual(["b", "a"]);
  expect(await orderOf({ a: {}, b: {} })).toEqual(["a", "b"]);
});
