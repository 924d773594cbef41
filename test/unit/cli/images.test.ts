/** The tags that a stack has resolved: found in its state, shown, and chosen by name. */
import { describe, expect, it } from "vitest";
import { choose, imagesText } from "../../../components/cli/commands/images.ts";
import { readPinnedImages } from "../../../components/releases/exported-state.ts";

const type = "longshore:images:RegistryImage$command:local:Command";
const resource = (name: string, image: string, ref: string) => ({
  urn: `urn:pulumi:local::shop::${type}::${name}-digest`,
  type: "command:local:Command",
  inputs: { stdin: image },
  outputs: { stdout: ref },
});
const state = {
  resources: [
    resource("store", "postgres:17", "postgres@sha256:2"),
    resource("mail", "mailpit:v1.21", "mailpit@sha256:1"),
    { urn: "urn:pulumi:local::shop::command:local:Command::store-digest", type: "x" },
  ],
};

describe("the tags of a stack", () => {
  const found = readPinnedImages(state);

  it("are those of its RegistryImages, by name", () => {
    expect(found).toEqual([
      { name: "mail", image: "mailpit:v1.21", ref: "mailpit@sha256:1" },
      { name: "store", image: "postgres:17", ref: "postgres@sha256:2" },
    ]);
    expect(readPinnedImages({})).toEqual([]);
  });

  it("are a table, or a sentence if there are none", () => {
    expect(imagesText(found)).toBe(
      [
        "NAME   IMAGE          RUNS",
        "mail   mailpit:v1.21  mailpit@sha256:1",
        "store  postgres:17    postgres@sha256:2",
      ].join("\n"),
    );
    expect(imagesText([])).toBe("This stack resolves no tag: it has no RegistryImage.");
  });

  it("are chosen by name, or all", () => {
    expect(choose(found, []).map(({ name }) => name)).toEqual(["mail", "store"]);
    expect(choose(found, ["store"]).map(({ name }) => name)).toEqual(["store"]);
    expect(() => choose(found, ["stroe", "mail"])).toThrow(
      "There is no RegistryImage `stroe`. There are: mail, store (see `longshore images list`).",
    );
    expect(() => choose([], [])).toThrow("This stack has no RegistryImage. There are: none");
  });
});
