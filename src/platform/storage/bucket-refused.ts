import { OperatorError } from "../base/operator-error.js";

/** The bucket is not there, or does not let us do our work: a setting is wrong, here or there. */
export class BucketRefused extends OperatorError {
  constructor({ bucket, endpoint }: { bucket: string; endpoint: string | null }, reason: string) {
    super(`The bucket ${bucket}${endpoint ? ` at ${endpoint}` : ""} cannot be used: ${reason}`);
    this.name = new.target.name;
  }
}
