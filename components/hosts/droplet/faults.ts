/** What is wrong with the arguments of a `DropletSite` or a `DropletHost`. Values that are known later are not looked at. */
import { z } from "zod";
import {
  MACHINE,
  faultsOf,
  ports,
  publicKey,
  sshFrom,
  text,
  whole,
  yesOrNo,
} from "../first-contact/faults.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SIZE = "must be a size, e.g. `s-1vcpu-2gb`";
const tags = z
  .array(
    z
      .string("must be a text")
      .regex(
        /^[\p{L}\p{N}:_-]{1,255}$/u,
        "must have 1 to 255 letters, digits, colons, dashes and underscores",
      ),
    "must be a list of texts",
  )
  .optional();

const SITE = z
  .strictObject({
    region: z
      .string("must be a region, e.g. `fra1`")
      .regex(/^[a-z]{3}\d$/, "must be a region, e.g. `fra1`"),
    vpcUuid: text(UUID, "a VPC's id, e.g. `5a4981aa-9653-4bd1-bef5-d6bff52042e4`").optional(),
    ipRange: z
      .cidrv4("must be a network, e.g. `10.10.10.0/24`")
      .refine((range) => {
        const bits = Number(range.split("/")[1]);
        return bits >= 16 && bits <= 28;
      }, "must be a network of /16 to /28")
      .optional(),
    ...{ sshFrom, ports },
    accountKeys: z
      .array(
        text(
          /^(\d+|([0-9a-f]{2}:){15}[0-9a-f]{2})$/,
          "the id or the MD5 fingerprint of a key in the account: `doctl compute ssh-key list`",
        ),
        "must be a list of keys in the account",
      )
      .min(1, "must name at least one: DigitalOcean would mail a root password")
      .optional(),
    newAccountKey: publicKey.optional(),
    balancer: z
      .strictObject(
        {
          port: whole(1, 65535).optional(),
          to: whole(1, 65535),
          sizeUnit: whole(1, 200).optional(),
        },
        "must be an object, e.g. `{ to: 8080 }`",
      )
      .optional(),
    tags,
  })
  .superRefine((site, context) => {
    const add = (path: string, message: string) => {
      context.addIssue({ code: "custom", path: [path], message });
    };
    if (site.vpcUuid !== undefined && site.ipRange !== undefined)
      add("ipRange", "is of a VPC that is made, and `vpcUuid` names one: remove one");
    if ((site.accountKeys === undefined) === (site.newAccountKey === undefined)) {
      const given = site.accountKeys !== undefined;
      add(
        "accountKeys",
        given
          ? "and `newAccountKey` are both given: remove one"
          : "is missing, and so is `newAccountKey`: without a key DigitalOcean mails a root password",
      );
    }
    const { balancer } = site;
    if (balancer !== undefined && site.ports.includes(balancer.to))
      add(
        "ports",
        `holds ${balancer.to}, which the load balancer alone is to reach: remove it, or \`balancer\``,
      );
  });

const HOST = z.strictObject({
  site: z.custom((value) => typeof value === "object" && value !== null, "must be a `DropletSite`"),
  size: z.string(SIZE).regex(/^[a-z0-9]+(-[a-z0-9_.]+)+$/, SIZE),
  image: text(
    /^([a-z0-9][a-z0-9-]*|\d+)$/,
    "an image's slug or id, e.g. `debian-13-x64`",
  ).optional(),
  ...MACHINE,
  data: z.strictObject(
    { size: whole(1, 16384, " (GiB)"), protect: yesOrNo },
    "must be an object, e.g. `{ size: 50 }`",
  ),
  reservedIp: yesOrNo,
  monitoring: yesOrNo,
  ipv6: yesOrNo,
  tags,
});

/** All of them, each with its property; none if there is nothing wrong. */
export const findSiteFaults = (args: unknown): string[] => faultsOf(SITE, args);
/** @see findSiteFaults */
export const findHostFaults = (name: string, args: unknown): string[] => [
  // It is the droplet's host name, and begins the volume's, which may have 64.
  ...(/^[a-z]([a-z0-9-]{0,46}[a-z0-9])?$/.test(name)
    ? []
    : ["its name must have 1 to 48 lowercase letters, digits and dashes, and begin with a letter"]),
  ...faultsOf(HOST, args),
];
