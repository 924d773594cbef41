/** Rules on environment variables and secrets. Values are never shown. */
import { fileVariable } from "../variables.ts";
import { code, pathOf, type Rule, type System } from "./rule.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
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
      const way =
        typeof value === "object" && "value" in value && !("apply" in value) ? value : { value };
      yield { name, secret, way: way as { value: unknown; as?: string }, args };
    }
  }
}

const nameRule = (id: string, property: "environment" | "secrets", what: string): Rule => ({
  id,
  about: `The name of a ${what} is letters, digits and underscores.`,
  *check(system) {
    for (const given of variables(system)) {
      if (given.property !== property || NAME.test(given.variable)) continue;
      yield {
        path: pathOf(given.name, property, given.variable),
        message: `${code(given.variable)} of service \`${given.name}\` cannot be the name of a ${what}.`,
        fix: "Use up to 128 letters, digits and underscores, first no digit, e.g. `LOG_LEVEL`.",
      };
    }
  },
});

export const ENVIRONMENT_RULES: Rule[] = [
  nameRule("environment-name", "environment", "variable"),
  nameRule("secret-name", "secrets", "secret"),
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
