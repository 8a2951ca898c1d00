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
 * A browser sends these headers to another site only after a CORS preflight, so a form on a foreign page
 * cannot upload. The names are those of Apollo's CSRF prevention.
 */
const preflightHeaders = ["apollo-require-preflight", "x-apollo-operation-name"];

/** Two JSON fields, and the headers and boundaries of all parts. */
const otherPartsBytes = (limits: ApiLimits) => 2 * limits.messageBytesMax + 64 * 1024;

/** The library uses the response only for the text of errors that come after it. */
const noResponse = undefined as unknown as ServerResponse;

/**
 * Accepts GraphQL multipart requests (https://github.com/jaydenseric/graphql-multipart-request-spec).
 * The operation runs as soon as its JSON fields have arrived. A single file is streamed to the field that
 * reads it, and fails with PAYLOAD_TOO_LARGE at the first byte above the limit. Several go through an
 * UploadSpool.
 */
export function acceptUploads(app: FastifyInstance, limits: ApiLimits, tempDirs: TempDirs): void {
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
      // One more than allowed, so that a file of exactly the limit differs from one that is cut there.
      maxFileSize: limits.uploadBytesMax + 1,
      maxFiles: limits.uploadFilesMax,
    }).catch((error: unknown) => {
      throw clientError(error, limits);
    });
    const uploads = findUploads(operation);
    limitUploads(uploads, limits, uploads.size > 1 ? new UploadSpool({ tempDirs, response, limits }) : null);
    return operation;
  });
}

/**
 * Adapts the request to the library. The library needs the media type in lower case. It handles only the
 * first error of its parser, and destroys the parser for it, which causes a second error: without a listener
 * that would end the process.
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

/** Converts the library's errors to those of the contract. */
function clientError(error: unknown, limits: ApiLimits): AppError {
  if (error instanceof AppError) return error;
  const { status, message = "" } = error as { status?: number; message?: string };
  if (/max file uploads exceeded/.test(message)) return new TooManyFiles(limits);
  if (/^File truncated/.test(message)) return new PayloadTooLarge(limits.uploadBytesMax);
  if (status === 413) return new PayloadTooLarge(limits.messageBytesMax);
  const reason = status === 500 ? "This multipart request has no 'operations' and no 'map'." : message;
  return new BadRequest(reason, "无法读取该 multipart 请求。");
}

/** Without recursion, because clients decide how deep the operation nests. */
function findUploads(operation: unknown): Set<Upload> {
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

function limitUploads(uploads: Set<Upload>, limits: ApiLimits, spool: UploadSpool | null): void {
  for (const upload of uploads) {
    upload.promise = upload.promise
      .then((file) => limitedFile(file, limits))
      .then((file) => spool?.save(file) ?? file)
      .catch((error: unknown) => {
        throw clientError(error, limits);
      });
    // The operation may await none of them: a rejection without a listener would end the process.
    upload.promise.catch(() => {});
  }
}

function limitedFile(file: FileUpload, limits: ApiLimits): FileUpload {
  const createReadStream = () => {
    const source = open(file, limits);
    const limited = new PassThrough();
    // Its reader may not have started: an error without a listener would end the process.
    limited.on("error", () => {});
    // The library unpipes its stream at the limit, so a reader would never get an end.
    source.once("limit", () => limited.destroy(new PayloadTooLarge(limits.uploadBytesMax)));
    source.once("error", (error) => limited.destroy(clientError(error, limits)));
    // The next parts arrive only after this one has been read.
    limited.once("close", () => source.resume());
    source.pipe(limited);
    return limited as unknown as ReturnType<FileUpload["createReadStream"]>;
  };
  return { ...file, createReadStream };
}

/** The library throws if the upload failed before it was read, and for a part that two fields read. */
function open(file: FileUpload, limits: ApiLimits): Readable {
  try {
    return file.createReadStream();
  } catch (error) {
    if (/multiple times/.test(String(error))) throw new FileReadTwice();
    throw clientError(error, limits);
  }
}
