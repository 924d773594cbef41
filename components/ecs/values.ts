/** What the arguments of several parts have in common: ids, names, tags. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { text } from "../hosts/first-contact/faults.ts";
import { MOST_TAGS } from "../hosts/ec2/tags.ts";

export const vpcId = text(/^vpc-[0-9a-f]{8,17}$/, "a VPC's id, e.g. `vpc-0123456789abcdef0`");
export const subnetId = text(
  /^subnet-[0-9a-f]{8,17}$/,
  "a subnet's id, e.g. `subnet-0123456789abcdef0`",
);
/** An ARN of a service. @param example with which it is explained. */
export const arn = (service: string, resource: RegExp, what: string, example: string) =>
  text(
    new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:(\\d{12})?:${resource.source}$`),
    `${what}, e.g. \`${example}\``,
  );
/** Numbers that may be left out, words for those that are not in a list. */
export const oneOf = (values: readonly (string | number)[]) => {
  const message = `must be ${values.slice(0, -1).join(", ")} or ${values.at(-1) ?? ""}`;
  return z.custom((value) => values.includes(value as string | number), message);
};
/** Another component, told apart by a property that it alone has. */
export const component = (property: string, kind: string) =>
  z.custom(
    (value) => typeof value === "object" && value !== null && property in value,
    `must be an \`${kind}\``,
  );

/** What parts are called after: most of all load balancers, which take the fewest characters. */
const NAME = /^(?!(sg|internal)-)[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$/i;

/** What is wrong with a component's name; none if it can be part of the names of what it makes. */
export function nameFaults(name: string): string[] {
  if (NAME.test(name)) return [];
  return [
    "its name must have 1 to 40 letters, digits and `-`, begin and end with a letter or digit, and not begin with `sg-` or `internal-`",
  ];
}

/** Characters that are left of 32 beside Pulumi's random ones (`-1a2b3c4`). */
const SHORT = 24;

/**
 * A name for what may have 32 characters with a random end: the given one, or its beginning with a hash of the whole.
 * @param unique what the hash is of, if the name alone does not tell things apart.
 * @example "shop-production-b-1f0c8a3e"
 */
export function shortName(name: string, unique?: string): string {
  if (unique === undefined && name.length <= SHORT) return name;
  return `${name.slice(0, SHORT - 9).replace(/-+$/, "")}-${hashOf(unique ?? name)}`;
}

/** A name of letters, digits, `_` and `-`: the given one, or one without the rest and with a hash of the whole. */
export function plainName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_-]+/g, "-").slice(0, 240);
  return plain === name ? name : `${plain}-${hashOf(name)}`;
}

/** Eight hex digits that stand for a text. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** Tags of everything in this stack, after people's own. */
export function stackTags(
  shared: Record<string, string> = {},
  own: Record<string, string> = {},
): Record<string, string> {
  const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
  return { ...shared, ...own, "longshore:stack": stack };
}

/** @returns what is wrong if a component's tags and those of what it belongs to are more than AWS takes. */
export function tooManyTags(own: object | undefined, shared: unknown): string[] {
  const { tags } = (shared ?? {}) as { tags?: object };
  if (Object.keys({ ...tags, ...own, Name: "" }).length <= MOST_TAGS) return [];
  return [`\`tags\` must be fewer: with the network's and \`Name\` at most ${MOST_TAGS}`];
}
