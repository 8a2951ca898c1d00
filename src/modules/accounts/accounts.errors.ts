import { AppError } from "../../platform/base/app-error.js";

/** Wrong, expired, used, tried too often or never asked for: one answer, so that none can be told apart. */
export class InvalidLoginCode extends AppError {
  constructor() {
    super(
      "INVALID_LOGIN_CODE",
      { en: "This code is wrong or no longer valid.", zh: "验证码错误或已失效。" },
      { field: "code" },
    );
  }
}

/** The sender of SMS failed or gave no answer. */
export class LoginCodeNotSent extends AppError {
  constructor() {
    super("VENDOR_UNAVAILABLE", {
      en: "The code could not be sent. Please try again in a moment.",
      zh: "验证码发送失败，请稍后再试。",
    });
  }
}

/** Said only to somebody who has just proven that the phone is theirs. */
export class AccountBanned extends AppError {
  constructor() {
    super("FORBIDDEN", { en: "This account has been suspended.", zh: "该账号已被封禁。" });
  }
}
