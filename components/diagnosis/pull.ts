/**
 * Why an image could not be pulled, from what the docker provider says. Pure. Its texts, as the real
 * provider printed them, are in test/unit/diagnosis/pull-errors.ts.
 */
import type { Cause } from "./cause.ts";

/** The image of a failed pull, and the cause. */
export interface PullFailure extends Cause {
  image: string;
}

const FAILED =
  /(?:error pulling image |unable to find or pull image |error looking up local image ")([^\s":]+(?::[^\s":]+)*)/;

/** The causes of all failed pulls in Pulumi's output (or the provider's errors), one for each image. */
export function explainPulls(output: string): PullFailure[] {
  const found = new Map<string, PullFailure>();
  for (const line of output.split("\n")) {
    const failure = explainPull(line);
    if (failure !== undefined && !found.has(failure.image)) found.set(failure.image, failure);
  }
  return [...found.values()];
}

/**
 * The cause in an error of `docker.RemoteImage` (or of a `docker.Container` whose image is gone).
 * @returns undefined if the text is about something else.
 */
export function explainPull(errorText: string): PullFailure | undefined {
  const text = errorText.replace(/: provider=\S+/g, "");
  const image = FAILED.exec(text)?.[1];
  if (image === undefined) return undefined;
  const registry = registryOf(image);
  if (/^sha256:[0-9a-f]{64}$/.test(image)) {
    return {
      image,
      what: `image ${image.slice(0, 19)}… is not on the host any more`,
      fix: "Something removed it there. Run `pulumi up --refresh`, which pulls it again.",
    };
  }
  const reason = text.slice(text.indexOf(image) + image.length);
  for (const { pattern, cause } of KNOWN) {
    const match = pattern.exec(reason);
    if (match !== null) return { image, ...cause(image, registry, match) };
  }
  if (text.includes("unable to find or pull image")) {
    // The provider keeps quiet about what goes wrong once a download has begun.
    return {
      image,
      what:
        `the download of image ${image} from registry ${registry} failed: most likely it has none ` +
        "for the host's platform",
      fix:
        "Build it for that platform too (`platforms`). If it has one, look whether the host's disk " +
        "is full; `docker pull` on the host names the reason.",
    };
  }
  const words = /Error response from daemon: (.*)/.exec(reason)?.[1] ?? reason.trim();
  return {
    image,
    what: `image ${image} cannot be pulled: ${words}`,
    fix: "These are the engine's own words; its log may say more.",
  };
}

type Explain = (image: string, registry: string, match: RegExpExecArray) => Cause;

const KNOWN: { pattern: RegExp; cause: Explain }[] = [
  {
    pattern: /manifest unknown|manifest for \S+ not found|name unknown|repository .* not found/i,
    cause: (image, registry) => ({
      what: `registry ${registry} does not have image ${image}`,
      fix: "Push it again (a build does), or correct its name. A registry's clean-up may have deleted it.",
    }),
  },
  {
    pattern: /no matching manifest for (\S+)/,
    cause: (image, registry, [, platform]) => ({
      what: `registry ${registry} has no image ${image} for ${platform}`,
      fix: "Build it for that platform too (`platforms`), or place the service on another host.",
    }),
  },
  {
    pattern: /no basic auth credentials|unauthorized|authentication required/i,
    cause: (image, registry) => ({
      what: `registry ${registry} refuses image ${image} without valid credentials (401)`,
      fix: `Give the docker provider \`registryAuth\` for ${registry}, or run \`docker login ${registry}\`.`,
    }),
  },
  {
    pattern: /\bdenied\b|forbidden/i,
    cause: (image, registry) => ({
      what: `registry ${registry} does not let this account read image ${image} (403)`,
      fix: `Give the account the right to pull it, or use another one in \`registryAuth\`.`,
    }),
  },
  {
    pattern: /lookup \S+.*: (no such host|server misbehaving|Temporary failure|i\/o timeout)/,
    cause: (_image, registry) => ({
      what: `the host does not find registry ${registry} (DNS)`,
      fix: "Correct the registry's name, or the host's name servers.",
    }),
  },
  {
    pattern: /connection refused|no route to host|network is unreachable/,
    cause: (_image, registry, [reason]) => ({
      what: `registry ${registry} does not answer the host (${reason})`,
      fix: "Start the registry, or open the way to it from this host.",
    }),
  },
  {
    pattern: /i\/o timeout|Client\.Timeout|context deadline exceeded|TLS handshake timeout/,
    cause: (_image, registry) => ({
      what: `registry ${registry} does not answer the host in time`,
      fix: "Look at the network between them, and try again.",
    }),
  },
  {
    pattern: /http: server gave HTTP response to HTTPS client/,
    cause: (_image, registry) => ({
      what: `registry ${registry} speaks HTTP, and the engine wants HTTPS`,
      fix: `Give the registry a certificate, or name it in the engine's \`insecure-registries\`.`,
    }),
  },
  {
    pattern: /(?:x509|tls): (.+)$/m,
    cause: (_image, registry, [, reason]) => ({
      what: `the engine does not trust registry ${registry}: ${reason}`,
      fix: `Put its CA into /etc/docker/certs.d/${registry}/ca.crt on the host.`,
    }),
  },
  {
    pattern: /no space left on device/,
    cause: (image) => ({
      what: `the host's disk is full: there is no space for image ${image}`,
      fix: "Free space there, e.g. with `docker image prune -a`.",
    }),
  },
  {
    pattern: /received unexpected HTTP status: (\d+ .+)$/m,
    cause: (_image, registry, [, status]) => ({
      what: `registry ${registry} answered ${status}`,
      fix: "Look at the registry's log, and try again.",
    }),
  },
  {
    pattern: /invalid reference format(?:: (.+))?$/m,
    cause: (image, _registry, [, reason]) => ({
      what: `\`${image}\` is not a valid image name${reason === undefined ? "" : `: ${reason}`}`,
      fix: "Correct it: `registry/repository@sha256:…`, in lower case.",
    }),
  },
];

/** The first part of a name is a registry's if it looks like one; else Docker Hub is meant. */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
}
