import { expect, test } from "vitest";
import {
  describeFailedStep,
  findRecord,
  parseFailedStep,
} from "../../../components/images/build/build-log.ts";

const LOG = `#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 367B done
#1 DONE 0.0s

#2 [internal] load metadata for docker.io/library/debian:trixie-slim
#2 DONE 0.0s

#7 [test 1/2] COPY test test
#7 CACHED

#8 [test 2/2] RUN npm test
#8 0.093 > app@1.0.0 test
#8 0.094
#8 1.193 not ok 1 - escapes names
#8 1.200   #9 expected &lt;
#9 [other 1/1] RUN make
#9 0.100 made by another stage
#9 CANCELED
#8 ERROR: process "/bin/sh -c npm test" did not complete successfully: exit code: 1
------
 > [test 2/2] RUN npm test:
1.193 not ok 1 - escapes names
------
`;

test("finds the failed step and its output, and no other's", () => {
  expect(parseFailedStep(LOG)).toEqual({
    stage: "test 2/2",
    instruction: "RUN npm test",
    output: ["> app@1.0.0 test", "", "not ok 1 - escapes names", "  #9 expected &lt;"],
  });
});

test("leaves the platform out of a stage's name", () => {
  const log = "#8 [linux/arm64/v8 test 2/2] RUN npm test\n#8 0.1 no\n#8 ERROR: process failed";
  expect(parseFailedStep(log)?.stage).toBe("test 2/2");
});

test("finds nothing in the log of a build that did not fail in a step", () => {
  expect(parseFailedStep(LOG.replace("#8 ERROR: ", "#8 DONE "))).toBeUndefined();
  expect(parseFailedStep("")).toBeUndefined();
  const internal = "#2 [internal] load metadata for nowhere/image\n#2 ERROR: not found";
  expect(parseFailedStep(internal)).toBeUndefined();
});

test("says whether tests or the build failed, and with what", () => {
  const step = { stage: "test 2/2", instruction: "RUN npm test", output: ["not ok"] };
  expect(describeFailedStep("app", step)).toBe(
    "The tests of `app` failed; nothing was pushed. [test 2/2] RUN npm test printed:\n  not ok",
  );
  const build = { stage: "release 1/9", instruction: "RUN make", output: [] };
  expect(describeFailedStep("app", build)).toBe(
    "The build of `app` failed; nothing was pushed. [release 1/9] RUN make printed:\n  (it printed nothing)",
  );
});

test("shows the end of a long output", () => {
  const output = Array.from({ length: 250 }, (_, line) => `line ${line}`);
  const text = describeFailedStep("app", { stage: "test 1/1", instruction: "RUN x", output });
  expect(text).toContain("(50 earlier lines left out)\n  line 50\n");
  expect(text).toMatch(/line 249$/);
  expect(text).not.toContain("line 49\n");
});

const record = (ref: string, changes: object = {}) =>
  JSON.stringify({
    name: ".longshore/contexts/app/0123456789abcdef/context (test)",
    ref: `builder/node/${ref}`,
    status: "Error",
    created_at: "2026-01-01T00:00:10Z",
    ...changes,
  });

const BUILD = {
  builder: "b",
  context: ".longshore/contexts/app/0123456789abcdef/context",
  target: "test",
  since: Date.parse("2026-01-01T00:00:05Z"),
};

test("finds this build's record among others", () => {
  const list = [
    record("release", { name: ".longshore/contexts/app/0123456789abcdef/context (release)" }),
    record("other", { name: ".longshore/contexts/app/fedcba9876543210/context (test)" }),
    record("before", { created_at: "2026-01-01T00:00:06Z" }),
    record("this"),
  ];
  expect(findRecord(list.join("\n"), BUILD)).toBe("this");
});

test.each([
  ["failed in an earlier update", { created_at: "2026-01-01T00:00:04Z" }],
  ["succeeded", { status: "Completed" }],
])("does not take a build that %s for this one", (_what, changes) => {
  expect(findRecord(record("x", changes), BUILD)).toBeUndefined();
  expect(findRecord(record("x"), BUILD)).toBe("x");
});

test("does not report a failure that was followed by a success", () => {
  const list = [
    record("new", { status: "Completed", created_at: "2026-01-01T00:00:20Z" }),
    record("old"),
  ];
  expect(findRecord(list.join("\n"), BUILD)).toBeUndefined();
});

test("an empty or unreadable list has no record", () => {
  expect(findRecord("", BUILD)).toBeUndefined();
  expect(findRecord("no builds found\n", BUILD)).toBeUndefined();
});
