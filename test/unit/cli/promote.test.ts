/** Which images a promotion runs, and which it refuses. */
import { describe, expect, it } from "vitest";
import { readPlatforms } from "../../../components/images/registry/imagetools.ts";
import { planCopies, platformProblems } from "../../../components/cli/commands/promote.ts";
import { digest, refOf } from "../releases/example.ts";

const image = (ref: string, tag: string) => ({ ref, tag });

describe("a promotion", () => {
  it("runs the same digests, copied only to where the target pulls from another repository", () => {
    const from = { web: image(refOf("web", "1"), "v1"), store: image(refOf("store", "2"), "v2") };
    const to = {
      web: image(`registry.invalid/web:v0@${digest("9")}`, "v0"),
      store: image(`production.invalid:5000/store@${digest("9")}`, "v0"),
    };
    expect(planCopies(from, to)).toEqual([
      { service: "web", tag: "v1", repository: "registry.invalid/web", ref: refOf("web", "1") },
      {
        service: "store",
        tag: "v2",
        repository: "production.invalid:5000/store",
        ref: `production.invalid:5000/store@${digest("2")}`,
        copyFrom: refOf("store", "2"),
      },
    ]);
  });

  it("to a stack without a release runs the source's own images", () => {
    expect(planCopies({ web: image(refOf("web", "1"), "v1") }, {})).toEqual([
      { service: "web", tag: "v1", repository: "registry.invalid/web", ref: refOf("web", "1") },
    ]);
  });

  it("is refused for hosts of another architecture, by service and host", () => {
    const web = { service: "web", tag: "v1", platforms: ["linux/amd64"] };
    const arm = { host: "m2", platform: "linux/arm64" };
    expect(platformProblems([web], [{ host: "m1", platform: "linux/amd64" }])).toEqual([]);
    expect(platformProblems([{ ...web, platforms: ["linux/arm64/v8"] }], [arm])).toEqual([]);
    expect(platformProblems([web], [arm])).toEqual([
      "service `web` v1 is built for linux/amd64, but host `m2` is linux/arm64. Build it for that too: " +
        '`platforms: ["linux/arm64"]` of its TestedImage.',
    ]);
  });

  it("reads buildx's description of one image and of an index", () => {
    const one = { os: "linux", architecture: "amd64", config: {} };
    expect(readPlatforms(one)).toEqual(["linux/amd64"]);
    const index = { "linux/arm64": {}, "linux/amd64": {} };
    expect(readPlatforms(index)).toEqual(["linux/amd64", "linux/arm64"]);
  });
});
