import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type FileUpload, processRequest, Upload } from "graphql-upload-minimal";
import { AppError } from "../../platform/base/app-error.js";
import type { TempDirs } from "../../platform/files/temp-dirs.js";
import { BadRequest, PayloadTooLarge } from "../api.errors.js";
import type { ApiLimits } from "../limits.js";
import { UploadSpool } from "./upload-spool.js";
import { FileReadTwice, FilesTooLarge, TooManyFiles } from "./uploads.errors.js";

/**
 * A browser sends neither of these to another site without asking it first, so a form on a foreign
 * page cannot make an upload. The names are Apollo's (its CSRF prevention).
 */
const preflightHeaders = ["apollo-require-preflight", "x-apollo-operation-name"];

/** The parts beside the files: two JSON fields, and headers and boundaries. */
const otherPartsBytes = (limits: ApiLimits) => 2 * limits.messageBytesMax + 64 * 1024;

/** The library looks at the response only to word errors that come after it. */
const noResponse = undefined as unknown as ServerResponse;

/**
 * Takes GraphQL multipart requests (https://github.com/jaydenseric/graphql-multipart-request-spec).
 * The operation runs as soon as its fields are there. A single file is streamed to the field that reads
 * it, and fails with PAYLOAD_TOO_LARGE at the first byte too many; several go through an UploadSpool.
 */
export function acceptUploads(app: FastifyInstance, limits: ApiLimits, scratch: TempDirs): void {
  const responses = new WeakMap<IncomingMessage, ServerResponse>();
  app.addHook("onRequest", ({ raw }, reply, done) => {
    if (/^multipart/i.test(raw.headers["content-type"] ?? "")) responses.set(raw, reply.raw);
    done();
  });
  app.addContentTypeParser("multipart/form-data", async (request: FastifyRequest) => {
    if (!preflightHeaders.some((name) => request.headers[name])) {
      throw new BadRequest(
        `Multipart requests need a header ${preflightHeaders.join(" or ")}.`,
        `multipart 请求需要 ${preflightHeaders.join(" 或 ")} 请求头。`,
      );
    }
    const bytesMax = limits.uploadsBytesMax + otherPartsBytes(limits);
    if (Number(request.headers["content-length"]) > bytesMax) throw new FilesTooLarge(limits);
    const response = responses.get(request.raw) as ServerResponse;
    request.raw.once("end", () => response.setTimeout(limits.uploadSilenceMs));
    const source = boundedSource(request.raw, bytesMax, new FilesTooLarge(limits));
    const operation = await processRequest(source, noResponse, {
      maxFieldSize: limits.messageBytesMax,
      // One more than allowed, so that a file of exactly the limit is told from one that is cut there.
      maxFileSize: limits.uploadBytesMax + 1,
      maxFiles: limits.uploadFilesMax,
    }).catch((error: unknown) => {
      throw clientError(error, limits);
    });
    const uploads = uploadsOf(operation);
    takeUploads(uploads, limits, uploads.size > 1 ? new UploadSpool({ scratch, response, limits }) : null);
    return operation;
  });
}

/**
 * A request that the library understands. It wants the media type in small letters. It hears its
 * parser's first error alone, and tears the parser down for it, whereupon that fails once more: an
 * error without a listener would end the process.
 */
function boundedSource(request: IncomingMessage, bytesMax: number, tooLarge: Error): IncomingMessage {
  const type = request.headers["content-type"] ?? "";
  request.headers["content-type"] = type.replace(/^[^;]*?\s*;/, "multipart/form-data;");
  const pipe = request.pipe.bind(request);
  request.pipe = (target, options) => {
    const parser = target as typeof target & { destroy(error: Error): void };
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) parser.destroy(tooLarge);
    });
    return pipe(parser.on("error", () => {}) as typeof target, options);
  };
  return request;
}

/** What the library refuses, as the contract calls it and without the library's own name. */
function clientError(error: unknown, limits: ApiLimits): AppError {
  if (error instanceof AppError) return error;
  const { status, message = "" } = error as { status?: number; message?: string };
  if (/max file uploads exceeded/.test(message)) return new TooManyFiles(limits);
  if (/^File truncated/.test(message)) return new PayloadTooLarge(limits.uploadBytesMax);
  if (status === 413) return new PayloadTooLarge(limits.messageBytesMax);
  const said = status === 500 ? "This multipart request has no 'operations' and no 'map'." : message;
  return new BadRequest(said, "无法读取该 multipart 请求。");
}

/** Without recursion: how deep the operation nests is up to the client. */
function uploadsOf(operation: unknown): Set<Upload> {
  const uploads = new Set<Upload>();
  const rest = [operation];
  while (rest.length > 0) {
    const value = rest.pop();
    if (value instanceof Upload) uploads.add(value);
    else if (typeof value === "object" && value !== null)
      for (const inner of Object.values(value)) rest.push(inner);
  }
  return uploads;
}

function takeUploads(uploads: Set<Upload>, limits: ApiLimits, spool: UploadSpool | null): void {
  for (const upload of uploads) {
    upload.promise = upload.promise
      .then((file) => limitedFile(file, limits))
      .then((file) => spool?.save(file) ?? file)
      .catch((error: unknown) => {
        throw clientError(error, limits);
      });
    // The operation may wait for none of them: a rejection without a listener would end the process.
    upload.promise.catch(() => {});
  }
}

function limitedFile(file: FileUpload, limits: ApiLimits): FileUpload {
  const createReadStream = () => {
    const source = open(file, limits);
    const limited = new PassThrough();
    // Its reader may not have begun: an error without a listener would end the process.
    limited.on("error", () => {});
    // Where the library unpipes its stream, at the limit too, a reader of it would wait for ever.
    source.once("limit", () => limited.destroy(new PayloadTooLarge(limits.uploadBytesMax)));
    source.once("error", (error) => limited.destroy(clientError(error, limits)));
    // The parts behind it arrive only when this one has been read.
    limited.once("close", () => source.resume());
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
    throw clientError(error, limits);
  }
}
