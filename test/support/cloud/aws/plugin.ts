/**
 * A resource plugin of Pulumi in the place of AWS's own, which cannot be built from Go modules: the same types, checks and
 * replace rules for what Longshore uses, with AWS's API as AWS_ENDPOINT_URL has it.
 */
import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as PluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as ProviderRpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as ProviderProto from "@pulumi/pulumi/proto/provider_pb.js";
import type * as AnyProto from "google-protobuf/google/protobuf/any_pb.js";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb.js";
import { AwsClient, type Params } from "./client.ts";
import { Provider, Refused } from "./provider.ts";
import { Unfinished } from "./engine.ts";

// Pulumi's own gRPC and messages, in the versions that it comes with.
const require = createRequire(
  createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"),
);
const grpc = require("@grpc/grpc-js") as typeof Grpc;
const { Struct } = require("google-protobuf/google/protobuf/struct_pb") as typeof StructProto;
const { Any } = require("google-protobuf/google/protobuf/any_pb") as typeof AnyProto;
const { Empty } = require("google-protobuf/google/protobuf/empty_pb") as typeof EmptyProto;
const { ResourceProviderService } = require("./proto/provider_grpc_pb") as typeof ProviderRpc;
const messages = require("./proto/provider_pb") as typeof ProviderProto;
const { PluginInfo } = require("./proto/plugin_pb") as typeof PluginProto;
const { Status } = require("./proto/status_pb.js") as { Status: new () => StatusMessage };

interface StatusMessage {
  setCode(code: number): void;
  setMessage(message: string): void;
  addDetails(details: unknown): void;
  serializeBinary(): Uint8Array;
}
type StructMessage = InstanceType<typeof Struct>;
type Handlers = Partial<ProviderRpc.IResourceProviderServer>;

const VERSION = "7.48.0";
let provider: Provider | undefined;

function configured(): Provider {
  if (provider === undefined) throw new Error("The plugin was asked before it was configured");
  return provider;
}

const read = (struct: StructMessage | undefined) => (struct?.toJavaScript() ?? {}) as Params;
/** Without what is undefined, which has no form there. */
const write = (values: Params) =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(values)) as never);
const typeOf = (urn: string) => urn.split("::")[2]?.split("$").at(-1) ?? "";
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");

/** What Pulumi is told of a failure. */
function failure(error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  const metadata = new grpc.Metadata();
  if (error instanceof Unfinished) {
    const detail = new messages.ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(write(error.state));
    detail.setReasonsList([message]);
    const details = new Any();
    details.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(message);
    status.addDetails(details);
    metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  }
  return { code: grpc.status.UNKNOWN, details: message, message, metadata };
}

function unary<Asked, Answer>(work: (request: Asked) => Answer | Promise<Answer>) {
  return (
    { request }: { request: Asked },
    callback: (error: ReturnType<typeof failure> | null, answer?: Answer) => void,
  ) => {
    void Promise.resolve(request)
      .then(work)
      .then(
        (answer) => callback(null, answer),
        (error: unknown) => callback(failure(error)),
      );
  };
}

function checked({ inputs, problems }: { inputs: Params; problems: Refused["problems"] }) {
  const answer = new messages.CheckResponse();
  answer.setInputs(write(inputs));
  for (const { property, reason } of problems) {
    const each = new messages.CheckFailure();
    each.setProperty(property);
    each.setReason(reason);
    answer.addFailures(each);
  }
  return answer;
}

