import crypto, { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rename } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import S3rver from "@20minutes/s3rver";
import accounts from "@20minutes/s3rver/lib/models/account.js";
import v4 from "@20minutes/s3rver/lib/signature/v4.js";
import { temporaryFolder } from "./temporary-folder.js";

const bucket = "skyriff-tests";
/** The key's id is part of every presigned link; its secret must never be seen. */
const key = { id: "AKIDOFTHETESTS", secret: "the-bucket-s-secret-of-the-tests" };
accounts.DUMMY_ACCOUNT.createKeyPair(key.id, key.secret);

/** s3rver encrypts the cursor of a listing with DES, which Node no longer has. */
const { createCipheriv, createDecipheriv } = crypto;
const twice = (bytes: unknown) => Buffer.concat([bytes as Buffer, bytes as Buffer]);
Object.assign(crypto, {
  createCipheriv: (...[name, key, iv, ...more]: Parameters<typeof createCipheriv>) =>
    name === "des"
      ? createCipheriv("aes-128-cbc", twice(key), twice(iv))
      : createCipheriv(name, key, iv, ...more),
  createDecipheriv: (...[name, key, iv, ...more]: Parameters<typeof createDecipheriv>) =>
    name === "des"
      ? createDecipheriv("aes-128-cbc", twice(key), twice(iv))
      : createDecipheriv(name, key, iv, ...more),
});

/** Amazon's client signs a bucket's address with a trailing slash, which s3rver leaves out. */
const { getStringToSign } = v4;
v4.getStringToSign = (request, signature) =>
  getStringToSign({ ...request, uri: request.uri.replace(/^\/[^/]+$/, "$&/") }, signature);

/** A server that speaks S3, with one bucket. It checks signatures and the expiry of links. */
export class S3Server {
  /** Every request so far: "GET /bucket/key?query". */
  readonly requests: string[] = [];
  /** Called first. Returns true if it has responded in place of the bucket. */
  interfere: (...args: Parameters<RequestListener>) => boolean = () => false;

  private constructor(
    private readonly folder: Awaited<ReturnType<typeof temporaryFolder>>,
    /** The bucket's own handler. */
    readonly serve: RequestListener,
    private server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<S3Server> {
    const folder = await temporaryFolder();
    const rver = new S3rver({
      directory: folder.path,
      silent: true,
      vhostBuckets: false,
      configureBuckets: [{ name: bucket }],
    });
    writeWhole(rver);
    await rver.configureBuckets();
    const serve = rver.callback();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const started = new S3Server(folder, serve, server, (server.address() as AddressInfo).port);
    server.on("request", started.answer);
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Settings of a product that stores its files in this bucket, under this prefix. */
  settings(prefix = "files"): Record<string, string> {
    return {
      STORAGE_URL: `s3://${bucket}/${prefix}`,
      S3_ENDPOINT: this.url,
      AWS_ACCESS_KEY_ID: key.id,
      AWS_SECRET_ACCESS_KEY: key.secret,
    };
  }

  /** The bucket becomes unavailable: its port is closed and open connections break. */
  async stopListening(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  /** Listens at the same address again, with the same objects. */
  async listenAgain(): Promise<void> {
    this.server = createServer(this.answer).listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.stopListening();
    await this.folder.remove();
  }

  private readonly answer: RequestListener = (request, response) => {
    this.requests.push(`${request.method} ${request.url}`);
    if (!this.interfere(request, response)) this.serve(request, response);
  };
}

/** S3 shows an object once it is complete; s3rver would overwrite the old one piece by piece. */
function writeWhole({ store }: S3rver): void {
  const putContent = store.putContent.bind(store);
  store.putContent = async (path, content) => {
    const incoming = `${path}.${randomUUID()}`;
    const written = await putContent(incoming, content);
    await rename(incoming, path);
    return written;
  };
}
