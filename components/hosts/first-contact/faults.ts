/** What arguments of all clouds' machines have in common, and how what is wrong with them is told. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { PEER_PORTS } from "../peer-ports.ts";
import { ENGINE } from "../ssh-faults.ts";

/** What another resource gives is not known yet. */
const later = z.custom((value) => pulumi.Output.isInstance(value) || value instanceof Promise);

/** A text, or what is known later. @param what e.g. "a subnet's id". */
export const text = (pattern: RegExp, what: string) => {
  const known = z.string(`must be ${what}`).regex(pattern, `must be ${what}`);
  return z.unknown().superRefine((value, context) => {
    if (later.safeParse(value).success || known.safeParse(value).success) return;
    context.addIssue({ code: "custom", message: `must be ${what}` });
  });
};
export const whole = (from: number, to: number, unit = "") => {
  const message = `must be a whole number from ${from} to ${to}${unit}`;
  return z.int(message).min(from, message).max(to, message);
};
export const yesOrNo = z.boolean("must be true or false").optional();

const NETWORK = "must be a network, e.g. `203.0.113.0/24`";
export const network = z.union([z.cidrv4(), z.cidrv6()], NETWORK);
/** From where SSH is open. @param each of them; a cloud may want more of it. */
export const networks = (each: z.ZodType<string>) =>
  z
    .array(each, 'must be a list of networks, e.g. `["203.0.113.0/24"]`')
    .min(1, "must name at least one network: the one from which you deploy");
export const sshFrom = networks(network);
const TAKEN_PORTS = [22, ...Object.values(PEER_PORTS)];
/** The proxy's. */
export const ports = z.array(
  whole(1, 65535).refine(
    (port) => !TAKEN_PORTS.includes(port),
    "is open already, to those who need it: leave it out",
  ),
  "must be a list of ports, e.g. `[80, 443]`",
);

const KEY =
  /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]{40,}={0,2}( [^\r\n]*)?$/;
export const publicKey = z
  .string("must be one line of a `.pub` file: `ssh-ed25519 AAAA…`")
  .regex(KEY, "must be one line of a `.pub` file: `ssh-ed25519 AAAA…`");
const USER = "must be the name of a user, e.g. `deploy`, and not `root`";

/** What is done with a machine once it is there. */
export const MACHINE = {
  user: z
    .string(USER)
    .regex(/^(?!root$)[a-z_][a-z0-9_-]{0,31}$/, USER)
    .optional(),
  authorizedKeys: z
    .array(publicKey, "must be a list of public keys")
    .min(1, "must hold at least one public key: nobody could log in"),
  identityFile: z.string("must be a path").min(1, "must be a path").optional(),
  ...ENGINE,
};

/** @throws pulumi.RunError with all of them. */
export function refuse(what: string, problems: string[]): void {
  if (problems.length === 0) return;
  throw new pulumi.RunError(problems.map((line) => `${what}: ${line}`).join("\n"));
}

/** All of them, each with its property; none if there is nothing wrong. */
export function faultsOf(schema: z.ZodType, args: unknown): string[] {
  return (schema.safeParse(args).error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map(
          (key) => `\`${[...issue.path, key].join(".")}\` is not a known property: remove it`,
        )
      : `\`${issue.path.join(".")}\` ${issue.message}`,
  );
}