const handlers: Handlers = {
  getPluginInfo: unary(() => {
    const info = new PluginInfo();
    info.setVersion(VERSION);
    return info;
  }),
  getSchema: unary(() => {
    const answer = new messages.GetSchemaResponse();
    answer.setSchema(JSON.stringify({ name: "aws", version: VERSION }));
    return answer;
  }),
  checkConfig: unary((request: InstanceType<typeof messages.CheckRequest>) =>
    checked({ inputs: read(request.getNews()), problems: [] }),
  ),
  diffConfig: unary(() => new messages.DiffResponse()),
  configure: unary(async (request: InstanceType<typeof messages.ConfigureRequest>) => {
    provider = new Provider(await AwsClient.start(process.env), read(request.getArgs()));
    const answer = new messages.ConfigureResponse();
    answer.setSupportspreview(true);
    return answer;
  }),
  invoke: unary(async (request: InstanceType<typeof messages.InvokeRequest>) => {
    const answer = new messages.InvokeResponse();
    try {
      answer.setReturn(write(await configured().invoke(request.getTok(), read(request.getArgs()))));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      for (const { property, reason } of error.problems) {
        const each = new messages.CheckFailure();
        each.setProperty(property);
        each.setReason(reason);
        answer.addFailures(each);
      }
    }
    return answer;
  }),
  check: unary((request: InstanceType<typeof messages.CheckRequest>) => {
    const [urn, olds] = [request.getUrn(), request.getOlds()];
    const old = olds === undefined ? undefined : read(olds);
    return checked(configured().check(typeOf(urn), nameOf(urn), read(request.getNews()), old));
  }),
  diff: unary((request: InstanceType<typeof messages.DiffRequest>) => {
    const { changed, replaces, deleteFirst } = configured().diff(
      typeOf(request.getUrn()),
      { state: read(request.getOlds()), old: read(request.getOldInputs()) },
      read(request.getNews()),
      request.getIgnorechangesList(),
    );
    const answer = new messages.DiffResponse();
    const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
    answer.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
    answer.setDiffsList(changed);
    answer.setReplacesList(replaces);
    answer.setDeletebeforereplace(deleteFirst);
    answer.setHasdetaileddiff(true);
    for (const name of changed) {
      const { UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
      const each = new messages.PropertyDiff();
      each.setKind(replaces.includes(name) ? UPDATE_REPLACE : UPDATE);
      answer.getDetaileddiffMap().set(name, each);
    }
    return answer;
  }),
  create: unary(async (request: InstanceType<typeof messages.CreateRequest>) => {
    const inputs = read(request.getProperties());
    const made = await configured().create(typeOf(request.getUrn()), inputs, request.getPreview());
    const answer = new messages.CreateResponse();
    answer.setId(made.id);
    answer.setProperties(write(made.state));
    return answer;
  }),
  read: unary(async (request: InstanceType<typeof messages.ReadRequest>) => {
    const [id, state, inputs] = [request.getId(), request.getProperties(), request.getInputs()];
    const found = await configured().read(typeOf(request.getUrn()), id, read(state), read(inputs));
    const answer = new messages.ReadResponse();
    if (found === undefined) return answer;
    answer.setId(id);
    answer.setProperties(write(found.state));
    answer.setInputs(write(found.inputs));
    return answer;
  }),
  update: unary(async (request: InstanceType<typeof messages.UpdateRequest>) => {
    const was = { state: read(request.getOlds()), old: read(request.getOldInputs()) };
    const [type, id, news] = [typeOf(request.getUrn()), request.getId(), read(request.getNews())];
    const answer = new messages.UpdateResponse();
    const ignored = request.getIgnorechangesList();
    const state = await configured().update(type, id, was, news, ignored, request.getPreview());
    answer.setProperties(write(state));
    return answer;
  }),
  delete: unary(async (request: InstanceType<typeof messages.DeleteRequest>) => {
    const state = read(request.getProperties());
    await configured().remove(typeOf(request.getUrn()), request.getId(), state);
    return new Empty();
  }),
  cancel: unary(() => new Empty()),
};

if (process.argv.includes("-version") || process.argv.includes("--version")) {
  process.stdout.write(`${VERSION}\n`);
} else {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 64 * 1024 * 1024 });
  server.addService(ResourceProviderService, handlers as ProviderRpc.IResourceProviderServer);
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
}
