/** Rules on names, roles, and the shape of properties. */
import { ROLES } from "../system.ts";
import { SERVICE_NAME } from "../values/variables.ts";
import { pathOf, suggest, type Rule } from "./rule.ts";

const shape = (id: string, about: string): Rule => ({
  id,
  about,
  check: (system) => system.shape.filter(({ rule }) => rule === id).map(({ problem }) => problem),
});

export const SERVICE_NAME_FIX =
  "Use up to 63 lower-case letters, digits and dashes, first a letter, last no dash.";

export const STRUCTURE_RULES: Rule[] = [
  {
    id: "system-empty",
    about: "A definition has at least one service.",
    *check({ names }) {
      if (names.length > 0) return;
      yield {
        path: "",
        message: "The definition has no service.",
        fix: "Give an object of services, e.g. `{ app: app({ image, port: 8080 }) }`.",
      };
    },
  },
  {
    id: "service-name",
    about: "A service's name is a DNS label that begins with a letter.",
    *check({ names }) {
      for (const name of names) {
        if (SERVICE_NAME.test(name)) continue;
        yield {
          path: pathOf(name),
          message: `\`${name}\` cannot be a service's name, because it is a host name too.`,
          fix: SERVICE_NAME_FIX,
        };
      }
    },
  },
  {
    id: "service-name-reserved",
    about: "No service is called `localhost`, which every container calls itself.",
    *check({ names }) {
      if (!names.includes("localhost")) return;
      yield {
        path: "localhost",
        message: "`localhost` cannot be a service's name: every container calls itself so.",
        fix: "Give the service another name.",
      };
    },
  },
  {
    id: "role-unknown",
    about: "Every service is made by `proxy`, `app`, `worker` or `cache`.",
    *check({ unknown }) {
      for (const { name, given } of unknown) {
        const role = (given as { role?: unknown } | null)?.role;
        const isText = typeof role === "string";
        yield {
          path: isText ? pathOf(name, "role") : pathOf(name),
          message: isText
            ? `Service \`${name}\` has the role \`${role}\`, which there is not.`
            : `Service \`${name}\` has no role.`,
          fix: isText
            ? suggest(role, ROLES, "")
            : "Make it with `proxy`, `app`, `worker` or `cache`.",
        };
      }
    },
  },
  {
    id: "proxy-single",
    about: "A system has one proxy.",
    *check({ proxies }) {
      const [first, ...others] = proxies;
      for (const { name } of others) {
        yield {
          path: pathOf(name),
          message: `\`${name}\` is a second proxy beside \`${first?.name}\`.`,
          fix: `Move its routes to \`${first?.name}\` and remove it.`,
        };
      }
    },
  },
  {
    id: "port-required",
    about: "An app and a cache have a port.",
    *check({ services }) {
      for (const { name, role, has } of services) {
        if (role === "worker" || has("port")) continue;
        yield {
          path: pathOf(name, "port"),
          message: `Service \`${name}\` is ${role === "app" ? "an app" : "a cache"} without a port, so nobody can reach it.`,
          fix: "Give the `port` it listens on, or make it a `worker`.",
        };
      }
    },
  },
  shape("property-unknown", "Every property is one that its role has."),
  shape("property-missing", "Required properties are given."),
  shape("property-type", "Every property has the right type."),
  shape("property-choice", "A property with a choice of words has one of them."),
  shape("number-range", "Numbers are within their range."),
  shape("list-empty", "A list that must not be empty is not."),
];
