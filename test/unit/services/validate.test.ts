/** The validator against the table of bad definitions: each row breaks one rule, and is told so. */
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { RULES, validateServices } from "../../../components/services/index.ts";
import { CONTAINER_ROWS } from "./bad/container.ts";
import { ENVIRONMENT_ROWS } from "./bad/environment.ts";
import { HEALTH_ROWS } from "./bad/health.ts";
import { LINKS_ROWS } from "./bad/links.ts";
import { HOST_ACCESS_ROWS } from "./bad/host-access.ts";
import { PORTS_ROWS } from "./bad/ports.ts";
import { PROCESS_ROWS } from "./bad/process.ts";
import { RANGE_ROWS } from "./bad/ranges.ts";
import { RELEASE_ROWS } from "./bad/release.ts";
import { ROUTES_ROWS } from "./bad/routes.ts";
import { edge, IMAGE, redis, type Row, web } from "./bad/row.ts";
import { STORAGE_ROWS } from "./bad/storage.ts";
import { STRUCTURE_ROWS } from "./bad/structure.ts";
import { TLS_ROWS } from "./bad/tls.ts";
import { TYPE_ROWS } from "./bad/types.ts";

const ROWS: Row[] = [
  ...STRUCTURE_ROWS,
  ...TYPE_ROWS,
  ...RANGE_ROWS,
  ...LINKS_ROWS,
  ...PORTS_ROWS,
  ...ROUTES_ROWS,
  ...TLS_ROWS,
  ...ENVIRONMENT_ROWS,
  ...STORAGE_ROWS,
  ...HEALTH_ROWS,
  ...PROCESS_ROWS,
  ...HOST_ACCESS_ROWS,
  ...RELEASE_ROWS,
  ...CONTAINER_ROWS,
];
const problemOf = ({ path, message, fix }: Row) => ({ path, message, fix });

describe("a bad definition", () => {
  it.each(ROWS)("breaks $rule at $path", (row) => {
    expect(validateServices(row.definition)).toEqual([problemOf(row)]);
  });
});

describe("the table of bad definitions", () => {
  it("has a row for each rule, and no other", () => {
    const named = new Set(ROWS.map(({ rule }) => rule));
    expect([...named].sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  it("has at least 60 different rows", () => {
    expect(new Set(ROWS.map((row) => JSON.stringify(problemOf(row)))).size).toBeGreaterThanOrEqual(
      60,
    );
  });

  it.each(RULES.map(({ id }) => id))("fails without the rule %s", (id) => {
    const missed = ROWS.filter(
      (row) => validateServices(row.definition, { without: [id] }).length !== 1,
    );
    expect(missed.length).toBeGreaterThan(0);
    expect(missed.map(({ rule }) => rule)).toEqual(missed.map(() => id));
  });

  it("shows no value of a secret", () => {
    const shown = JSON.stringify(ROWS.map(({ definition }) => validateServices(definition)));
    expect(JSON.stringify(ROWS.map(({ definition }) => definition))).toContain("s3cret");
    expect(shown).not.toContain("s3cret");
  });
});

describe("validateServices", () => {
  it("has rules with a name of their own and a sentence", () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { id, about } of RULES) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(about).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("reports all problems at once, those of one property beside those of others", () => {
    const problems = validateServices({
      ...edge({ routes: [{ to: "wep" }], bnd: "0.0.0.0" }),
      ...web({ port: "8080", links: ["reddis"], memory: 1, environment: { "A B": "" } }),
      ...redis({ replicas: 2 }),
    });
    expect(problems.map(({ path }) => path)).toEqual([
      "edge.bnd",
      "web.port",
      "web.memory",
      "web.links[0]",
      "edge.routes[0].to",
      'web.environment["A B"]',
      "redis.replicas",
    ]);
  });

  it("blames a misspelt property once, not the services that rely on it", () => {
    const problems = validateServices({
      ...web({ port: "8080", healthCheck: { path: "/health" } }),
      ...edge(),
    });
    expect(problems.map(({ path }) => path)).toEqual(["web.port"]);
  });

  it.each([null, undefined, 7, "text", [], () => undefined, new Map()])(
    "takes %o for a definition without services, and does not fail",
    (definition) => {
      expect(validateServices(definition)).toHaveLength(1);
    },
  );

  it("is not confused by names that all objects have", () => {
    const spoilt = JSON.parse(`{ "__proto__": { "role": "app" } }`) as unknown;
    expect(validateServices(spoilt)).toContainEqual({
      path: "__proto__.image",
      message: "`image` of service `__proto__` is missing.",
      fix: "Give `repository@sha256:…`, an output of that, or `{ ref, tag }`.",
    });
    expect(
      validateServices({
        constructor: web({ links: ["valueOf"], toString: "x" }).web,
        ...edge({ routes: [{ to: "constructor" }, { path: "/api", to: "hasOwnProperty" }] }),
      }).map(({ path }) => path),
    ).toEqual(["constructor.toString", "constructor.links[0]", "edge.routes[1].to"]);
  });

  it("leaves outputs and promises unread", () => {
    const image = pulumi.output("no image at all");
    const value = pulumi.secret("");
    const problems = validateServices(
      web({
        image,
        secrets: { A: value, B: { value: Promise.resolve("") } },
        environment: { C: value },
      }),
    );
    expect(problems).toEqual([]);
  });

  it("takes any object with a ref and a tag for an image, such as a build", () => {
    class Build {
      readonly ref = pulumi.output(IMAGE);
      readonly tag = "a1b2c3";
      readonly report = "not of interest";
    }
    expect(validateServices(web({ image: new Build() }))).toEqual([]);
  });
});
