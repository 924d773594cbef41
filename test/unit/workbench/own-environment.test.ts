/** Which of a user's variables a stack on this computer is run with. */
import { expect, it } from "vitest";
import { leaveOthersOut } from "../../../workbench/own-environment.ts";

it("leaves out what is of other projects, and keeps what is the user's", () => {
  const kept = {
    ...{ HOME: "/home/ana", PATH: "/bin", PULUMI_HOME: "/p", DOCKER_HOST: "unix:///x" },
    ...{ HTTPS_PROXY: "http://p", SSL_CERT_FILE: "/ca", NODE_EXTRA_CA_CERTS: "/ca" },
    ...{
      LONGSHORE_STATE: "/s",
      GIT_AUTHOR_NAME: "ana",
      DOCKER_CONFIG: "/d",
      NODE: "/usr/bin/node",
    },
  };
  const others = {
    ...{ PULUMI_CONFIG_PASSPHRASE: "x", PULUMI_BACKEND_URL: "x", PULUMI_STACK: "x" },
    ...{ NODE_OPTIONS: "x", NODE_PATH: "x", COMPOSE_FILE: "x", BUILDX_BUILDER: "x" },
    ...{ BUILDKIT_HOST: "x", DOCKER_DEFAULT_PLATFORM: "x", GIT_DIR: "x", GIT_INDEX_FILE: "x" },
  };
  const env = { ...kept, ...others };
  expect(leaveOthersOut(env)).toEqual(Object.keys(others).sort());
  expect(env).toEqual(kept);
});
