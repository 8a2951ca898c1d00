import type { Logger } from "pino";
import type { SubmitResult, VendorState } from "../contract.js";
import { detailLengthMax, reasonOf } from "./failures.js";
import type { CallResult } from "./json-client.js";
import type { Redactor } from "./redactor.js";
import { readStatusWord } from "./status-words.js";
import { describeErrorBody, type VendorErrorBody } from "./vendor-error-body.js";

/** Where a task stands, as its vendor said it. */
export interface RawStatus {
  statusWord: string;
  progress: number | null;
  videoUrl: string | null;
  errorBody: VendorErrorBody | null;
}

/** The same in our words. A status word that we do not know is logged. */
export class StatusMapper {
  constructor(
    private readonly vendor: string,
    private readonly redactor: Redactor,
    private readonly logger: Logger,
  ) {}

  /** The meaning of an answer to an order. */
  readSubmission(result: CallResult<RawStatus & { id: string }>): SubmitResult {
    // There is nothing at that address: our settings are wrong, not the user's order.
    if (result.kind === "not-found") return { kind: "refused", status: 404, detail: result.detail };
    if (result.kind !== "ok") return result;
    const state = this.read(result.value);
    if (state.failure?.reason === "content-policy")
      return { kind: "rejected", status: 200, ...state.failure };
    return { kind: "accepted", vendorTaskId: result.value.id, state, answer: result.answer };
  }

  read(told: RawStatus): VendorState {
    const { progress, videoUrl, errorBody } = told;
    const status = this.statusOf(told);
    return {
      status,
      progress,
      videoUrl: status === "SUCCESS" ? videoUrl : null,
      failure: status === "FAILURE" ? this.failureOf(errorBody ?? { message: "", words: [] }) : null,
    };
  }

  private statusOf({ statusWord, errorBody }: RawStatus): VendorState["status"] {
    // Some gateways answer with the refusal in place of the task.
    if (statusWord === "" && errorBody && reasonOf(errorBody) === "content-policy") return "FAILURE";
    const { status, known } = readStatusWord(statusWord);
    if (!known) {
      this.logger.warn(
        { vendor: this.vendor, status: this.redactor.clean(statusWord, 100) },
        "an unknown status from the vendor counts as in progress",
      );
    }
    return status;
  }

  private failureOf(errorBody: VendorErrorBody): VendorState["failure"] {
    const detail = this.redactor.clean(describeErrorBody(errorBody), detailLengthMax);
    return { reason: reasonOf(errorBody), detail };
  }
}
