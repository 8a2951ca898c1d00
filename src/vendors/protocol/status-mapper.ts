import type { Logger } from "pino";
import type { SubmitResult, VendorState } from "../contract.js";
import { detailLengthMax, rejectionReason } from "./classify-failure.js";
import type { CallResult } from "./json-client.js";
import type { Redactor } from "./redactor.js";
import { parseStatusWord } from "./status-words.js";
import { describeErrorBody, type VendorErrorBody } from "./vendor-error-body.js";

/** A task's state in the vendor's words. */
export interface RawStatus {
  statusWord: string;
  progress: number | null;
  videoUrl: string | null;
  errorBody: VendorErrorBody | null;
}

/** Maps a vendor's state to ours. Logs unknown status words. */
export class StatusMapper {
  constructor(
    private readonly vendor: string,
    private readonly redactor: Redactor,
    private readonly logger: Logger,
  ) {}

  toSubmitResult(result: CallResult<RawStatus & { id: string }>): SubmitResult {
    // The URL does not exist, so our settings are wrong. It is not the user's fault.
    if (result.kind === "not-found") return { kind: "refused", status: 404, detail: result.detail };
    if (result.kind !== "ok") return result;
    const state = this.toState(result.value);
    if (state.failure?.reason === "content-policy")
      return { kind: "rejected", status: 200, ...state.failure };
    return { kind: "accepted", vendorTaskId: result.value.id, state, answer: result.answer };
  }

  toState(raw: RawStatus): VendorState {
    const { progress, videoUrl, errorBody } = raw;
    const status = this.toStatus(raw);
    return {
      status,
      progress,
      videoUrl: status === "SUCCESS" ? videoUrl : null,
      failure: status === "FAILURE" ? this.toFailure(errorBody ?? { message: "", codes: [] }) : null,
    };
  }

  private toStatus({ statusWord, errorBody }: RawStatus): VendorState["status"] {
    // Some gateways respond with the refusal instead of the task.
    if (statusWord === "" && errorBody && rejectionReason(errorBody) === "content-policy") return "FAILURE";
    const { status, isRecognized } = parseStatusWord(statusWord);
    if (!isRecognized) {
      this.logger.warn(
        { vendor: this.vendor, status: this.redactor.clean(statusWord, 100) },
        "unknown status from the vendor, treated as in progress",
      );
    }
    return status;
  }

  private toFailure(errorBody: VendorErrorBody): VendorState["failure"] {
    const detail = this.redactor.clean(describeErrorBody(errorBody), detailLengthMax);
    return { reason: rejectionReason(errorBody), detail };
  }
}
