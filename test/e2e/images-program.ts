// The program of the tests of images, copied into a project of its own.
import * as pulumi from "@pulumi/pulumi";
import { RegistryImage, TestedImage } from "../../components/images/index.ts";

const {
  TEST_REPOSITORY = "",
  TEST_BUILDER = "",
  TEST_TOKEN,
  TEST_SSH,
  TEST_PLATFORMS,
  TEST_CONTEXT = "app",
  TEST_TESTS,
  TEST_PINNED,
} = process.env;

const image = new TestedImage("app", {
  context: TEST_CONTEXT,
  tests: TEST_TESTS === "none" ? "none" : undefined,
  repository: process.env.TEST_OTHER_REPOSITORY ?? TEST_REPOSITORY,
  builder: TEST_BUILDER,
  allowDirty: process.env.TEST_ALLOW_DIRTY === "true",
  platforms: TEST_PLATFORMS?.split(","),
  ssh: TEST_SSH === "true",
  secrets: TEST_TOKEN === undefined ? undefined : { token: pulumi.secret(TEST_TOKEN) },
});

export const { ref, tag, digest } = image;
export const pinned =
  TEST_PINNED === undefined ? undefined : new RegistryImage("store", { image: TEST_PINNED }).ref;
