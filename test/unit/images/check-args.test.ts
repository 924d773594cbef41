/** What a `TestedImage` refuses before anything is read or built. */
import { expect, test } from "vitest";
import type { TestedImageArgs } from "../../../components/images/args.ts";
import { ARGS, Image, failureOf } from "./registered.ts";

test.each<[string, Partial<TestedImageArgs>, string, RegExp]>([
  [
    "a tag",
    { repository: "ghcr.io/you/app:latest" },
    "repository",
    /Give the repository alone, `ghcr\.io\/you\/app`/,
  ],
  ["a digest", { repository: "ghcr.io/you/app@sha256:00" }, "repository", /has a tag or digest/],
  ["capitals", { repository: "ghcr.io/You/app" }, "repository", /in lower case/],
  ["no registry", { repository: "app" }, "repository", /is not a valid repository/],
  ["no builder", { builder: "" }, "builder", /docker buildx create --name longshore/],
  ["a secret `ca`", { secrets: { ca: "x" } }, "secrets.ca", /is taken/],
  ["a secret that is no file name", { secrets: { "a/b": "x" } }, "secrets.a/b", /file name under/],
  [
    "tests, where only tested ones run",
    { tests: "none", allowUntested: false },
    "tests",
    /or allow it/,
  ],
  [
    "a stage that tests, and none",
    { tests: "none", stages: { test: "check" } },
    "stages.test",
    /remove one of both/,
  ],
  [
    "a secret as a build argument",
    { secrets: { token: "x" }, buildArgs: { token: "x" } },
    "buildArgs.token",
    /stay readable in the image's history/,
  ],
])("refuses %s", (_what, args, path, reason) => {
  const error = failureOf(() => new Image("app", { ...ARGS, ...args }));
  expect(error.errors).toEqual([
    { propertyPath: path, reason: expect.stringMatching(reason) as string },
  ]);
});

test("reports all faults at once, and a name that is no folder's", () => {
  const error = failureOf(() => new Image("a/b", { ...ARGS, repository: "app", builder: "" }));
  expect(error.message).toContain("The image `a/b` cannot be built as it is defined.");
  expect(error.errors.map((fault) => fault.propertyPath)).toEqual([
    "name",
    "repository",
    "builder",
  ]);
});
