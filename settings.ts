/**
 * The stack's configuration as one typed, validated object. The only reader of Pulumi's
 * configuration, and its schema: Pulumi.yaml declares the same keys with description and default
 * (a test keeps the two in step), types are checked here so that all problems come in one message.
 */
import * as pulumi from "@pulumi/pulumi";
import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { hostProperties, hosts } from "./kinds.ts";

const NAMESPACE = "identidock";

const port = z.coerce
  .number({ error: "must be a whole number from 1 to 65535" })
  .int("must be a whole number from 1 to 65535")
  .min(1, "must be a whole number from 1 to 65535")
  .max(65535, "must be a whole number from 1 to 65535");
const name = z.string().min(1, "must not be empty");

/** Every key, its type and its default. Keys without a default must be set. */
export const SCHEMA = z.strictObject({
  /** Where the system runs. */
  hosts: fromJson(hosts).default({ kind: "local" }),
  /** Registry that images are pushed to and pulled from, with a path prefix if it has one. */
  registry: name.regex(
    /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._/-]+)?$/,
    "must be a registry such as registry.example.com/team or 127.0.0.1:5055",
  ),
  /** The buildx builder that builds images. */
  builder: name.default("longshore"),
  /** Whether images without tests may be built: `false` where only tested ones run. */
  allowUntested: z
    .stringbool({ truthy: ["true"], falsy: ["false"], error: "must be true or false" })
    .default(true),
  /** Whether images may be built of files that are not committed: `false` where only committed ones run. */
  allowDirty: z
    .stringbool({ truthy: ["true"], falsy: ["false"], error: "must be true or false" })
    .default(true),
  /** Address that the proxy's ports are published on. */
  bind: z.union([z.ipv4(), z.ipv6()], { error: "must be an IP address" }).default("127.0.0.1"),
  /** Port of the web page. */
  httpPort: port.default(8080),
  /** Port of the proxy's status page, on 127.0.0.1. */
  statusPort: port.default(8404),
  /** Replicas of `app`, in all. */
  appReplicas: z.coerce
    .number({ error: "must be a whole number from 1 to 50" })
    .int("must be a whole number from 1 to 50")
    .min(1, "must be a whole number from 1 to 50")
    .max(50, "must be a whole number from 1 to 50")
    .default(2),
  /** Key that signs the visitors' cookies. A secret. */
  sessionKey: z.string().min(16, "must have 16 characters or more"),
});

/** Keys whose values must be encrypted in the stack's file. */
export const SECRETS = ["sessionKey"] as const;

type Plain = z.infer<typeof SCHEMA>;

/** A stack's settings. */
export type Settings = Omit<Plain, (typeof SECRETS)[number]> & {
  sessionKey: pulumi.Output<string>;
};

/**
 * Reads and checks the stack's configuration.
 * @throws pulumi.RunError naming every missing, misspelt, badly typed or contradictory key.
 */
export function readSettings(): Settings {
  const prefix = `${NAMESPACE}:`;
  const entries = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  const raw = Object.fromEntries(entries);
  const problems = checkSettings(raw, (key) => isConfigSecret(prefix + key));
  if (problems.length > 0) {
    const stack = pulumi.getStack();
    throw new pulumi.RunError(
      `The configuration of stack \`${stack}\` has ${counted(problems.length)}; nothing was touched.\n` +
        problems.map((problem) => `  - ${problem}`).join("\n"),
    );
  }
  const { sessionKey, ...settings } = SCHEMA.parse(raw);
  return { ...settings, sessionKey: pulumi.secret(sessionKey) };
}

/**
 * All problems of a configuration, one line each: the key, what is wrong, and how to fix it.
 * @param raw key → text, as Pulumi hands it over.
 * @param isSecret tells whether a key's value is encrypted.
 */
export function checkSettings(
  raw: Record<string, string>,
  isSecret: (key: string) => boolean,
): string[] {
  const known = Object.keys(SCHEMA.shape);
  const problems: string[] = [];
  const result = SCHEMA.safeParse(raw);
  for (const issue of result.error?.issues ?? []) {
    const path = issue.path.join(".");
    if (issue.code === "unrecognized_keys") {
      const siblings = path === "" ? known : hostProperties(raw.hosts);
      for (const key of issue.keys) {
        const full = path === "" ? key : `${path}.${key}`;
        problems.push(
          `\`${full}\` is not a known setting. Did you mean \`${closest(key, siblings)}\`? ` +
            `Known: ${siblings.join(", ")}. Remove it with \`pulumi config rm ${path === "" ? "" : "--path "}${full}\`.`,
        );
      }
    } else if (raw[path] === undefined && known.includes(path)) {
      problems.push(`\`${path}\` is missing. Set it with \`pulumi config set ${flags(path)}\`.`);
    } else {
      const shown = isSecretKey(path)
        ? ""
        : ` It is ${JSON.stringify(raw[path.split(".")[0] ?? ""])}.`;
      problems.push(
        `\`${path}\` ${issue.message}.${shown} Set it with \`pulumi config set ${flags(path)}\`.`,
      );
    }
  }
  for (const key of SECRETS) {
    if (raw[key] !== undefined && !isSecret(key)) {
      problems.push(
        `\`${key}\` is stored in plaintext. Set it again with \`pulumi config set ${flags(key)}\`.`,
      );
    }
  }
  if (result.data !== undefined && result.data.httpPort === result.data.statusPort) {
    problems.push(
      "`httpPort` and `statusPort` are the same. " +
        "Set another one with `pulumi config set statusPort 8404`.",
    );
  }
  return problems;
}

function isSecretKey(key: string): boolean {
  return (SECRETS as readonly string[]).includes(key);
}

function flags(key: string): string {
  if (isSecretKey(key)) return `--secret ${key}`;
  return key.includes(".") ? `--path ${key} VALUE` : `${key} VALUE`;
}

function counted(problems: number): string {
  return problems === 1 ? "a problem" : `${problems} problems`;
}

/** Whether the stack's file holds the value encrypted. Exported by the SDK, but not in its types. */
function isConfigSecret(key: string): boolean {
  const runtime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  return runtime.isConfigSecret(key);
}

/** A value that Pulumi hands over as JSON text. */
function fromJson<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }, schema);
}
