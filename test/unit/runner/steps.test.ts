// Which steps a run consists of.
import { describe, expect, it } from "vitest";
import { Children } from "../../runner/child.ts";
import { allSteps, choose } from "../../runner/steps.ts";

const names = (only?: string[]) => choose(allSteps(new Children()), only).map((step) => step.name);
const ALL = ["lint", "types", "unit", "program", "contract", "go", "toolchain", "workbench", "e2e"];

describe("steps of a test run", () => {
  it("are all of them by default, the slow ones last", () => {
    expect(names()).toEqual(ALL);
  });

  it("can be named; unit brings program, e2e brings what it runs on", () => {
    expect(names(["unit"])).toEqual(["unit", "program"]);
    expect(names(["program", "lint"])).toEqual(["lint", "program"]);
    expect(names(["e2e"])).toEqual(["toolchain", "workbench", "e2e"]);
  });

  it("are refused when unknown, with the names there are", () => {
    expect(() => names(["unit", "uint"])).toThrow(
      `no step is called uint. Steps are: ${ALL.join(", ")}.`,
    );
  });
});
