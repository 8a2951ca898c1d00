import { describe, expect, test } from "vitest";
import { readConfig } from "../../../src/app/config.js";

const keys = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-west-1" };
const placeOf = (settings: Record<string, string>) => readConfig(settings).storage;

describe("STORAGE_URL", () => {
  test.each([
    [{}, ".data/storage"],
    [{ DATA_DIR: "/srv/skyriff" }, "/srv/skyriff/storage"],
    [{ STORAGE_URL: "file:files" }, "files"],
    [{ STORAGE_URL: "file:/mnt/all files" }, "/mnt/all files"],
    [{ STORAGE_URL: "file:///mnt/all%20files" }, "/mnt/all files"],
  ])("%j is a folder", (settings, folder) => {
    expect(placeOf(settings)).toEqual({ kind: "disk", folder });
  });

  test.each([
    ["s3://my.bucket-1", "my.bucket-1", ""],
    ["s3://my-bucket/", "my-bucket", ""],
    ["s3://my-bucket/a/B_2", "my-bucket", "a/B_2/"],
    ["s3://my-bucket/a/", "my-bucket", "a/"],
  ])("%s is a bucket", (STORAGE_URL, bucket, prefix) => {
    expect(placeOf({ ...keys, STORAGE_URL })).toMatchObject({
      ...{ kind: "s3", bucket, prefix, region: "eu-west-1", endpoint: null, cdnUrl: null },
      credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    });
  });

  test.each([
    ...["s3://", "s3:my-bucket", "s3://My_Bucket", "s3://ab", "s3://my-bucket//x", "s3://my-bucket/../x"],
    ...[
      "s3://my-bucket/a b",
      "s3://id:secret@my-bucket",
      "s3://my-bucket/x?y",
      "gs://my-bucket",
      "files",
      "file:",
    ],
  ])("%s is refused, and the message says what it may be", (STORAGE_URL) => {
    expect(() => readConfig({ ...keys, STORAGE_URL })).toThrow(
      "STORAGE_URL: must be file:PATH or s3://BUCKET/PREFIX",
    );
  });
});

describe("a bucket's other settings", () => {
  test("are required with a bucket, and all missing ones are named in one message", () => {
    const message = (settings: Record<string, string>) => {
      try {
        readConfig(settings);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    const needed = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];
    const said = message({ STORAGE_URL: "s3://my-bucket/x" });
    for (const name of needed) expect(said).toContain(`${name} must be set when STORAGE_URL is an s3:// URL`);
    expect(message({})).toBe("");
    expect(message({ STORAGE_URL: "s3://my-bucket/x", ...keys })).toBe("");
  });

  test("that only Amazon needs have a default with another server", () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = keys;
    const settings = { STORAGE_URL: "s3://my-bucket", S3_ENDPOINT: "https://s3.example.com:9000/" };
    expect(placeOf({ ...settings, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY })).toMatchObject({
      region: "us-east-1",
      endpoint: "https://s3.example.com:9000",
    });
  });

  test("accept a temporary key's token", () => {
    const settings = { STORAGE_URL: "s3://my-bucket", ...keys, AWS_SESSION_TOKEN: "token" };
    expect(placeOf(settings)).toMatchObject({ credentials: { sessionToken: "token" } });
  });

  test.each(["minio:9000", "ftp://minio", "http://minio:9000/?x=1", "http://id:secret@minio"])(
    "refuse %s as an address",
    (address) => {
      for (const name of ["S3_ENDPOINT", "S3_CDN_URL"]) {
        expect(() => readConfig({ [name]: address })).toThrow(`${name}: must be an http(s) URL`);
      }
    },
  );
});
