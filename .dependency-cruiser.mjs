// Who may import whom, checked by dependency-cruiser in `npm run lint`: no rings, and everything that runtimes
// share knows nothing of them. CONTRIBUTING.md says what the folders are for.

/** A rule: files under `from` may not import files under `to`. */
const forbid = (name, comment, from, to, pathNot) => ({
  name,
  comment,
  severity: "error",
  from: { path: from },
  to: { path: to, ...(pathNot === undefined ? {} : { pathNot }) },
});

/** Folders of `components/` that every runtime may use. */
const SHARED =
  "^components/(diagnosis|engine|hosts|images|output|releases|services|ssh)/|^components/[^/]+$";

export default {
  forbidden: [
    {
      name: "no-rings",
      comment: "Files that import each other in a circle cannot be read, moved or tested alone.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    forbid(
      "shared-knows-no-runtime",
      "What runtimes share is imported by them, not the other way round.",
      SHARED,
      "^components/(fleet|ecs|cli)/",
    ),
    forbid(
      "services-stand-alone",
      "The definition of services is neutral: it knows nothing of how they are built or run.",
      "^components/services/",
      "^components/",
      "^components/services/",
    ),
    forbid(
      "engine-stands-alone",
      "A Docker engine's API knows nothing of releases.",
      "^components/(engine|output|ssh)/",
      "^components/",
      "^components/(engine|output|ssh)/",
    ),
    forbid(
      "runtimes-have-no-command-line",
      "A runtime is used by the command line, and does not know it.",
      "^components/(fleet|ecs)/",
      "^components/cli/",
    ),
    forbid(
      "command-line-knows-no-runtime",
      "The command line reaches runtimes through one interface, opened in one file.",
      "^components/cli/(?!open-runtime\\.ts)",
      "^components/(fleet|ecs)/",
    ),
    forbid(
      "ecs-knows-no-fleet",
      "One runtime stands without the other: what both need is shared.",
      "^components/ecs/",
      "^components/fleet/",
    ),
    forbid(
      "library-stands-alone",
      "The library is published without the project around it.",
      "^components/",
      "^(bench|test|toolchain|workbench|index|settings)",
    ),
    forbid(
      "code-needs-no-tests",
      "Only tests and benches use test code.",
      "^(toolchain|workbench)/",
      "^(test|bench)/",
    ),
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "node_modules|^identidock/|^dist/" },
  },
};
