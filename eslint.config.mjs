// Lint rules: type-checked TypeScript, plus Pulumi's rules against "[object Output]" in strings.
import pulumiPlugin from "@pulumi/eslint-plugin";
import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

const NODE_TESTS = ["describe", "it", "suite", "test"];

export default tseslint.config(
  // The examples are programs of users of the package: type-checked with it in test/e2e/pack.test.ts.
  {
    ignores: [
      ...["node_modules/", "dist/", ".longshore/", "**/node_modules/", "identidock/*/dist/"],
      "examples/",
    ],
  },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked, prettier],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { "@pulumi": pulumiPlugin },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-floating-promises": [
        "error",
        // Node's own test runner waits for its tests.
        { allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: NODE_TESTS }] },
      ],
      "no-restricted-properties": [
        "error",
        { property: "localeCompare", message: "Order depends on the locale: use byName." },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
);
