/** Bad definitions: variables and secrets. */
import { web, type Row } from "./row.ts";

export const ENVIRONMENT_ROWS: Row[] = [
  {
    rule: "environment-name",
    definition: web({ environment: { "LOG-LEVEL": "debug" } }),
    path: "web.environment.LOG-LEVEL",
    message: "`LOG-LEVEL` of service `web` cannot be the name of a variable.",
    fix: "Use up to 128 letters, digits and underscores, first no digit, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "environment-name",
    definition: web({ environment: { "A B": "x" } }),
    path: 'web.environment["A B"]',
    message: "`A B` of service `web` cannot be the name of a variable.",
    fix: "Use up to 128 letters, digits and underscores, first no digit, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "environment-name",
    definition: web({ environment: { "": "x" } }),
    path: 'web.environment[""]',
    message: '`""` of service `web` cannot be the name of a variable.',
    fix: "Use up to 128 letters, digits and underscores, first no digit, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "environment-reserved",
    definition: web({ environment: { LONGSHORE_STACK: "prod" } }),
    path: "web.environment.LONGSHORE_STACK",
    message: "`LONGSHORE_STACK` of service `web` begins with `LONGSHORE_`, which is the runtime's.",
    fix: "Use another name.",
  },
  {
    rule: "environment-reserved",
    definition: web({ secrets: { ECS_TOKEN: "s3cret" } }),
    path: "web.secrets.ECS_TOKEN",
    message: "`ECS_TOKEN` of service `web` begins with `ECS_`, which is the runtime's.",
    fix: "Use another name.",
  },
  {
    rule: "secret-name",
    definition: web({ secrets: { "../key": "s3cret" } }),
    path: 'web.secrets["../key"]',
    message: "`../key` of service `web` cannot be the name of a secret.",
    fix: "Use up to 128 letters, digits and underscores, first no digit, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "secret-name",
    definition: web({ secrets: { "1ST_KEY": "s3cret" } }),
    path: "web.secrets.1ST_KEY",
    message: "`1ST_KEY` of service `web` cannot be the name of a secret.",
    fix: "Use up to 128 letters, digits and underscores, first no digit, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "secret-clash",
    definition: web({
      environment: { KEY: "x" },
      secrets: { KEY: { value: "s3cret", as: "env" } },
    }),
    path: "web.environment.KEY",
    message: "`KEY` of service `web` is both a variable and a secret.",
    fix: "Remove it from `environment`.",
  },
  {
    rule: "secret-file-clash",
    definition: web({ environment: { KEY_FILE: "/key" }, secrets: { KEY: "s3cret" } }),
    path: "web.environment.KEY_FILE",
    message: "`KEY_FILE` of service `web` holds the path of its secret `KEY`.",
    fix: 'Remove it, or deliver `KEY` with `as: "env"`.',
  },
  {
    rule: "secret-file-clash",
    definition: web({ secrets: { KEY: "s3cret", KEY_FILE: "s3cret" } }),
    path: "web.secrets.KEY_FILE",
    message: "`KEY_FILE` of service `web` holds the path of its secret `KEY`.",
    fix: 'Remove it, or deliver `KEY` with `as: "env"`.',
  },
  {
    rule: "secret-empty",
    definition: web({ secrets: { KEY: "" } }),
    path: "web.secrets.KEY",
    message: "Secret `KEY` of service `web` is empty.",
    fix: "Give its value from the stack's configuration: `config.requireSecret(…)`.",
  },
  {
    rule: "secret-empty",
    definition: web({ secrets: { KEY: { value: "", as: "file" } } }),
    path: "web.secrets.KEY",
    message: "Secret `KEY` of service `web` is empty.",
    fix: "Give its value from the stack's configuration: `config.requireSecret(…)`.",
  },
];
