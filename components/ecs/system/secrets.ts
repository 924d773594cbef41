/** A service's secrets: encrypted parameters of Systems Manager, read by the role that starts its tasks. */
import { Parameter } from "@pulumi/aws/ssm/parameter.js";
import * as pulumi from "@pulumi/pulumi";
import { fingerprint } from "../../releases/fingerprint.ts";
import type { Secret, Service } from "../../services/index.ts";
import type { StackNames } from "./names.ts";

/** Bytes of a standard parameter; a larger one is charged. */
const STANDARD = 4096;
/** Bytes of any: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
const MOST = 8192;

const NONE: Record<string, string> = {};

export interface StoredSecrets {
  /** ARN by the secret's name. */
  arns: pulumi.Output<Record<string, string>>;
  /** Changes with the values, and tells nothing of them; undefined: the service has none. */
  fingerprint: pulumi.Output<string> | undefined;
}

/**
 * Stores each under a name that changes with its value. So what serves keeps the values that it was started with until the
 * release is through, also where it is restarted or brought back meanwhile; and a changed secret releases exactly the
 * services that have it.
 * @param key the stack's own, see releases/stack-key.ts.
 */
export function storeSecrets(
  name: string,
  service: Service,
  {
    names,
    key,
    tags,
  }: { names: StackNames; key: pulumi.Output<string>; tags: Record<string, string> },
  options: pulumi.CustomResourceOptions,
): StoredSecrets {
  if (service.secrets.length === 0) return { arns: pulumi.output(NONE), fingerprint: undefined };
  const { project, stack } = names;
  const arns = service.secrets.map((secret) => {
    const value = secret.value.apply((text) => storable(service.name, secret.name, text));
    const print = printOf(key, `${service.name}/${secret.name}`, [{ ...secret, value }]);
    const parameter = new Parameter(
      `${name}-${secret.name}`,
      {
        name: pulumi.interpolate`/longshore/${project}/${stack}/${service.name}/${secret.name}-${print}`,
        type: "SecureString",
        value: pulumi.secret(value),
        tier: pulumi.unsecret(value.apply(tierOf)),
        description: `Longshore: secret ${secret.name} of ${service.name}`,
        tags,
      },
      options,
    );
    return parameter.arn.apply((arn) => [secret.name, arn] as const);
  });
  return {
    arns: pulumi.unsecret(
      pulumi.all(arns).apply((pairs): Record<string, string> => Object.fromEntries(pairs)),
    ),
    fingerprint: printOf(key, service.name, service.secrets),
  };
}

/** @throws pulumi.RunError if Systems Manager has no place for it. */
function storable(service: string, secret: string, text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > 0 && bytes <= MOST) return text;
  throw new pulumi.RunError(
    `\`${service}.secrets.${secret}\` has ${bytes} bytes: a parameter of AWS Systems Manager holds from 1 to ${MOST}. ` +
      "Keep what is larger in a bucket or a volume, and only its key here. Nothing was changed.",
  );
}

function tierOf(text: string): string {
  return Buffer.byteLength(text) > STANDARD ? "Advanced" : "Standard";
}

function printOf(
  key: pulumi.Output<string>,
  scope: string,
  secrets: readonly Pick<Secret, "name" | "value">[],
): pulumi.Output<string> {
  const values = pulumi.all(secrets.map(({ value }) => value));
  return pulumi.unsecret(
    pulumi
      .all([key, values])
      .apply(([known, texts]) =>
        fingerprint(
          known,
          `ecs/${scope}`,
          Object.fromEntries(secrets.map(({ name }, index) => [name, texts[index] ?? ""])),
        ),
      ),
  );
}
