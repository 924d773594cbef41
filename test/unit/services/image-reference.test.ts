/** References that name an image for ever, and others. */
import { describe, expect, it } from "vitest";
import { checkImageRef } from "../../../components/services/index.ts";
import { repositoryOf } from "../../../components/services/values/image-reference.ts";
import { DIGEST } from "./bad/row.ts";

describe("checkImageRef", () => {
  it.each([
    `redis@${DIGEST}`,
    `redis:7.2@${DIGEST}`,
    `library/redis@${DIGEST}`,
    `registry.example/team/shop_app-2:v1@${DIGEST}`,
    `127.0.0.1:5055/shop@${DIGEST}`,
    `[::1]:5055/shop@${DIGEST}`,
    `123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@${DIGEST}`,
  ])("takes %s", (ref) => {
    expect(checkImageRef(ref)).toBeUndefined();
  });

  it.each([
    ["redis", "`redis` has no digest"],
    ["redis:7", "`redis:7` has no digest"],
    ["127.0.0.1:5055/shop", "`127.0.0.1:5055/shop` has no digest"],
    ["redis:latest", "`redis:latest` is tagged `latest`"],
    [`redis:latest@${DIGEST}`, `\`redis:latest@${DIGEST}\` is tagged \`latest\``],
    ["", '`""` is not a valid image reference.'],
    ["Redis@sha256:00", "`Redis@sha256:00` is not a valid image reference."],
    [`redis@${DIGEST}0`, `\`redis@${DIGEST}0\` is not a valid image reference.`],
    [
      `redis@${DIGEST.toUpperCase()}`,
      `\`redis@${DIGEST.toUpperCase()}\` is not a valid image reference.`,
    ],
    [`redis @${DIGEST}`, `\`redis @${DIGEST}\` is not a valid image reference.`],
    [`redis@${DIGEST}\n`, `\`redis@${DIGEST}\n\` is not a valid image reference.`],
    [
      `https://registry.example/shop@${DIGEST}`,
      `\`https://registry.example/shop@${DIGEST}\` is no`,
    ],
  ])("refuses %j", (ref, beginning) => {
    expect(checkImageRef(ref)?.slice(0, beginning.length)).toBe(beginning);
  });
});

describe("repositoryOf", () => {
  it.each([
    [`registry.example:5000/team/shop:v1@${DIGEST}`, "registry.example:5000/team/shop"],
    [`registry.example:5000/shop@${DIGEST}`, "registry.example:5000/shop"],
    [`[::1]:5055/shop@${DIGEST}`, "[::1]:5055/shop"],
    ["redis:7", "redis"],
  ])("of %s", (ref, repository) => {
    expect(repositoryOf(ref)).toBe(repository);
  });
});
