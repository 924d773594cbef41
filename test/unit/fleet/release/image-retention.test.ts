/** Which images a host keeps. */
import { describe, expect, it } from "vitest";
import { planImages } from "../../../../components/fleet/release/image-retention.ts";
import type { HostImage } from "../../../../components/engine/host.ts";

const ref = (letter: string) => `registry.test/app@sha256:${letter.repeat(64)}`;
const image = (letter: string, ...tags: string[]): HostImage => ({
  ...{ id: letter, tags, digests: [ref(letter)] },
});
const services = [{ name: "app", image: ref("c") }];
const plan = (found: HostImage[], release = 12, keep = [10, 11]) =>
  planImages(found, "identidock/Local", services, release, keep);

describe("a host's images", () => {
  it("are tagged with the release that serves them, in the stack's own name", () => {
    expect(plan([image("c")])).toEqual({
      tag: [{ ref: ref("c"), repository: "longshore/identidock/local/app", tag: "12" }],
      remove: [],
    });
  });

  it("are removed when no release that can come back has them", () => {
    const found = [
      image("a", "longshore/identidock/local/app:9"),
      image("b", "longshore/identidock/local/app:10", "longshore/identidock/local/app:8"),
      image("c"),
    ];
    expect(plan(found).remove).toEqual([
      "longshore/identidock/local/app:9",
      ref("a"),
      "longshore/identidock/local/app:8",
    ]);
  });

  it("stay while another stack may go back to them", () => {
    const found = [
      image("a", "longshore/identidock/local/app:9", "longshore/identidock/staging/app:3"),
    ];
    expect(plan(found).remove).toEqual(["longshore/identidock/local/app:9"]);
  });

  it("stay when they serve again, and when the stack never released them", () => {
    expect(plan([image("c", "longshore/identidock/local/app:2")]).remove).toEqual([
      "longshore/identidock/local/app:2",
    ]);
    expect(plan([image("z", "debian:trixie-slim"), image("y")]).remove).toEqual([]);
  });
});
