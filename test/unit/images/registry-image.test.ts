/** Tags that are resolved once: what is asked for, what is kept, and what `longshore images update` changes. */
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it, test } from "vitest";
import type { RegistryImage } from "../../../components/images/index.ts";
import { resolveOnce } from "../../../components/images/registry/resolve.ts";
import { digest } from "../releases/example.ts";

const PINNED = `postgres@${digest("1")}`;
const NEWER = `postgres@${digest("2")}`;

let Image: typeof RegistryImage;
let inputs: Record<string, unknown> = {};
let ignored: string[] = [];

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: (made) => {
      if (made.type === "command:local:Command") inputs = made.inputs as typeof inputs;
      return { id: made.name, state: { ...(made.inputs as object), stdout: PINNED } };
    },
    call: () => ({}),
  });
  const monitor = (pulumi.runtime as unknown as { getMonitor(): Monitor }).getMonitor();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    const { type, ignorechangesList } = request.toObject();
    if (type === "command:local:Command") ignored = ignorechangesList;
    return register(request, done);
  };
  ({ RegistryImage: Image } = await import("../../../components/images/index.ts"));
});
afterEach(() => {
  delete process.env.LONGSHORE_UPDATED_IMAGES;
});

interface Monitor {
  registerResource(
    request: { toObject(): { type: string; ignorechangesList: string[] } },
    done: unknown,
  ): unknown;
}

async function refOf(image: string): Promise<unknown> {
  const { ref } = new Image("store", { image });
  await (pulumi.runtime as unknown as { disconnect(): Promise<void> }).disconnect();
  return new Promise((resolve) => ref.apply(resolve));
}

describe("a tag of a registry", () => {
  it("is resolved by a program, and what that said is kept", async () => {
    expect(await refOf("postgres:17")).toBe(PINNED);
    expect(inputs).toMatchObject({ stdin: "postgres:17", environment: { LONGSHORE_RESOLVED: "" } });
    expect(ignored).toEqual(["environment"]);
  });

  it("is what the update of images has found, and that is kept", async () => {
    const found = [{ name: "store", image: "postgres:17", ref: NEWER }];
    process.env.LONGSHORE_UPDATED_IMAGES = JSON.stringify(found);
    expect(await refOf("postgres:17")).toBe(NEWER);
    expect(inputs.environment).toEqual({ LONGSHORE_RESOLVED: `postgres:17 ${NEWER}` });
    expect(ignored).toEqual([]);
  });

  it("is not what was found for another tag", async () => {
    const found = [{ name: "store", image: "postgres:16", ref: NEWER }];
    process.env.LONGSHORE_UPDATED_IMAGES = JSON.stringify(found);
    expect(await refOf("postgres:17")).toBe(PINNED);
  });

  it.each([
    ["postgres", "has no tag. Give the one of a version, e.g. `postgres:17`."],
    ["127.0.0.1:5055/postgres", "has no tag."],
    [PINNED, "has a digest already: give it to the service as it is."],
    ["postgres:latest", "It is tagged `latest`, which does not say what runs."],
    ["postgres:a b", "is not a valid tag"],
  ])("is refused as %s", (image, why) => {
    expect(() => new Image("store", { image })).toThrow(/cannot be resolved as it is defined/);
    try {
      new Image("store", { image });
    } catch (error) {
      const { errors } = error as { errors: { propertyPath: string; reason: string }[] };
      expect(errors[0]?.propertyPath).toBe("image");
      expect(errors[0]?.reason).toContain(why);
    }
  });
});

test("what was shown in the preview is what is run, of that tag alone", async () => {
  const env = { LONGSHORE_RESOLVED: `postgres:17 ${NEWER}` };
  expect(await resolveOnce("postgres:17", env)).toBe(NEWER);
  // Asks the registry, which does not exist.
  await expect(resolveOnce("registry.invalid/x:1", env)).rejects.toThrow(
    /^Looking at registry\.invalid\/x:1 failed: /,
  );
});
