/** Bad definitions: variables and secrets. */
import { web, type Row } from "./row.ts";

export const ENVIRONMENT_ROWS: Row[] = [
  {
    rule: "environment-name",
    definition: web({ environment: { "LOG=LEVEL": "debug" } }),
    path: 'web.environment["LOG=LEVEL"]',
    message: "`LOG=LEVEL` of service `web` cannot be the name of a variable.",
    fix: "Use up to 128 letters, digits, underscores, dots and dashes, first a letter, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "environment-name",
    definition: web({ environment: { "A B": "x" } }),
    path: 'web.environment["A B"]',
    message: "`A B` of service `web` cannot be the name of a variable.",
    fix: "Use up to 128 letters, digits, underscores, dots and dashes, first a letter, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "environment-name",
    definition: web({ environment: { "": "x" } }),
    path: 'web.environment[""]',
    message: '`""` of service `web` cannot be the name of a variable.',
    fix: "Use up to 128 letters, digits, underscores, dots and dashes, first a letter, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "start-size",
    definition: web({ environment: { BIG: "x".repeat(131_068) } }),
    path: "web.environment.BIG",
    message:
      "`BIG` of service `web` has 131072 bytes, and the kernel starts nothing with more than 131071 in one.",
    fix: "Deliver it as a file: a secret, or a part of the image.",
  },
  {
    rule: "start-size",
    definition: web({ secrets: { BIG: { value: "é".repeat(65_535), as: "env" } } }),
    path: "web.secrets.BIG",
    message:
      "`BIG` of service `web` has 131074 bytes, and the kernel starts nothing with more than 131071 in one.",
    fix: "Deliver it as a file: a secret, or a part of the image.",
  },
  {
    rule: "start-size",
    definition: web({ command: ["run", "x".repeat(131_072)] }),
    path: "web.command[1]",
    message:
      "Word 2 of the command of service `web` has 131072 bytes, and the kernel starts nothing with more than 131071 in one.",
    fix: "Deliver it as a file: a secret, or a part of the image.",
  },
  {
    rule: "start-size",
    definition: web({ command: Array.from({ length: 20 }, () => "x".repeat(100_000)) }),
    path: "web",
    message:
      "The variables and the command of service `web` have 2000020 bytes together, and the kernel starts nothing with more than 2000000.",
    fix: "Deliver the largest as files: secrets, or parts of the image.",
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
    fix: "Use up to 128 letters, digits, underscores, dots and dashes, first a letter, e.g. `LOG_LEVEL`.",
  },
  {
    rule: "secret-name",
    definition: web({ secrets: { "1ST_KEY": "s3cret" } }),
    path: "web.secrets.1ST_KEY",
    message: "`1ST_KEY` of service `web` cannot be the name of a secret.",
    fix: "Use up to 128 letters, digits, underscores, dots and dashes, first a letter, e.g. `LOG_LEVEL`.",
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
