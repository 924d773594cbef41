/** One image in a project of its own: each test goes on from the stack that the one before it left. */
import { ImagesProject } from "../images-project.ts";

export const DOCKERFILE = `FROM debian:trixie-slim AS release
ENV GREETING=hello
COPY greeting /greeting
CMD ["cat", "/greeting"]

FROM release AS test
RUN echo "testing in $(hostname | wc -c) letters" \\
 && if ! grep -q hello /greeting; then echo "not ok: the greeting is '$(cat /greeting)'" >&2; exit 3; fi
`;

export let project: ImagesProject;
/** What the first deployment pushed. */
export const first = { ref: "", tag: "", digest: "" };

export async function setUp(): Promise<void> {
  project = await ImagesProject.create();
  project.write({
    "app/Dockerfile": DOCKERFILE,
    "app/.dockerignore": "*.md\n",
    "app/greeting": "hello\n",
    "app/README.md": "",
    "docs/readme": "",
  });
}

export const repositoryOf = (ref: string) => ref.split("@")[0]!.split("/").slice(1).join("/");
