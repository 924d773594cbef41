/**
 * The command line on a real stack: two releases, back to the first while the registry is away, the
 * second one refused and let through, and what looks into a stack that runs. The tests are in cli/, by
 * subject; each goes on from the stack that the one before it left.
 */
import { afterAll, beforeAll } from "vitest";
import { testRunningStack } from "./cli/looks.ts";
import { testKnownVersion, testRollback, testSecrets, testTwoReleases } from "./cli/releases.ts";
import { setUp, tearDown } from "./cli/stage.ts";
import { testAnotherUpdate, testMovingTag, testReplicasByHand, testTarget } from "./cli/updates.ts";

beforeAll(setUp);
afterAll(tearDown);

testTwoReleases();
testRunningStack();
testRollback();
testAnotherUpdate();
testKnownVersion();
testSecrets();
testReplicasByHand();
testMovingTag();
testTarget();
