import { AppError } from "../../platform/base/app-error.js";
import { BadUserInput } from "../../platform/base/common-errors.js";

/** The model does not exist or is no longer offered. */
export class ModelNotFound extends AppError {
  constructor(readonly model: string) {
    super(
      "BAD_USER_INPUT",
      {
        en: `There is no model "${model}"; see the models query.`,
        zh: `没有名为“${model}”的模型，请查询 models。`,
      },
      { field: "model" },
    );
  }
}

/** The model is not offered with this value. `offered` lists the possible values. */
export class InvalidOffer extends AppError {
  constructor(
    readonly field: "durationSec" | "ratio" | "hd",
    readonly offered: string,
  ) {
    super(
      "BAD_USER_INPUT",
      {
        en: `This model does not offer that ${field}. It offers: ${offered}.`,
        zh: `该模型不支持此 ${field}，可选：${offered}。`,
      },
      { field },
    );
  }
}

/** The model does not accept a reference image. */
export class TextToVideoOnly extends BadUserInput {
  constructor() {
    super("referenceImageId", "This model makes videos from text alone.", "该模型只支持文生视频。");
  }
}
