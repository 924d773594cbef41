#!/usr/bin/env node
/** The program `longshore` of the npm package. */
import { runCli } from "./program.ts";

process.exitCode = await runCli(process.argv.slice(2));
