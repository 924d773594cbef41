// The program of the tests of acceptance tests, copied into a project of its own: an image that is tested beside another
// one of the same program.
import * as pulumi from "@pulumi/pulumi";
import { TestedImage } from "../../components/images/index.ts";

const { TEST_REPOSITORY = "", TEST_BUILDER = "", TEST_TOKEN, TEST_ACCEPTANCE = "{}" } = process.env;

const shared = { builder: TEST_BUILDER, allowDirty: true };
const store = new TestedImage("store", {
  ...shared,
  context: "store",
  repository: `${TEST_REPOSITORY}-store`,
});

const { services, ...acceptance } = JSON.parse(TEST_ACCEPTANCE) as {
  services?: Record<string, object>;
};

const image = new TestedImage("app", {
  ...shared,
  context: "app",
  repository: TEST_REPOSITORY,
  acceptance: {
    ...acceptance,
    environment: TEST_TOKEN === undefined ? {} : { TOKEN: pulumi.secret(TEST_TOKEN) },
    services: { redis: { image: store, port: 6379 }, ...services },
  },
});

export const { ref, tag, digest } = image;
