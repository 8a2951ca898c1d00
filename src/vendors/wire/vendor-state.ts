import type { Logger } from "../../platform/logger.js";
import type { VendorState } from "../contract.js";
import { describeComplaint, detailLengthMax, reasonOf, type VendorComplaint } from "./failures.js";
import type { Redactor } from "./redactor.js";
import { readStatusWord } from "./status-words.js";

/** Where a task stands, as its vendor said it. */
export interface ToldState {
  statusWord: string;
  progress: number | null;
  videoUrl: string | null;
  complaint: VendorComplaint | null;
}

/** The same in our words. A status word that we do not know is logged. */
export class StateReader {
  constructor(
    private readonly vendor: string,
    private readonly redactor: Redactor,
    private readonly logger: Logger,
  ) {}

  read({ statusWord, progress, videoUrl, complaint }: ToldState): VendorState {
    const { status, known } = readStatusWord(statusWord);
    if (!known) {
      this.logger.warn(
        { vendor: this.vendor, status: this.redactor.clean(statusWord, 100) },
        "an unknown status from the vendor counts as in progress",
      );
    }
    return {
      status,
      progress,
      videoUrl: status === "SUCCESS" ? videoUrl : null,
      failure: status === "FAILURE" ? this.failureOf(complaint ?? { message: "", words: [] }) : null,
    };
  }

  private failureOf(complaint: VendorComplaint): VendorState["failure"] {
    const detail = this.redactor.clean(describeComplaint(complaint), detailLengthMax);
    return { reason: reasonOf(complaint), detail };
  }
}
