/** Rules on environment variables and secrets. Values are never shown. */
import { STRING_LIMIT, VARIABLE_NAME, fileVariable } from "../values/variables.ts";
import { code, pathOf, type Rule, type System } from "./rule.ts";

/** A quarter of a stack of 8 MiB (execve(2)), less some room for what the image itself sets. */
const START_LIMIT = 2_000_000;
const sizeOf = (text: string) => Buffer.byteLength(text, "utf8");
const RESERVED = ["LONGSHORE_", "ECS_"];

function* variables({ services }: System) {
  for (const { name, args } of services) {
    for (const variable of Object.keys(args.environment ?? {})) {
      yield { name, variable, property: "environment" as const };
    }
    for (const variable of Object.keys(args.secrets ?? {})) {
      yield { name, variable, property: "secrets" as const };
    }
  }
}

function* secrets({ services }: System) {
  for (const { name, args } of services) {
    const given = args.secrets ?? {};
    for (const [secret, value] of Object.entries(given)) {
      const way: { value: unknown; as?: string } = isWay(value) ? value : { value };
      yield { name, secret, way, args };
    }
  }
}

/** What is given in plain of a container's variables and command, with its size as the kernel counts it. */
function startValues(
  name: string,
  { environment = {}, secrets = {}, command = [] }: System["services"][number]["args"],
): { path: string; what: string; bytes: number }[] {
  const inEnvironment = Object.entries(secrets).flatMap(([secret, value]): [string, unknown][] =>
    isWay(value) && value.as === "env" ? [[secret, value.value]] : [],
  );
  const variables = [
    ...Object.entries(environment).map(([key, value]) => ["environment", key, value] as const),
    ...inEnvironment.map(([key, value]) => ["secrets", key, value] as const),
  ];
  return [
    ...variables.flatMap(([property, key, value]) =>
      typeof value === "string"
        ? [{ path: pathOf(name, property, key), what: code(key), bytes: sizeOf(`${key}=${value}`) }]
        : [],
    ),
    ...command.map((word, index) => ({
      path: pathOf(name, "command", index),
      what: `Word ${index + 1} of the command`,
      bytes: sizeOf(word),
    })),
  ];
}

function isWay(value: unknown): value is { value: unknown; as?: string } {
  return typeof value === "object" && value !== null && "value" in value && !("apply" in value);
}

const nameRule = (id: string, property: "environment" | "secrets", what: string): Rule => ({
  id,
  about: `The name of a ${what} is letters, digits, underscores, dots and dashes.`,
  *check(system) {
    for (const given of variables(system)) {
      if (given.property !== property || VARIABLE_NAME.test(given.variable)) continue;
      yield {
        path: pathOf(given.name, property, given.variable),
        message: `${code(given.variable)} of service \`${given.name}\` cannot be the name of a ${what}.`,
        fix: "Use up to 128 letters, digits, underscores, dots and dashes, first a letter, e.g. `LOG_LEVEL`.",
      };
    }
  },
});

export const ENVIRONMENT_RULES: Rule[] = [
  nameRule("environment-name", "environment", "variable"),
  nameRule("secret-name", "secrets", "secret"),
  {
    id: "start-size",
    about:
      "What a container is started with fits the kernel: a variable or a word 128 KiB, all of them 2 MB.",
    *check({ services }) {
      for (const { name, args } of services) {
        const given = startValues(name, args);
        for (const { path, what, bytes } of given) {
          if (bytes <= STRING_LIMIT) continue;
          yield {
            path,
            message: `${what} of service \`${name}\` has ${bytes} bytes, and the kernel starts nothing with more than ${STRING_LIMIT} in one.`,
            fix: "Deliver it as a file: a secret, or a part of the image.",
          };
        }
        const all = given.reduce((sum, { bytes }) => sum + bytes + 1, 0);
        if (all <= START_LIMIT) continue;
        yield {
          path: pathOf(name),
          message: `The variables and the command of service \`${name}\` have ${all} bytes together, and the kernel starts nothing with more than ${START_LIMIT}.`,
          fix: "Deliver the largest as files: secrets, or parts of the image.",
        };
      }
    },
  },
  {
    id: "environment-reserved",
    about: "Names that runtimes set themselves are left to them.",
    *check(system) {
      for (const { name, variable, property } of variables(system)) {
        const prefix = RESERVED.find((reserved) => variable.startsWith(reserved));
        if (prefix === undefined) continue;
        yield {
          path: pathOf(name, property, variable),
          message: `\`${variable}\` of service \`${name}\` begins with \`${prefix}\`, which is the runtime's.`,
          fix: "Use another name.",
        };
      }
    },
  },
  {
    id: "secret-clash",
    about: "No name is both a variable and a secret.",
    *check(system) {
      for (const { name, secret, args } of secrets(system)) {
        if (!Object.hasOwn(args.environment ?? {}, secret)) continue;
        yield {
          path: pathOf(name, "environment", secret),
          message: `\`${secret}\` of service \`${name}\` is both a variable and a secret.`,
          fix: "Remove it from `environment`.",
        };
      }
    },
  },
  {
    id: "secret-file-clash",
    about: "The variables that hold the paths of secrets are not given otherwise.",
    *check(system) {
      for (const { name, secret, way, args } of secrets(system)) {
        if (way.as === "env") continue;
        const variable = fileVariable(secret);
        for (const property of ["environment", "secrets"] as const) {
          if (!Object.hasOwn(args[property] ?? {}, variable)) continue;
          yield {
            path: pathOf(name, property, variable),
            message: `\`${variable}\` of service \`${name}\` holds the path of its secret \`${secret}\`.`,
            fix: `Remove it, or deliver \`${secret}\` with \`as: "env"\`.`,
          };
        }
      }
    },
  },
  {
    id: "secret-empty",
    about: "A secret is not empty.",
    *check(system) {
      for (const { name, secret, way } of secrets(system)) {
        if (way.value !== "") continue;
        yield {
          path: pathOf(name, "secrets", secret),
          message: `Secret \`${secret}\` of service \`${name}\` is empty.`,
          fix: "Give its value from the stack's configuration: `config.requireSecret(…)`.",
        };
      }
    },
  },
];
