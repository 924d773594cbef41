// Images built, tested and pushed by a real `pulumi up`, against a real builder and registry. The
// tests are one story, in images/ by subject: each goes on from the stack that the one before it left.
import { afterAll, beforeAll } from "vitest";
import { testChanges } from "./images/changes.ts";
import { testFailures } from "./images/failures.ts";
import { testGivenImages } from "./images/given.ts";
import { testSecrets } from "./images/secrets.ts";
import { project, setUp } from "./images/stage.ts";

beforeAll(setUp);
afterAll(() => project?.remove());

testChanges();
testFailures();
testSecrets();
testGivenImages();
