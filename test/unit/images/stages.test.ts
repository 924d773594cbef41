/** Which stages of a Dockerfile are built, and what is said where they are not there. */
import { describe, expect, it } from "vitest";
import { missingStage, stageNames, stagesOf } from "../../../components/images/context/stages.ts";

const TWO = "FROM debian AS release\nRUN x\nFROM release AS test\n";

describe("the stages of a Dockerfile", () => {
  it.each([
    ["", []],
    ["FROM debian\n", []],
    [
      "FROM debian:13 AS Build\r\nRUN x\r\nFROM --platform=linux/amd64 x as run\r\n",
      ["build", "run"],
    ],
    ["# FROM a AS b\n  from a   AS   c  \nCOPY --from=c x AS y\n", ["c"]],
  ])("%j are found", (text, names) => {
    expect(stageNames(text)).toEqual(names);
  });
});

describe("what is built", () => {
  it.each([
    [{}, { release: "release", test: "test" }],
    [{ stages: { test: "check" } }, { release: "release", test: "check" }],
    [{ tests: "none" }, { release: undefined, test: undefined }],
    [
      { tests: "none", stages: { release: "run" } },
      { release: "run", test: undefined },
    ],
  ] as const)("of %j", (args, stages) => {
    expect(stagesOf(args)).toEqual(stages);
  });
});

describe("a Dockerfile without the stages", () => {
  it("is refused with those that it has, and both ways out", () => {
    expect(missingStage("app/Dockerfile", "FROM x AS build\nFROM x\n", stagesOf({}))).toBe(
      "`app/Dockerfile` has no stage `release` and no stage `test`; it has `build`. Name its stages with " +
        '`stages: { release, test }`; an image without tests is built with `tests: "none"`.',
    );
    expect(missingStage("Dockerfile", "FROM x\n", stagesOf({}))).toContain(
      "it has none with a name",
    );
  });

  it("is taken if it has them, in any case, or if none is asked for", () => {
    expect(missingStage("Dockerfile", TWO, stagesOf({}))).toBeUndefined();
    expect(
      missingStage("Dockerfile", TWO.toLowerCase(), stagesOf({ stages: { test: "TEST" } })),
    ).toBeUndefined();
    expect(missingStage("Dockerfile", "FROM x\n", stagesOf({ tests: "none" }))).toBeUndefined();
  });
});
