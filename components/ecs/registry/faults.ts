/** What is wrong with the arguments of an `EcrRepository`. */
import { z } from "zod";
import { tags } from "../../hosts/ec2/tags.ts";
import { faultsOf, whole, yesOrNo } from "../../hosts/first-contact/faults.ts";
import { nameFaults } from "../values.ts";

const NAME =
  /^(?=.{2,256}$)([a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*\/)*[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*$/;
const NAMED =
  "must have 2 to 256 small letters, digits, `.`, `_`, `-`, and `/` between parts, e.g. `shop/app`";
const TAG = "must be a tag, with `*` for any characters, e.g. `cache*`";

const REPOSITORY = z.strictObject({
  repository: z.string(NAMED).regex(NAME, NAMED).optional(),
  keep: whole(10, 10_000, " (images)").optional(),
  cacheTags: z
    .array(z.string(TAG).regex(/^[0-9A-Za-z._*-]{1,128}$/, TAG), "must be a list of tags")
    .max(5, "must be at most 5")
    .superRefine((patterns, context) => {
      for (const [at, pattern] of patterns.entries()) {
        const complain = (message: string) =>
          context.addIssue({ code: "custom", path: [at], message });
        if (pattern.replaceAll("*", "") === "")
          complain("would let every tag be moved: name the beginning of those of caches");
        if (pattern.split("*").length > 3) complain("must have at most two `*`");
        if (patterns.indexOf(pattern) < at) complain("is there already: remove it");
      }
    })
    .optional(),
  forceDelete: yesOrNo,
  tags,
});

/** All of them, each with its property; none if there is nothing wrong. */
export function findRepositoryFaults(name: string, args: unknown): string[] {
  const { repository } = (args ?? {}) as { repository?: unknown };
  return [
    ...nameFaults(name),
    ...(repository !== undefined || NAME.test(name)
      ? []
      : [`\`repository\` is missing, and the component's name is none: it ${NAMED}`]),
    ...faultsOf(REPOSITORY, args),
  ];
}
