import { createHash } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findForeignParts } from "../../../components/images/build/descent.ts";
import { readLayoutImage } from "../../../components/images/build/layout.ts";
import { verify, type VerifyEnvironment } from "../../../components/images/build/verify.ts";
import { tempFolder, write } from "./temp.ts";

const layer = (name: string) => `sha256:${createHash("sha256").update(name).digest("hex")}`;
const step = (instruction: string, empty = false) => ({ instruction, empty });

interface Made {
  layers: string[];
  steps: { instruction: string; empty: boolean }[];
  architecture?: string;
}

const BASE: Made = { layers: ["base"], steps: [step("ADD base")] };
const RELEASE: Made = {
  layers: ["base", "app"],
  steps: [...BASE.steps, step("ENV A=1", true), step("COPY app"), step("CMD run", true)],
};
const TESTED: Made = {
  layers: [...RELEASE.layers, "tests", "results"],
  steps: [...RELEASE.steps, step("COPY tests"), step("RUN test")],
};

/** Writes an OCI layout, as BuildKit exports one; the digest of its image. */
function makeLayout(folder: string, images: Made[], index = images.length > 1): string {
  const store = (document: unknown) => {
    const content = JSON.stringify(document);
    const hex = createHash("sha256").update(content).digest("hex");
    write(folder, { [`blobs/sha256/${hex}`]: content });
    return `sha256:${hex}`;
  };
  const manifests = images.map(({ layers, steps, architecture = "amd64" }) => {
    for (const name of layers) write(folder, { [`blobs/sha256/${layer(name).slice(7)}`]: name });
    const config = store({
      os: "linux",
      architecture,
      rootfs: { type: "layers", diff_ids: layers.map(layer) },
      history: steps.map(({ instruction, empty }) => ({
        created_by: instruction,
        ...(empty ? { empty_layer: true } : {}),
      })),
    });
    const stored = layers.map((name) => ({ digest: layer(name) }));
    const digest = store({ schemaVersion: 2, config: { digest: config }, layers: stored });
    return { digest, platform: { os: "linux", architecture } };
  });
  if (!index) return manifests[0]!.digest;
  const attestation = {
    digest: layer("none"),
    platform: { os: "unknown", architecture: "unknown" },
  };
  return store({ schemaVersion: 2, manifests: [...manifests, attestation] });
}

/** Makes both layouts; what `verify` is given. */
function made(tested: Made[], release: Made[]): VerifyEnvironment {
  const folder = tempFolder();
  const [test, built] = [join(folder, "test"), join(folder, "release")];
  return {
    LONGSHORE_IMAGE: "app",
    LONGSHORE_DOCKERFILE: "identidock/app/Dockerfile",
    LONGSHORE_STAGES: "release,test",
    LONGSHORE_TEST_LAYOUT: test,
    LONGSHORE_TEST_DIGEST: makeLayout(test, tested),
    LONGSHORE_RELEASE_LAYOUT: built,
    LONGSHORE_RELEASE_DIGEST: makeLayout(built, release),
  };
}

