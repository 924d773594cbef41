/** A definition with problems is refused whole. */
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { app, cache, defineServices } from "../../../components/services/index.ts";
import { IMAGE } from "./bad/row.ts";

describe("a definition with problems", () => {
  const fail = (define: () => unknown) => {
    try {
      define();
    } catch (error) {
      if (pulumi.InputPropertiesError.isInstance(error)) return error;
      throw error;
    }
    throw new Error("The definition was taken.");
  };

  it("is refused with all of them, for people and for Pulumi", () => {
    const error = fail(() =>
      defineServices({
        web: app({ image: IMAGE, port: 0, links: ["reddis"] }),
        redis: cache({ image: IMAGE, port: 6379 }),
      }),
    );
    expect(error.message).toBe(
      [
        "The services have 2 problems; nothing was touched.",
        "  - web.port: `port` of service `web` is 0. Give a whole number from 1 to 65535.",
        "  - web.links[0]: Link `reddis` of service `web` names no service. Did you mean `redis`? Known: redis.",
      ].join("\n"),
    );
    expect(error.errors).toEqual([
      {
        propertyPath: "web.port",
        reason: "`port` of service `web` is 0. Give a whole number from 1 to 65535.",
      },
      {
        propertyPath: "web.links[0]",
        reason:
          "Link `reddis` of service `web` names no service. Did you mean `redis`? Known: redis.",
      },
    ]);
    expect(error.stack).toBe(error.message);
  });

  it("is refused with its one problem", () => {
    expect(fail(() => defineServices({})).message).toBe(
      "The services have a problem; nothing was touched.\n" +
        "  - The definition has no service. Give an object of services, e.g. `{ app: app({ image, port: 8080 }) }`.",
    );
  });

  it("cannot be smuggled a role through its settings", () => {
    const args = { image: IMAGE, port: 6379, role: "app" };
    expect(defineServices({ redis: cache(args) }).byName.redis?.role).toBe("cache");
  });
});
