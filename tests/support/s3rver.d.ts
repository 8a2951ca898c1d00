declare module "@20minutes/s3rver" {
  import type { RequestListener } from "node:http";

  /** The part of it that the tests use. */
  export default class S3rver {
    constructor(options: {
      directory: string;
      silent: boolean;
      vhostBuckets: boolean;
      configureBuckets: { name: string }[];
    });
    readonly store: {
      putContent(path: string, content: AsyncIterable<Buffer>): Promise<[byteSize: number, md5: string]>;
    };
    configureBuckets(): Promise<unknown>;
    callback(): RequestListener;
  }
}

declare module "@20minutes/s3rver/lib/models/account.js" {
  const accounts: { DUMMY_ACCOUNT: { createKeyPair(accessKeyId: string, secretAccessKey: string): void } };
  export default accounts;
}

declare module "@20minutes/s3rver/lib/signature/v4.js" {
  const v4: { getStringToSign(request: { uri: string }, signature: object): string };
  export default v4;
}