test("an image without tests is not compared, and says so", () => {
  const env = { ...made([TESTED], [RELEASE]), LONGSHORE_STAGES: "release," };
  expect(verify({ ...env, LONGSHORE_TEST_DIGEST: "" })).toMatch(/^app: not tested \(linux/);
  // That there is no digest is no sign of it.
  const other = { ...env, LONGSHORE_STAGES: "release,test", LONGSHORE_TEST_DIGEST: "" };
  expect(() => verify(other)).toThrow("is not a valid digest");
});

test("a tested image that is the release plus its tests passes", () => {
  const env = made([TESTED], [RELEASE]);
  expect(verify(env)).toMatch(
    /^app: tested as it is released \(linux\/amd64 sha256:[0-9a-f]{64}\)$/,
  );
  expect(verify(made([RELEASE], [RELEASE]))).toContain("tested as it is released");
});

test.each<[string, Made[], Made[], RegExp]>([
  [
    "layers of another build",
    [{ ...TESTED, layers: ["base", "app built again", "tests"] }],
    [RELEASE],
    /linux\/amd64: layer 2 of the release's 2 is sha256:\w+, of the tested image's 3 it is sha256:\w+\n/,
  ],
  [
    "no layers of it",
    [BASE],
    [RELEASE],
    /layer 2 of the release's 2 .* tested image's 1 it is missing/,
  ],
  [
    "the release with something put in between",
    [{ ...TESTED, layers: ["base", "tests", "app"] }],
    [RELEASE],
    /layer 2 of/,
  ],
  [
    "the same layers, set up in another way",
    [
      {
        layers: [...RELEASE.layers, "tests"],
        steps: [
          ...BASE.steps,
          step("ENV A=2", true),
          step("COPY app"),
          step("CMD run", true),
          step("RUN test"),
        ],
      },
    ],
    [RELEASE],
    /step 2 of the release is `ENV A=1`, of the tested image it is `ENV A=2`/,
  ],
  [
    "the release without its last setting",
    [{ layers: RELEASE.layers, steps: RELEASE.steps.slice(0, -1) }],
    [RELEASE],
    /step 4 of the release is `CMD run`, of the tested image it is `missing`/,
  ],
  [
    "one platform of two",
    [TESTED],
    [RELEASE, { ...RELEASE, architecture: "arm64" }],
    /linux\/arm64 was not tested \(tested: linux\/amd64\)/,
  ],
])("a tested image with %s does not", (_what, tested, release, message) => {
  const env = made(tested, release);
  expect(() => verify(env)).toThrow(message);
  expect(() => verify(env)).toThrow("nothing was pushed");
  expect(() => verify(env)).toThrow(
    "In `identidock/app/Dockerfile`, the stage `test` must start with",
  );
  expect(() => verify(env)).toThrow(
    "pulumi up --replace '**::app-test' --replace '**::app-release'",
  );
});

test("every platform is compared, and attestations are no platform", () => {
  const arm = { architecture: "arm64" };
  const both = made([TESTED, { ...TESTED, ...arm }], [RELEASE, { ...RELEASE, ...arm }]);
  expect(verify(both)).toMatch(/linux\/amd64 sha256:\w+, linux\/arm64 sha256:\w+/);
  const bad = { ...TESTED, ...arm, layers: ["other"] };
  expect(() => verify(made([TESTED, bad], [RELEASE, { ...RELEASE, ...arm }]))).toThrow(
    "linux/arm64: layer 1",
  );
});

test("a release without any image does not pass for want of faults", () => {
  expect(findForeignParts([], [])).toEqual(["the release has no image for any platform"]);
});

test("what another clone built is said to be missing, with the way out", () => {
  const env = {
    ...made([TESTED], [RELEASE]),
    LONGSHORE_TEST_LAYOUT: join(tempFolder(), "nothing"),
  };
  expect(() => verify(env)).toThrow(
    /^The `test` image of `app` was built by an update that did not finish/,
  );
  expect(() => verify(env)).toThrow("--replace '**::app-test' --replace '**::app-release'");
});

test("documents with another digest than their own are refused", () => {
  const env = made([TESTED], [RELEASE]);
  const hex = env.LONGSHORE_RELEASE_DIGEST.slice(7);
  writeFileSync(join(env.LONGSHORE_RELEASE_LAYOUT, "blobs/sha256", hex), "{}");
  expect(() => verify(env)).toThrow(/is damaged: its content has another digest\. Delete/);
});

test.each(["", "latest", "sha256:../../etc/passwd"])("`%s` is no digest to look for", (digest) => {
  const env = made([TESTED], [RELEASE]);
  expect(() => verify({ ...env, LONGSHORE_TEST_DIGEST: digest })).toThrow("is not a valid digest");
});

test("keeps what is pushed and what is compared, and nothing that earlier builds left", () => {
  const env = made([TESTED], [RELEASE]);
  for (const layout of [env.LONGSHORE_TEST_LAYOUT, env.LONGSHORE_RELEASE_LAYOUT]) {
    makeLayout(layout, [{ layers: ["earlier"], steps: [step("COPY earlier")] }]);
  }
  verify(env);
  const has = (layout: string, name: string) =>
    existsSync(join(layout, "blobs/sha256", layer(name).slice(7)));
  expect(readdirSync(join(env.LONGSHORE_TEST_LAYOUT, "blobs/sha256"))).toHaveLength(2);
  expect(readdirSync(join(env.LONGSHORE_RELEASE_LAYOUT, "blobs/sha256"))).toHaveLength(4);
  expect(has(env.LONGSHORE_TEST_LAYOUT, "app")).toBe(false);
  expect(has(env.LONGSHORE_RELEASE_LAYOUT, "app")).toBe(true);
  expect(verify(env)).toContain("tested as it is released");
});

test("reads the platform's variant", () => {
  const folder = tempFolder();
  const digest = makeLayout(folder, [{ ...BASE, architecture: "arm" }]);
  expect(readLayoutImage(folder, digest).configs[0]?.platform).toBe("linux/arm");
});
