/** What users say of an image that is built and tested. */
import type * as pulumi from "@pulumi/pulumi";
import type { AcceptanceArgs } from "./acceptance/args.ts";

export interface RegistryAuthArgs {
  /** The registry's address, e.g. `ghcr.io`. @default the registry of `repository` */
  address?: pulumi.Input<string>;
  username: pulumi.Input<string>;
  /** A password or token. Another one is no change of the image. */
  password: pulumi.Input<string>;
}

export interface TestedImageArgs {
  /** The folder with the image's sources, relative to the program's. @example "identidock/app" */
  context: string;
  /** The Dockerfile; it has a stage that runs, and one that starts from it and tests. @default `Dockerfile` in the context */
  dockerfile?: string;
  /** What these stages are called. @default { release: "release", test: "test" } */
  stages?: { release?: string; test?: string };
  /** `"none"`: the image has no tests, and a preview says so. `stages.release` is then the last stage unless it is named. */
  tests?: "none";
  /** Whether `tests: "none"` is taken: what a stack demands of all its images. @default true */
  allowUntested?: boolean;
  /** A test of the image as it will be pushed, beside services that are thrown away. @default none */
  acceptance?: AcceptanceArgs;
  /** Where the image is pushed, without a tag. @example "127.0.0.1:5055/identidock/app" */
  repository: pulumi.Input<string>;
  /** The buildx builder, by name. The registry must be within its reach. @example "longshore" */
  builder: pulumi.Input<string>;
  /** What the image is built for. @default the builder's own platform @example ["linux/amd64", "linux/arm64"] */
  platforms?: string[];
  /** Values for `ARG`. They stay readable in the image: nothing secret. */
  buildArgs?: Record<string, pulumi.Input<string>>;
  /** Build secrets by id, read in `RUN --mount=type=secret,id=ID`. Another value builds nothing anew. */
  secrets?: Record<string, pulumi.Input<string>>;
  /** Forwards the SSH agent to `RUN --mount=type=ssh`. @default false */
  ssh?: boolean;
  /** A CA bundle; its private certificates are the build secret `ca`. @default what SSL_CERT_FILE and NODE_EXTRA_CA_CERTS name */
  ca?: string;
  /** Builds uncommitted changes too: for stacks on this computer only. @default false */
  allowDirty?: boolean;
  /** Takes the commit's place in the tag. @example "142" */
  buildNumber?: string;
  /** Caches to build from, as buildx takes them. @example ["type=registry,ref=ghcr.io/you/cache:app"] */
  cacheFrom?: string[];
  /** Caches to leave, as buildx takes them. @example ["type=registry,ref=ghcr.io/you/cache:app,mode=max"] */
  cacheTo?: string[];
  /** Credentials for the registry. @default those of `docker login` */
  registryAuth?: RegistryAuthArgs;
}
