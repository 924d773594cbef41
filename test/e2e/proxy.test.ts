/**
 * What the proxy can do in a release, with the real image in front of real services: shares, held
 * requests, maintenance, error pages, cookies and conditions. Where nothing may fail, a load runs.
 * The tests are in proxy/, by subject, and share one proxy.
 */
import { afterAll, beforeAll } from "vitest";
import { testMaintenance } from "./proxy/maintenance.ts";
import {
  testConditions,
  testErrorPages,
  testSticky,
  testTcpPorts,
  testWildcards,
} from "./proxy/routes.ts";
import { testChecks, testManyServices, testSettings } from "./proxy/settings.ts";
import { testHeldRequests, testLongestHold, testShares } from "./proxy/shares.ts";
import { bench, setUp } from "./proxy/stage.ts";
import { testTls } from "./proxy/tls.ts";

beforeAll(setUp);
afterAll(() => bench?.remove());

testShares();
testHeldRequests();
testConditions();
testSticky();
testErrorPages();
testLongestHold();
testSettings();
testWildcards();
testChecks();
testMaintenance();
testTls();
testManyServices();
// Last: once it has echoed, the tiny service is slow to stop.
testTcpPorts();
