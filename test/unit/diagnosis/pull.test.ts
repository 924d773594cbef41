/** What is concluded from the real provider's errors, see pull-errors.ts. */
import { describe, expect, it } from "vitest";
import { explainPull, explainPulls } from "../../../components/diagnosis/pull.ts";
import { PULL_ERRORS } from "./pull-errors.ts";

const ZERO = `sha256:${"0".repeat(64)}`;

type Row = [image: string, what: string, fix: string];
const rows: Record<keyof typeof PULL_ERRORS, Row> = {
  "a digest that the registry does not have": [
    `127.0.0.1:5056/longshore-e2e-causes/arm@${ZERO}`,
    `registry 127.0.0.1:5056 does not have image 127.0.0.1:5056/longshore-e2e-causes/arm@${ZERO}`,
    "Push it again (a build does), or correct its name. A registry's clean-up may have deleted it.",
  ],
  "a tag that it does not have": [
    "127.0.0.1:5056/longshore-e2e-causes/arm:nope",
    "registry 127.0.0.1:5056 does not have image 127.0.0.1:5056/longshore-e2e-causes/arm:nope",
    "Push it again (a build does), or correct its name. A registry's clean-up may have deleted it.",
  ],
  "a repository that it does not have": [
    `127.0.0.1:5056/longshore-e2e-nothing/here@${ZERO}`,
    `registry 127.0.0.1:5056 does not have image 127.0.0.1:5056/longshore-e2e-nothing/here@${ZERO}`,
    "Push it again (a build does), or correct its name. A registry's clean-up may have deleted it.",
  ],
  "an image for other platforms only": [
    "127.0.0.1:5056/longshore-e2e-causes/multi:1",
    "the download of image 127.0.0.1:5056/longshore-e2e-causes/multi:1 from registry 127.0.0.1:5056 " +
      "failed: most likely it has none for the host's platform",
    "Build it for that platform too (`platforms`). If it has one, look whether the host's disk is " +
      "full; `docker pull` on the host names the reason.",
  ],
  "no credentials": [
    `127.0.0.1:5977/some/app@${ZERO}`,
    `registry 127.0.0.1:5977 refuses image 127.0.0.1:5977/some/app@${ZERO} without valid credentials (401)`,
    "Give the docker provider `registryAuth` for 127.0.0.1:5977, or run `docker login 127.0.0.1:5977`.",
  ],
  "wrong credentials": [
    `127.0.0.1:5977/some/app@${ZERO}`,
    `registry 127.0.0.1:5977 refuses image 127.0.0.1:5977/some/app@${ZERO} without valid credentials (401)`,
    "Give the docker provider `registryAuth` for 127.0.0.1:5977, or run `docker login 127.0.0.1:5977`.",
  ],
  "an account without the right": [
    `127.0.0.1:5978/some/app@${ZERO}`,
    `registry 127.0.0.1:5978 does not let this account read image 127.0.0.1:5978/some/app@${ZERO} (403)`,
    "Give the account the right to pull it, or use another one in `registryAuth`.",
  ],
  "a registry that is down": [
    `127.0.0.1:5979/some/app@${ZERO}`,
    "registry 127.0.0.1:5979 does not answer the host (connection refused)",
    "Start the registry, or open the way to it from this host.",
  ],
  "a registry whose name nobody knows": [
    `registry.longshore.invalid/some/app@${ZERO}`,
    "the host does not find registry registry.longshore.invalid (DNS)",
    "Correct the registry's name, or the host's name servers.",
  ],
  "a registry without TLS": [
    `10.208.0.1:5980/some/app@${ZERO}`,
    "registry 10.208.0.1:5980 speaks HTTP, and the engine wants HTTPS",
    "Give the registry a certificate, or name it in the engine's `insecure-registries`.",
  ],
  "a registry with a certificate that nobody knows": [
    `10.208.128.1:5980/some/app@${ZERO}`,
    "the engine does not trust registry 10.208.128.1:5980: cannot validate certificate for 10.208.128.1 " +
      "because it doesn't contain any IP SANs",
    "Put its CA into /etc/docker/certs.d/10.208.128.1:5980/ca.crt on the host.",
  ],
  "a registry that fails": [
    `127.0.0.1:5981/some/app@${ZERO}`,
    "registry 127.0.0.1:5981 answered 500 Internal Server Error",
    "Look at the registry's log, and try again.",
  ],
  "a name with capitals": [
    "127.0.0.1:5056/Some/App",
    "`127.0.0.1:5056/Some/App` is not a valid image name: repository name must be lowercase",
    "Correct it: `registry/repository@sha256:…`, in lower case.",
  ],
  "a container's image that is gone from the host": [
    ZERO,
    "image sha256:000000000000… is not on the host any more",
    "Something removed it there. Run `pulumi up --refresh`, which pulls it again.",
  ],
};

describe("explainPull", () => {
  it.each(Object.entries(rows))("reads %s", (name, [image, what, fix]) => {
    const text = PULL_ERRORS[name as keyof typeof PULL_ERRORS];
    expect(explainPull(text)).toEqual({ image, what, fix });
  });

  it("finds each failed image once in all of Pulumi's output", () => {
    const missing = PULL_ERRORS["a tag that it does not have"];
    const down = PULL_ERRORS["a registry that is down"];
    const output = [missing, missing, down].map(
      (text) => `  docker:index:RemoteImage:\n    ${text}`,
    );
    expect(explainPulls(output.join("\n\n"))).toEqual([explainPull(missing), explainPull(down)]);
    expect(explainPulls("Resources:\n    1 errored")).toEqual([]);
  });

  it("quotes the engine where it does not know better", () => {
    const text =
      "error pulling image debian:trixie: Error response from daemon: out of cheese: provider=docker@5.2.0";
    expect(explainPull(text)).toEqual({
      image: "debian:trixie",
      what: "image debian:trixie cannot be pulled: out of cheese",
      fix: "These are the engine's own words; its log may say more.",
    });
  });

  it("says nothing of errors about something else", () => {
    expect(explainPull("service `app` v2 on host `one`: exited with code 3.")).toBeUndefined();
  });
});
