/** What can be wrong with an acceptance test before anything is built. */
import { z } from "zod";
import { findRefFault } from "../../services/values/image-reference.ts";
import { code, nearest, pathOf } from "../../services/rules/rule.ts";
import { inputText, isText, list, object, text, whole } from "../../services/shape-parts.ts";
import { isRecord } from "../../services/values/maps.ts";
import { SERVICE_NAME, VARIABLE_NAME } from "../../services/values/variables.ts";
import type { ArgumentFault } from "../fault.ts";

const words = list(text("text"), 'a list of words, e.g. `["node", "acceptance.js"]`', 1);

const CONTAINER = {
  entrypoint: words.optional(),
  command: words.optional(),
  environment: z.record(z.string(), inputText, "an object of texts").optional(),
};

function isImage(value: unknown): boolean {
  return isText(value) || (typeof value === "object" && value !== null && "ref" in value);
}

const SERVICE = {
  ...CONTAINER,
  image: z
    .custom(
      isImage,
      "`repository@sha256:…`, an output of that, a `TestedImage` or a `RegistryImage`",
    )
    .optional(),
  port: whole(1, 65535).optional(),
  healthCheck: object({ command: words }, 'a check, e.g. `{ command: ["pg_isready"] }`').optional(),
};

const ACCEPTANCE = object(
  {
    ...CONTAINER,
    services: z
      .record(
        z.string(),
        object(SERVICE, "a service, e.g. `{ image, port: 6379 }`"),
        "an object of services, e.g. `{ redis: { image, port: 6379 } }`",
      )
      .optional(),
    output: text("text").min(1, "text of at least one character").optional(),
    timeout: whole(1, 3600, "of seconds ").optional(),
    dockerHost: z
      .custom(isEngine, "an engine's address, `unix:///path/to/docker.sock` or `tcp://host:port`")
      .optional(),
  },
  "an object, e.g. `{ command, services }`",
);

function isEngine(value: unknown): boolean {
  return typeof value === "string" ? /^(unix:\/\/\/|tcp:\/\/)./.test(value) : isText(value);
}

/** All faults at once, whatever was given. Values that are not known yet are left to the test itself. */
export function findAcceptanceFaults(acceptance: unknown): ArgumentFault[] {
  const wrong = ACCEPTANCE.safeParse(acceptance).error?.issues ?? [];
  if (!isRecord(acceptance)) return wrong.map((issue) => toFault(issue));
  const services = Object.entries(isRecord(acceptance.services) ? acceptance.services : {});
  return [
    ...wrong.flatMap((issue) =>
      issue.code === "unrecognized_keys" ? unknown(issue) : toFault(issue),
    ),
    ...variables(["acceptance"], acceptance),
    ...services.flatMap(([name, service]) => [
      ...nameFaults(name),
      ...(isRecord(service) ? serviceFaults(name, service) : []),
    ]),
  ];
}

function toFault({ path, message }: z.core.$ZodIssue): ArgumentFault {
  return { propertyPath: pathOf("acceptance", ...path), reason: `Give ${message}.` };
}

function unknown({ keys, path }: z.core.$ZodIssueUnrecognizedKeys): ArgumentFault[] {
  const known = path.length === 0 ? Object.keys(ACCEPTANCE.out.shape) : Object.keys(SERVICE);
  return keys.map((key) => ({
    propertyPath: pathOf("acceptance", ...path, key),
    reason: `There is no property \`${key}\`. ${nearest(key, known)}Remove or rename it.`,
  }));
}

function nameFaults(name: string): ArgumentFault[] {
  if (SERVICE_NAME.test(name) && name !== "localhost") return [];
  const reason =
    "It cannot be a service's name, because it is a host name too. Use up to 63 lower-case letters, digits and " +
    "dashes, first a letter, last no dash; not `localhost`.";
  return [{ propertyPath: pathOf("acceptance", "services", name), reason }];
}

function serviceFaults(name: string, service: Record<string, unknown>): ArgumentFault[] {
  const at = ["acceptance", "services", name];
  const { image } = service;
  const ref = isRecord(image) ? image.ref : image;
  const fault = typeof ref === "string" ? findRefFault(ref) : undefined;
  return [
    ...(fault === undefined
      ? []
      : [{ propertyPath: pathOf(...at, "image"), reason: `${fault.message} ${fault.fix}` }]),
    ...variables(at, service),
  ];
}

function variables(at: string[], { environment }: Record<string, unknown>): ArgumentFault[] {
  return Object.keys(isRecord(environment) ? environment : {})
    .filter((name) => !VARIABLE_NAME.test(name))
    .map((name) => ({
      propertyPath: pathOf(...at, "environment", name),
      reason:
        `${code(name)} cannot be the name of a variable. Use up to 128 letters, digits, underscores, dots and ` +
        "dashes, first a letter.",
    }));
}
