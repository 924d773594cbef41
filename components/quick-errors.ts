/**
 * Imported first by a program that Node.js runs as it is, TypeScript included: Pulumi's SDK notes a stack trace for
 * each of its thousands of promises, and the translation by source maps that it has installed makes that a fifth of
 * the program's time (`debuggablePromise` of @pulumi/pulumi 3.250.0). There is nothing to translate here.
 */
delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
