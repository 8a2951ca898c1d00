import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type FileUpload, processRequest, Upload } from "graphql-upload-minimal";
import type { AppError } from "../platform/app-error.js";
import { BadRequest, PayloadTooLarge } from "./api.errors.js";
import type { ApiLimits } from "./limits.js";

/**
 * A browser sends neither of these to another site without asking it first, so a form on a foreign
 * page cannot make an upload. The names are Apollo's (its CSRF prevention).
 */
const preflightHeaders = ["apollo-require-preflight", "x-apollo-operation-name"];

/** More file parts than one request may have. */
class TooManyFiles extends BadRequest {
  constructor(filesMax: number) {
    super(`At most ${filesMax} file in one request.`, `一次请求最多上传 ${filesMax} 个文件。`);
  }
}

/** Two fields of an operation name the same file part. */
class FileReadTwice extends BadRequest {
  constructor() {
    super("A file part is for one field: send it again for another.", "每个文件只能用于一个字段。");
  }
}

/** The library looks at the response only to word errors that come after it. */
const noResponse = undefined as unknown as ServerResponse;

/**
 * Takes GraphQL multipart requests (https://github.com/jaydenseric/graphql-multipart-request-spec).
 * The operation runs as soon as its fields are there; the file is read by whoever asks for it, as a
 * stream that fails with PAYLOAD_TOO_LARGE at the first byte too many.
 */
export function acceptUploads(app: FastifyInstance, limits: ApiLimits): void {
  app.addContentTypeParser("multipart/form-data", async (request: FastifyRequest) => {
    if (!preflightHeaders.some((name) => request.headers[name])) {
      throw new BadRequest(
        `Multipart requests need a header ${preflightHeaders.join(" or ")}.`,
        `multipart 请求需要 ${preflightHeaders.join(" 或 ")} 请求头。`,
      );
    }
    const operation = await processRequest(hearEveryError(request.raw), noResponse, {
      maxFieldSize: limits.messageBytesMax,
      // One more than allowed, so that a file of exactly the limit is told from one that is cut there.
      maxFileSize: limits.uploadBytesMax + 1,
      maxFiles: limits.uploadFilesMax,
    }).catch((error: unknown) => {
      throw clientError(error, limits);
    });
    forEachUpload(operation, (upload) => limitUpload(upload, limits));
    return operation;
  });
  drainUnread(app);
}

/**
 * The library hears its parser's first error alone, and tears the parser down for it, whereupon that
 * fails once more. An error that nobody hears would end the process.
 */
function hearEveryError(request: IncomingMessage): IncomingMessage {
  const pipe = request.pipe.bind(request);
  request.pipe = (parser, options) => pipe(parser.on("error", () => {}) as typeof parser, options);
  return request;
}

/** What the library refuses, as the contract calls it and without the library's own name. */
function clientError(error: unknown, limits: ApiLimits): AppError {
  const { status, message = "" } = error as { status?: number; message?: string };
  if (/max file uploads exceeded/.test(message)) return new TooManyFiles(limits.uploadFilesMax);
  if (status === 413) return new PayloadTooLarge(limits.messageBytesMax);
  const said = status === 500 ? "This multipart request has no 'operations' and no 'map'." : message;
  return new BadRequest(said, "无法读取该 multipart 请求。");
}

/** Without recursion: how deep the operation nests is up to the client. */
function forEachUpload(root: unknown, visit: (upload: Upload) => void): void {
  const rest = [root];
  while (rest.length > 0) {
    const value = rest.pop();
    if (value instanceof Upload) visit(value);
    else if (typeof value === "object" && value !== null)
      for (const inner of Object.values(value)) rest.push(inner);
  }
}

function limitUpload(upload: Upload, limits: ApiLimits): void {
  upload.promise = upload.promise.then(
    (file) => limitedFile(file, limits),
    (error: unknown) => {
      throw clientError(error, limits);
    },
  );
  // Whether anybody waits for it is up to the operation; a refusal that nobody heard is no crash.
  upload.promise.catch(() => {});
}

function limitedFile(file: FileUpload, limits: ApiLimits): FileUpload {
  const createReadStream = () => {
    const source = open(file, limits);
    const limited = new PassThrough();
    // Where the library unpipes its stream, at the limit too, a reader of it would wait for ever.
    source.once("limit", () => limited.destroy(new PayloadTooLarge(limits.uploadBytesMax)));
    source.once("error", (error) => limited.destroy(clientError(error, limits)));
    source.pipe(limited);
    return limited as unknown as ReturnType<FileUpload["createReadStream"]>;
  };
  return { ...file, createReadStream };
}

/** The library throws for what went wrong before anybody read, and for a part that two fields ask for. */
function open(file: FileUpload, limits: ApiLimits): Readable {
  try {
    return file.createReadStream();
  } catch (error) {
    if (/multiple times/.test(String(error))) throw new FileReadTwice();
    const isTooLong = (error as { status?: number }).status === 413;
    throw isTooLong ? new PayloadTooLarge(limits.uploadBytesMax) : clientError(error, limits);
  }
}

/**
 * A refused upload is still on its way when its answer goes out. Reading on and throwing away lets
 * the client get to the answer; the server's request time-out bounds it.
 */
function drainUnread(app: FastifyInstance): void {
  app.addHook("onResponse", async ({ raw }) => {
    if (raw.readableEnded) return;
    raw.unpipe();
    raw.resume();
  });
}
